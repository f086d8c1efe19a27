/** Words of the main screen: search, filters, what runs, accounts and their roles. */
import { count, number } from '../lib/time';

export const list = {
  title: 'Roles',
  addRole: 'Add role',
  identities: 'Identities',
  close: 'Close',
  chosen: 'Chosen role',

  running: 'Running',
  needYou: (n: number) => `${number(n)} ${n === 1 ? 'needs' : 'need'} you`,
  favourites: 'Favourites',
  recent: 'Recent',
  accounts: 'Accounts',
  reaching: 'Accounts that reach this page',
  roles: 'Roles',
  rolesOf: (account: string) => `Roles of ${account}`,
  profile: 'Profile',
  delivery: 'Delivered to',
  timeLeft: 'Time left',
  accountId: 'Account ID',
  noFolder: 'No folder',

  production: 'Production',
  productionShort: 'PROD',
  readOnly: 'Read-only',
  copyProfile: (profile: string) => `Copy ${profile}`,
  profileName: 'profile name',
  as: (identity: string) => `as ${identity}`,
  asWord: 'as',
  more: (n: number) => `+${number(n)}`,
  moreRoles: (n: number) => `${count(n, 'more role')}. Press Right to go through them`,
  accountsAndRoles: (accounts: number, roles: number) => `${count(accounts, 'account')}, ${count(roles, 'role')}`,
} as const;

export const filters = {
  bar: 'Filters',
  group: { account: 'By account', identity: 'By identity', folder: 'By folder' },
  groupBy: (how: string) => `Grouping: ${how}`,
  identity: 'Identity',
  identitiesOf: (names: readonly string[]) => (names.length === 1 ? (names[0] as string) : count(names.length, 'identity', 'identities')),
  anyIdentity: 'Any identity',
  production: 'Production',
  running: 'Running',
  needsSignIn: 'Needs sign-in',
  favourites: 'Favourites',
  all: (n: number) => (n ? `Filters (${number(n)})` : 'Filters'),
  clear: 'Clear filters',
  saved: 'Saved filters',
  save: 'Save this filter…',
  remove: (name: string) => `Delete ${name}`,
  removed: (name: string) => `Deleted the filter ${name}`,
  saveTitle: 'Save filter',
  name: 'Name',
  nameHelp: 'Saves the current search and filters.',
  nameMissing: 'Enter a name',
  saveButton: 'Save',
  cancel: 'Cancel',
} as const;

export const chosen = {
  bar: 'Selected roles',
  count: (n: number) => `${number(n)} selected`,
  start: 'Start',
  stop: 'Stop',
  console: 'Open console',
  favourite: 'Favourite',
  unfavourite: 'Remove favourite',
  clear: 'Clear selection',
  manyConsoles: (n: number) => `Open ${count(n, 'console')}?`,
  manyConsolesWhy: 'Each opens a page in your browser.',
  openAll: 'Open all',
} as const;

export const lineMenu = {
  label: (name: string) => `Actions for ${name}`,
  start: 'Start',
  stop: 'Stop',
  console: 'Open console',
  copyProfile: 'Copy profile name',
  profileName: 'profile name',
  copyAccount: 'Copy account ID',
  accountId: 'account ID',
  favourite: 'Add to favourites',
  unfavourite: 'Remove from favourites',
  select: 'Select',
  unselect: 'Deselect',
  folder: 'Move account to a folder…',
  folderTitle: (account: string) => `Folder of ${account}`,
  folderName: 'Folder',
  folderHelp: 'Accounts in the same folder appear together when you group by folder. Leave it empty to take the account out.',
  save: 'Save',
  cancel: 'Cancel',
} as const;

/** What a screen reader hears of a role in the list: what it is, where it is, how it stands. */
export const heard = {
  favourite: 'favourite',
  production: 'production account',
  profile: (name: string) => `profile ${name}`,
  delivery: (how: string) => `by ${how}`,
  roleOf: (at: number, of: number) => (of > 1 ? `role ${number(at)} of ${number(of)}` : ''),
  group: (name: string, accounts: number, folded: boolean) => `${name}, ${count(accounts, 'account')}, ${folded ? 'folded' : 'unfolded'}`,
} as const;

export const nothing = {
  signIn: {
    title: 'Sign in to see your roles',
    sandbox: 'A page opens in your browser. It lists the people you can sign in as, and their password.',
    how: {
      browser: 'A page opens in your browser.',
      window: 'A window opens with your provider’s page.',
      form: 'You type your credentials here.',
      none: 'You don’t have to type anything.',
    },
    comes: (how: string, name: string) => `${how} Your roles then come from ${name}.`,
    go: (name: string) => `Sign in to ${name}`,
    goOn: 'Continue to sign in',
  },
  locked: {
    title: 'Your vault is locked',
    text: 'Unlock it to see running sessions and your roles.',
  },
  noRoles: {
    title: 'No roles yet',
    text: 'Add the ARN of a role that your identity may assume. Some identities add roles when you sign in.',
    go: 'Add your first role',
  },
  noMatch: {
    title: (query: string) => `Nothing matches “${query}”`,
    text: 'You can search by role, account, account ID, profile or identity.',
    go: 'Clear search',
  },
  link: {
    title: 'A Daypass link',
    text: 'Daypass shows what it does, and asks you first.',
    go: 'Follow this link',
  },
  noReach: { title: 'None of your roles can reach this', go: 'Clear search' },
  notRunning: { title: 'No active sessions', text: 'Choose a role and press Enter to start it.', go: 'Show all roles' },
  noFavourites: {
    title: 'No favourites yet',
    text: 'Choose a role and press Ctrl+D to keep it at the top.',
    go: 'Show all roles',
  },
  ofIdentity: {
    title: (name: string) => `No roles for ${name} yet`,
    text: 'Add one, or sign in if your identity provider lists your roles.',
    go: 'Add a role',
  },
  filtered: { title: 'No roles match these filters', text: 'Clear a filter to see more.', go: 'Clear filters' },
} as const;

export const rail = {
  label: 'Identities',
  product: 'Daypass',
  fold: 'Hide identities',
  unfold: 'Show identities',
  identities: 'Identities',
  add: 'Add identity',
  more: 'More',
  signIn: 'Sign in',
  goOn: 'Continue',
  locked: 'Locked',
  signOut: 'Sign out',
  until: (time: string) => `until ${time}`,
  listing: (done: number, of: number) => `${number(done)} of ${count(of, 'account')}…`,
  noTray: 'This desktop has no tray. Closing the window quits Daypass.',
  shortcuts: 'Shortcuts',
} as const;

export const identityMenu = {
  signIn: 'Sign in',
  signInAgain: 'Sign in again',
  withCode: 'Sign in with a code',
  showMfa: 'Show MFA code',
  copyMfa: 'Copy MFA code',
  check: 'Check settings…',
  edit: 'Edit…',
  editSecrets: 'Edit, secrets…',
  rotateKey: 'Rotate access key…',
  listRoles: 'List roles again',
  addRole: 'Add a role…',
  signOut: 'Sign out',
  remove: 'Remove…',
} as const;
