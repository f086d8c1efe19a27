/** The settings screen. What a setting is called and does is said by the table of settings in the broker. */
import type { SettingsPart } from '../lib/settings-parts';

const number = new Intl.NumberFormat('en').format;
const plural = new Intl.PluralRules('en');

export const settings = {
  title: 'Settings',
  part: (part: SettingsPart): string => `Settings: ${settings.parts[part]}`,
  sections: 'Sections of the settings',
  section: 'Section',
  search: 'Search settings',
  found: (count: number) => (plural.select(count) === 'one' ? `${number(count)} setting` : `${number(count)} settings`),
  nothing: (query: string) => `No setting matches “${query}”.`,
  openFile: 'Open config.toml',
  unreadable: 'You can’t change these settings until you fix config.toml. The last valid settings still apply.',
  policy: (file: string) => `Your organization limits what Daypass does on this machine (${file}).`,
  copyName: (name: string) => `Copy ${name}`,
  name: (name: string) => `the name ${name}`,
  reset: 'Reset',
  resetOf: (label: string, value: string | null) => `Reset ${label} to ${value ?? 'not set'}`,
  notSet: 'Not set',
  other: 'Something else…',
  otherOf: (label: string) => `${label}, something else`,
  system: 'System browser',
  example: (text: string) => `For example ${text}`,
  between: (least: string, most: string) => `${least} to ${most}`,
  add: 'Add',
  addTo: (label: string) => `Add to ${label}`,
  removeFrom: (item: string, label: string) => `Remove ${item} from ${label}`,
  empty: 'Nothing in this list',
  keys: {
    change: 'Change',
    changeOf: (label: string) => `Change the keys of: ${label}`,
    press: 'Press the new keys. Escape keeps the old ones.',
    off: 'Turn off',
    offOf: (label: string) => `Turn off: ${label}`,
    isOff: 'Off',
  },
  parts: {
    general: 'General',
    notifications: 'Notifications',
    shortcuts: 'Shortcuts',
    console: 'Browsers and console',
    regions: 'Regions',
    network: 'Network',
    delivery: 'Delivery and profiles',
    vault: 'Vault',
    audit: 'Audit log',
    catalogs: 'Shared catalogs',
    updates: 'Updates',
    about: 'About Daypass',
  } satisfies Record<SettingsPart, string>,
};

export const vaultWords = {
  state: 'Vault status',
  file: 'File',
  key: 'Key location',
  holds: 'Contains',
  secrets: (count: number) => (plural.select(count) === 'one' ? `${number(count)} secret` : `${number(count)} secrets`),
  noneYet: 'Nothing yet. Daypass creates it with your first secret.',
  moving: (from: string) => `The key is still in ${from} as well. Daypass removes it there as soon as it can.`,
  lock: 'Lock now',
  unlock: 'Unlock',
  change: 'Change passphrase',
  typeIt: 'Type the passphrase in the window that has opened.',
  moved: (place: string) => `The vault’s key is now in ${place}`,
  oldLeft: (place: string) => `The old key is still in ${place}.`,
  moveTitle: 'Move the vault’s key?',
  moveVerb: 'Move the key',
  toKeyring: 'Daypass creates a new key in your system’s keyring, re-encrypts the vault, and removes the old key.',
  toFile: (path: string) =>
    `Daypass creates a new key in ${path}, re-encrypts the vault, and removes the old key. Only your user can read the file, but anyone who has a backup of both the file and your vault can open the vault.`,
};

export const proxyWords = {
  title: 'Proxy sign-in',
  about: 'Daypass keeps it in the vault, not in config.toml, and sends it only to this proxy.',
  user: 'User name',
  password: 'Password',
  keep: 'Keep in the vault',
  keeping: 'Keeping…',
  kept: (proxy: string) => `Saved the sign-in for ${proxy}`,
  forget: 'Forget it',
  forgotten: 'Removed the proxy sign-in',
  nothingToForget: 'The vault doesn’t have a proxy sign-in',
  missing: 'Type the user name and the password.',
};

export const catalogWords = {
  none: 'You have no shared catalogs. A team can share identities, roles and account names as a file or at an address.',
  add: 'Add one in a terminal:',
  command: 'daypass catalog add acme https://example.com/daypass.toml',
  counts: (identities: number, roles: number, accounts: number) =>
    `${counted(identities, 'identity', 'identities')}, ${counted(roles, 'role', 'roles')}, ${counted(accounts, 'account', 'accounts')}`,
  byPolicy: 'Set by your organization',
  trusted: 'Signed, and you trust its key',
  signed: 'Signed',
  unsigned: 'Not signed',
  version: (serial: number) => `Version ${number(serial)}`,
  checked: (when: string) => `Checked ${when}`,
  never: 'Not checked yet',
  waits: (count: number) => `${counted(count, 'change waits', 'changes wait')} for you`,
  review: 'Review',
  reviewOf: (name: string) => `Review the changes of ${name}`,
  refresh: 'Check now',
  refreshOf: (name: string) => `Check ${name} now`,
  refreshed: (name: string) => `Checked ${name}`,
  remove: 'Remove',
  removeOf: (name: string) => `Remove ${name}`,
  removeTitle: (name: string) => `Remove shared catalog ${name}?`,
  removeVerb: 'Remove catalog',
  removeAbout: (name: string) =>
    `This also removes the identities and roles from ${name}. Their sessions end, and you’re signed out of them.`,
  removed: (name: string) => `Removed shared catalog ${name}`,
};

export const updateWords = {
  version: (version: string) => `You have Daypass ${version}.`,
  never: 'Daypass never checks for new versions, and doesn’t send anything about you.',
  where: 'Get new versions where you got this one:',
  ways: [
    'Your package manager, if it installed Daypass, updates it with everything else.',
    'Your administrator, if Daypass is managed on this machine.',
    'Daypass’s releases page, if you downloaded it there. Verify what you download before you install it.',
  ],
};

export const aboutWords = {
  version: 'Version',
  licence: 'Licence',
  licences: 'MIT or Apache 2.0, at your option',
  files: 'Files',
  copy: (what: string) => `Copy the path of ${what}`,
  path: 'the path',
  config: 'Your settings, identities and roles',
  vault: 'The encrypted vault',
  auditLog: 'The audit log',
  awsConfig: 'The AWS config file',
  awsCredentials: 'The AWS credentials file',
  policy: 'Your organization’s policy, if there is one',
};

function counted(count: number, one: string, other: string): string {
  return `${number(count)} ${plural.select(count) === 'one' ? one : other}`;
}
