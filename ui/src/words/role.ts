/** The role's page. */
import type { Delivery } from '../bindings/Delivery';
import type { Shell } from '../lib/backend';
import { AUDIT_WORDS } from './events';

const list = new Intl.ListFormat('en', { type: 'conjunction' });
const unit = (n: number, unit: 'hour' | 'minute' | 'second' | 'byte') =>
  new Intl.NumberFormat('en', { style: 'unit', unit, unitDisplay: 'long' }).format(n);

/** `1h 30m` as `1 hour and 30 minutes`. */
export function durationInWords(duration: string): string {
  const parts = [...duration.matchAll(/(\d+)\s*([hms])/g)].map(([, n, letter]) =>
    unit(Number(n), letter === 'h' ? 'hour' : letter === 'm' ? 'minute' : 'second'),
  );
  return parts.length ? list.format(parts) : duration;
}

export const role = {
  back: 'Back to the list',
  sessions: 'Sessions of this role',

  signIn: 'Sign in',
  start: 'Start',
  starting: 'Starting…',
  stop: 'Stop',
  renew: 'Renew now',
  readOnly: 'Read-only',
  readOnlyOfTerms: 'Set in the role’s terms.',
  edit: 'Edit role',
  setTerms: 'Set terms',
  remove: 'Remove role',
  delayed: 'Renewal delayed',
  ofCatalog: (catalog: string) => ({
    before: 'From shared catalog ',
    catalog,
    after: '. Its maintainers can change it. To replace it, add your own role with the same ARN.',
  }),
};

/** A session that starts read-only is full for some time. */
export const elevation = {
  open: 'Get full access…',
  label: 'Full access',
  why: 'Why do you need it?',
  whyHelp: 'Recorded in the audit log, and in CloudTrail if the role accepts session tags.',
  lasts: 'For',
  choices: [
    { value: '15m', label: '15 minutes' },
    { value: '30m', label: '30 minutes' },
    { value: '1h', label: '1 hour' },
  ],
  get: 'Get full access',
  getting: 'Getting full access…',
  cancel: 'Cancel',
  until: (time: string) => `Full access until ${time}`,
  fallBack: 'Back to read-only',
  ends: 'It also ends when you lock the screen and when this machine sleeps.',
};

/** How tools reach the session. */
export const use = {
  title: 'Use it',
  profile: 'Profile',
  profiles: 'Profiles',
  profileHelp: (profile: string) => `The name your tools use: \`--profile ${profile}\``,
  actionsFor: (profile: string) => `Actions for profile ${profile}`,
  copyFor: (profile: string) => `Copy profile ${profile} for a command or a shell`,
  copyName: 'Just the name',
  profileName: 'profile name',
  copy: (what: string) => `Copy ${what}`,
  rename: 'Rename…',
  remove: 'Remove this profile',
  add: 'Add a profile',
  newName: (profile: string) => `New name of ${profile}`,
  newNameHelp: 'Tools find the session under the new name right away. Programs that already use it keep working.',
  another: 'Another profile',
  anotherHelp: 'The same credentials under another name, such as `default` for tools that don’t set a profile.',
  save: 'Save',
  cancel: 'Cancel',
  way: (delivery: string, region: string | null) => `${delivery} · ${region ?? 'no region'}`,
  delivery: 'Delivery',
  deliveryHelp: {
    'credentials-file': 'Keys in the AWS credentials file, which every tool reads. Daypass renews them there.',
    process: 'No keys in a file. Tools ask Daypass each time, through the AWS config file.',
  } satisfies Record<Delivery, string>,
  region: 'Region for tools',
  regionUsual: (region: string | null) => `Leave empty for the role’s own: \`${region ?? 'none'}\``,
  regionSave: 'Set the region',
  env: 'Copy as env',
  replaced: 'This profile replaced one that another tool wrote.',
  giveBack: 'Stop and put it back',
  givenBack: (profile: string) => `Stopped ${profile} and put back what it contained before`,
  notGivenBack: (profile: string) => `Stopped ${profile}. There was nothing to put back`,
  renamed: (before: string, after: string) => `${before} is now ${after}`,
  added: (profile: string) => `Added profile ${profile}`,
  removed: (profile: string) => `Removed profile ${profile}`,
  delivered: { 'credentials-file': 'The keys are in your credentials file now', process: 'Tools ask Daypass now' } satisfies Record<
    Delivery,
    string
  >,
  regionIs: (region: string | null) => (region ? `Its region is now ${region}` : 'Its region was removed'),
};

