/** What other tools have, and what becomes of it. */
import type { ImportBackup } from '../bindings/ImportBackup';
import { count, listed } from '../lib/time';

const number = new Intl.NumberFormat('en').format;
/** How many names stand in a line. */
const NAMED = 6;
const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const KEPT: Record<ImportBackup, string> = {
  none: 'New file.',
  copy: 'Daypass keeps a copy beside it.',
  vault: 'The vault keeps what Daypass removes.',
};

export const imports = {
  title: 'Import from other tools',
  names: (names: readonly string[]) => listed(names, NAMED),
  sentence,
  later: (why: string) => `${sentence(why)}. Leave it empty to enter it later.`,
  file: (profiles: number, backup: ImportBackup) => (profiles ? `${count(profiles, 'profile')}. ` : '') + KEPT[backup],
  done: (identities: readonly string[], roles: number) => {
    const parts = [identities.length ? listed(identities, NAMED) : '', roles ? count(roles, 'role') : ''].filter(Boolean);
    return parts.length ? `Imported ${parts.join(' with ')}.` : 'Imported.';
  },
  isHere: 'already here',
  usedFor: (names: string) => `For ${names}`,
  kind: (title: string, provider: string) => `${title} · ${provider}`,
  nothing: 'Daypass didn’t find any files from other tools on this machine.',
  allHere: 'You already have everything. Nothing changes.',
  changed: 'The files have changed since you saw the plan, so nothing was imported. This is the new plan.',
  found: 'Found',
  becomes: 'Becomes',
  accounts: (accounts: number) => `Also imports the names and settings of ${count(accounts, 'account')}.`,
  passphrase: (tool: string) => `Passphrase of ${tool}`,
  passphraseHelp: (place: string) => `It opens ${place}. Leave it empty to enter the secrets later.`,
  changes: 'Changes',
  profile: (name: string) => `Profile ${name}`,
  section: (name: string, isNew: boolean) => `[${name}]${isNew ? ' (new)' : ''}`,
  before: (line: string) => `− ${line}`,
  after: (line: string) => `+ ${line}`,
  moveKeys: 'Move access keys into the vault',
  moveKeysHelp: (profiles: readonly string[]) =>
    `Daypass removes the keys of ${listed(profiles, NAMED)} from their file once they’re in the vault and AWS accepts them.`,
  left: (remarks: number) => `Not imported (${number(remarks)})`,
  remark: (why: string, advice: string | null) => `${sentence(why)}.${advice ? ` ${sentence(advice)}.` : ''}`,
  profilesWork: (profiles: readonly string[]) => `Tools get the credentials of ${listed(profiles, NAMED)} from Daypass.`,
  signIn: 'Sign in so your profiles work',
  signInTo: (name: string) => `Sign in to ${name}`,
  backups: 'Backups',
  undone: 'Import undone.',
  removed: (identities: readonly string[]) => `Removed ${listed(identities, NAMED)}.`,
  asBefore: (files: readonly string[]) => `Restored: ${listed(files, NAMED)}.`,
  stays: (left: readonly string[]) => `Kept, because it changed since the import: ${listed(left, NAMED)}.`,
  looking: 'Looking for other tools’ files…',
  undo: 'Undo',
  undoing: 'Undoing…',
  close: 'Done',
  notNow: 'Not now',
  import: 'Import',
  importing: 'Importing…',
};