/** Where a copied text belongs. */
export const copyLabels: Record<'command' | Shell, string> = {
  command: 'For a command',
  sh: 'For sh, bash or zsh',
  fish: 'For fish',
  powershell: 'For PowerShell',
  cmd: 'For cmd.exe',
  dotenv: 'For a .env file',
  json: 'As JSON',
};

export const replaceDialog = {
  title: (profile: string) => `Replace profile ${profile}?`,
  verb: 'Back up and replace',
  text: 'Daypass can back up the file and replace only this profile. Or cancel, and choose another name.',
};

export const aws = {
  title: 'AWS console',
  open: 'Open console',
  openAt: 'Open this page',
  where: 'Service or page',
  whereHelp: 'A service, a page’s address or an ARN. Leave empty for the home page.',
  opensIn: (current: string) => `Opens in ${current}`,
  choose: (current: string, whose: string) => `Opens in ${current}. Choose for ${whose}`,
  copyUrl: 'Copy console URL',
};

/** What the session may do, in sentences. */
export const settings = {
  title: 'Session settings',
  lasts: (duration: string) => `Lasts ${durationInWords(duration)}`,
  lastsAsSet: (duration: string) => `Lasts ${durationInWords(duration)}, as AWS decides`,
  lasted: (duration: string) => `AWS sets how long it lasts. Last time: ${durationInWords(duration)}`,
  lastsUnknown: 'AWS sets how long it lasts',
  readOnly: 'Read-only',
  kind: (noun: string) => `Credentials of: ${noun}`,
  identity: (name: string) => `Signed in with ${name}`,
  stsRegion: (region: string) => `STS in ${region} answered instead of the role’s own region`,
  sessionName: (name: string) => `CloudTrail shows it as ${name}`,
  task: (task: string) => `Only for this task: ${task}`,
  policy: (characters: number) => `Limited by a policy of ${characters.toLocaleString('en')} characters`,
  policies: (names: readonly string[]) => `Limited by ${list.format(names)}`,
  tagged: (tag: string, handedOn: boolean) => `Tagged ${tag}${handedOn ? ', and so are the roles that it assumes' : ''}`,
  sourceIdentity: (name: string) => `Source identity ${name}`,
  externalId: (id: string) => `External ID ${id}`,
  tokenSize: (bytes: number) => `Session token of at least ${unit(bytes, 'byte')}`,
  contexts: (n: number) => (n === 1 ? 'Passes on one context' : `Passes on ${n.toLocaleString('en')} contexts`),
};

export const chain = {
  title: 'Chain',
  until: (time: string) => `until ${time}`,
  signedInUntil: (time: string) => `signed in until ${time}`,
  signedIn: 'signed in',
  signedOut: 'not signed in',
  whenNeeded: 'assumed when it’s needed',
};

export const identifiers = {
  title: 'Identifiers',
  account: 'Account',
  assumed: 'Acting as',
  keyId: 'Key ID',
  copy: (what: string) => `Copy ${what}`,
  assumedArn: 'assumed-role ARN',
  accessKeyId: 'access key ID',
  accountId: 'account ID',
};

export const history = {
  title: 'History',
  none: 'Nothing yet.',
  more: (n: number) => `Show ${n.toLocaleString('en')} more`,
  fewer: 'Show fewer',
  failed: 'Last problem',
  unreadable: 'Couldn’t read the history.',
  again: 'Try again',
  as: (profile: string) => `as ${profile}`,
  by: (program: string) => `by ${program}`,
  what: AUDIT_WORDS,
};

export const renameIdentity = {
  menu: 'Rename…',
  title: (name: string) => `Rename identity ${name}`,
  label: 'New name',
  help: 'Its roles, secrets, sign-in, sessions and profiles stay, and so do the identities that sign in with it.',
  verb: 'Rename',
  cancel: 'Cancel',
  done: (before: string, after: string) => `${before} is now called ${after}`,
};
