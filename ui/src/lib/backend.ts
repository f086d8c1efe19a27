/**
 * Everything that the window can ask of the broker, and everything that it gets. The window decides nothing about
 * credentials and never sees any: secrets (environment variables, console URLs) go to the clipboard or the browser in
 * Rust. Every method rejects with a `Problem`.
 */
import type { AttentionItem } from '../bindings/AttentionItem';
import type { BrowserChoice } from '../bindings/BrowserChoice';
import type { BrowserChoices } from '../bindings/BrowserChoices';
import type { CatalogView } from '../bindings/CatalogView';
import type { ChainStep } from '../bindings/ChainStep';
import type { ChangeSession } from '../bindings/ChangeSession';
import type { ConsoleService } from '../bindings/ConsoleService';
import type { DeclaredRole } from '../bindings/DeclaredRole';
import type { Denial } from '../bindings/Denial';
import type { Event } from '../bindings/Event';
import type { FieldMistake } from '../bindings/FieldMistake';
import type { HandOut } from '../bindings/HandOut';
import type { History } from '../bindings/History';
import type { HistoryAsked } from '../bindings/HistoryAsked';
import type { HistoryChain } from '../bindings/HistoryChain';
import type { HistoryExport } from '../bindings/HistoryExport';
import type { HistoryFormat } from '../bindings/HistoryFormat';
import type { IdentitySettings } from '../bindings/IdentitySettings';
import type { ImportOutcome } from '../bindings/ImportOutcome';
import type { ImportPlan } from '../bindings/ImportPlan';
import type { ImportUndone } from '../bindings/ImportUndone';
import type { AccountShown } from '../bindings/AccountShown';
import type { MoreRolesAsked } from '../bindings/MoreRolesAsked';
import type { LinkQuestion } from '../bindings/LinkQuestion';
import type { ConsentGiven } from '../bindings/ConsentGiven';
import type { LastUse } from '../bindings/LastUse';
import type { Outcome } from '../bindings/Outcome';
import type { Person } from '../bindings/Person';
import type { Recognised } from '../bindings/Recognised';
import type { RoleCheck } from '../bindings/RoleCheck';
import type { RoleLine } from '../bindings/RoleLine';
import type { RolesAsked } from '../bindings/RolesAsked';
import type { RolesFilter } from '../bindings/RolesFilter';
import type { RolesFound } from '../bindings/RolesFound';
import type { RolesNow } from '../bindings/RolesNow';
import type { RolesRanked } from '../bindings/RolesRanked';
import type { RoleView } from '../bindings/RoleView';
import type { SavedFilter } from '../bindings/SavedFilter';
import type { SessionView } from '../bindings/SessionView';
import type { Snapshot } from '../bindings/Snapshot';
import type { TrialNews } from '../bindings/TrialNews';
import type { TrialStep } from '../bindings/TrialStep';
import type { SettingsBackend } from './settings-backend';

export interface Backend extends SettingsBackend {
  snapshot(): Promise<Snapshot>;
  shellFacts(): Promise<ShellFacts>;
  /** What needs the person, as it is now. */
  attention(): Promise<AttentionItem[]>;

  /**
   * The lines of the list from `from` to before `to`, best first. Ask for those that are shown and a few more. After
   * `catalog-changed`, ask for the same lines again: `revision` says whether they changed.
   */
  rolesFound(asked: RolesAsked): Promise<RolesFound>;
  /** The roles of a line that it has no room for. */
  moreRoles(asked: MoreRolesAsked): Promise<RoleLine[]>;
  /** Favourites and recent roles that match. */
  rolesNow(query: string, filter: RolesFilter): Promise<RolesNow>;
  /** Roles one by one, best first: for a quick switch or a palette. */
  rolesRanked(query: string, filter: RolesFilter, from: number, to: number): Promise<RolesRanked>;
  /** All that is known of roles, in this order, without those that are gone. */
  roles(ids: readonly string[]): Promise<RoleView[]>;
  /** Roles whose session can assume this one, or a new one: of its identity, and not after it in a chain. 200 at most. */
  rolesBefore(identity: string, arn: string | null, query: string): Promise<RoleView[]>;
  /** What an account is called, if it is in the catalog. */
  account(account: string): Promise<AccountShown | null>;

  /** Adds favourites at the end. */
  addFavourites(roles: readonly string[]): Promise<void>;
  removeFavourites(roles: readonly string[]): Promise<void>;
  /** Moves a favourite to a place among them; 0 is the first. */
  moveFavourite(role: string, to: number): Promise<void>;
  /** Puts an account into a folder. Null: into none. */
  putAccountFolder(account: string, folder: string | null): Promise<void>;
  /** Saves a filter, instead of the one of that name. */
  putFilter(filter: SavedFilter): Promise<void>;
  removeFilter(name: string): Promise<void>;

  /** Secrets go one way, to the vault. An empty text removes a secret. */
  addIdentity(name: string, settings: IdentitySettings, secrets: Typed): Promise<void>;
  updateIdentity(name: string, settings: IdentitySettings, secrets: Typed): Promise<void>;
  removeIdentity(name: string): Promise<void>;
  /** Gives an identity another name. Everything that is its own stays. */
  renameIdentity(name: string, newName: string): Promise<void>;
  /** The fields of an identity's form that cannot be used. `settings` as typed; `isNew`: the name must be free. */
  checkIdentity(name: string, settings: IdentitySettings, isNew: boolean): Promise<FieldMistake[]>;
  /** What a pasted text is. `ask`: the address in it is asked, if the text doesn't tell by itself. */
  recognise(text: string, ask: boolean): Promise<Recognised>;
  /** A region for the profiles of an identity's roles, where nothing names one. */
  suggestRegion(): Promise<string>;
  /** Checks the settings of an identity step by step, without the person. Resolves with all steps. */
  tryIdentity(name: string, watch: TrialWatch): Promise<TrialStep[]>;
  /** The same for unsaved settings, with secrets that were just typed. They are used for the trial and not kept. */
  trySettings(draft: Draft, watch: TrialWatch): Promise<TrialStep[]>;
  /** What the MFA device of the IAM user in a form is most likely called. AWS is asked whose the key is. */
  likelyMfaSerial(draft: Draft): Promise<string | null>;

  /**
   * Resolves when the person is signed in. The event `sign-in-began` says what they have to do.
   *
   * `device`: with a code, on any machine. `given`: what was typed into the fields of `way`.
   */
  signIn(identity: string, device: boolean, given: Typed): Promise<void>;
  cancelSignIn(identity: string): Promise<void>;
  signOut(identity: string): Promise<void>;
  /** Lists an identity's roles again and resolves with their number. Events tell the progress. */
  listRoles(identity: string): Promise<number>;
  copySignInUrl(identity: string): Promise<void>;
  /** Opens the address of a waiting sign-in in this machine's browser. */
  openSignInUrl(identity: string): Promise<void>;
  /** Brings the app's window of a waiting sign-in to the front. */
  showSignInWindow(identity: string): Promise<void>;

  /** Copies the current code of the identity's MFA device. */
  copyMfaCode(identity: string): Promise<MfaCode>;
  /** Shows that code outside of this page, in a window that the platform draws. */
  showMfaCode(identity: string): Promise<void>;
  /** Replaces an IAM user's access key with a new one. */
  rotateKey(identity: string): Promise<void>;

  /** The fields of a role's form that cannot be used, and what the form offers for what is typed so far. */
  checkRole(role: DeclaredRole, isNew: boolean): Promise<RoleCheck>;
  /** Declares a role, or changes its declaration. Without `handOut`, what it says of that stays. */
  putRole(role: DeclaredRole, handOut?: HandOut): Promise<void>;
  removeRole(role: string): Promise<void>;
  /** Accepts what waits in a shared catalog: exactly what `waitingId` stands for. */
  acceptCatalog(name: string, waitingId: string | null): Promise<CatalogView>;
  /** The region for the profiles of an account's roles that name none. Null: none. */
  putAccountRegion(account: string, region: string | null): Promise<void>;

  /** Rejects with `foreign-profile` if Daypass did not write the profile and `replaceForeign` is false. */
  start(
    role: string,
    profile: string | null,
    replaceForeign: boolean,
    readOnly: boolean,
    person: Person,
  ): Promise<Outcome<SessionView>>;
  stop(profile: string): Promise<void>;
  stopAll(): Promise<void>;
  /** Takes back a stop that was a few seconds ago: the same credentials, without an exchange. */
  undoStop(profiles: readonly string[]): Promise<void>;
  /** Changes a running session's profiles, delivery or region, without an exchange. */
  rearrangeSession(change: ChangeSession): Promise<SessionView>;
  /** Ends a session, and puts back what its profile held before it was replaced. Whether there was anything. */
  stopAndGiveBack(profile: string): Promise<boolean>;
  /** Makes a read-only session full for some time, such as `15m`, for a reason. */
  elevate(profile: string, lasts: string, why: string, person: Person): Promise<Outcome<SessionView>>;
  /** Ends that before its time. */
  fallBack(profile: string): Promise<SessionView>;
  renew(profile: string, person: Person): Promise<Outcome<null>>;
  copyEnv(profile: string, shell: Shell, person: Person): Promise<Outcome<null>>;
  openConsole(target: ConsoleTarget, person: Person): Promise<Outcome<null>>;
  /** The ids of the roles that reach a page of the console, or the resource of an ARN. */
  rolesReaching(page: string): Promise<string[]>;
  /** What a link asks for that another program opened. Null: no link waits. */
  askedByLink(): Promise<LinkQuestion | null>;
  /** The person has answered. */
  endLink(): Promise<void>;
  /** Has the window ask about a link that the person pasted. */
  followLink(link: string): Promise<void>;
  /** Whether the shortcut of the quick switch works. */
  quickShortcut(): Promise<ShortcutStanding>;
  /** The services that the console of a role has. */
  consoleServices(role: string): Promise<ConsoleService[]>;
  /** The roles on the way to this one, which comes last, and until when each works. */
  chainOf(role: string): Promise<ChainStep[]>;
  browserChoices(role: string): Promise<BrowserChoices>;
  chooseBrowser(role: string, choice: BrowserChoice): Promise<void>;
  copyConsoleUrl(profile: string, person: Person): Promise<Outcome<null>>;

  /** The names of other tools that something can be imported from. The keyring isn't asked. */
  toolsFound(): Promise<string[]>;
  /** Plans to import what other tools have. `moveKeys`: access keys leave the AWS files for the vault. */
  planImport(moveKeys: boolean): Promise<ImportPlan>;
  /** Imports what the person was `shown`, unless the files say something else by now. */
  importPlanned(moveKeys: boolean, shown: ImportPlan, typed: TypedForImport): Promise<Imported>;
  /** Takes the last import back. */
  undoImport(): Promise<ImportUndone>;

  /** "Why was I denied", asked as a profile's session. `message` can be the whole error. */
  explainDenial(profile: string, message: string): Promise<Denial>;
  /** "Whose key is this": the account of an access key. */
  whoseKey(profile: string, keyId: string): Promise<string>;

  /** Events of the audit log, newest first. `HistoryAsked` may leave out what it doesn't ask for. */
  history(asked: Partial<HistoryAsked>): Promise<History>;
  /** Whether the log is as Daypass wrote it. Reads all of it. */
  checkHistory(): Promise<HistoryChain>;
  /** Writes events to a new file among the person's downloads, and resolves with its path. */
  exportHistory(asked: Partial<HistoryAsked>, format: HistoryFormat): Promise<HistoryExport>;
  /** Who took each running session's credentials last, where Daypass saw it. Events (`credentials-taken`) follow. */
  lastUses(): Promise<LastUse[]>;
  /** What the person answered about programs, as far as it holds. Events (`consents-changed`) say when it is another. */
  consentsGiven(): Promise<ConsentGiven[]>;
  /** Takes an answer back. */
  revokeConsent(id: number): Promise<void>;

  startSandbox(): Promise<void>;
  /** Copies what leads a terminal's tools to the sandbox. */
  copySandboxEnv(shell: Shell): Promise<void>;
  leaveSandbox(): Promise<void>;
  openConfigFile(): Promise<void>;
  /** Keeps the vault's key in a file beside config.toml instead of a keyring. */
  keepKeyInFile(): Promise<void>;
  /** Forgets the vault's key, every secret and all credentials. */
  lockVault(): Promise<void>;
  /** Opens the vault again, or the window that asks for its passphrase, which is outside of this page. */
  unlockVault(): Promise<void>;
  /** How large everything is shown; 1 is the size that it was made for. */
  setZoom(factor: number): Promise<void>;

  /** Calls back on every event until the returned function is called. */
  onEvent(listener: (event: Event) => void): Promise<() => void>;
  /** Calls back with the whole list whenever something else needs the person. */
  onAttention(listener: (items: AttentionItem[]) => void): Promise<() => void>;
  /** Calls back when the tray or a notification asks to show something. */
  onNavigate(listener: (to: Destination) => void): Promise<() => void>;
}

export type Shell = 'sh' | 'fish' | 'powershell' | 'cmd' | 'dotenv' | 'json';

/** What a person typed, by field name. */
export type Typed = Readonly<Record<string, string>>;

/** Secrets go one way, to the vault. */
export interface TypedForImport {
  /** By identity. */
  secrets: Readonly<Record<string, Typed>>;
  /** By the id of the tool whose files it opens. */
  passphrases: Typed;
}

export type Imported = { is: 'done'; outcome: ImportOutcome } | { is: 'changed'; plan: ImportPlan };

/** An identity in a form. */
export interface Draft {
  name: string;
  settings: IdentitySettings;
  secrets: Typed;
  /** It is changed, not added. Secrets that were not typed come from the vault. */
  exists: boolean;
}

/** Follows a trial. */
export interface TrialWatch {
  tell: (news: TrialNews) => void;
  /** Ends the trial, which then rejects. */
  signal: AbortSignal;
}

/** About a code on the clipboard. The code itself never comes here. */
export interface MfaCode {
  secondsLeft: number;
  /** Daypass has already sent it. AWS accepts a code only once. */
  used: boolean;
}

/** A running session by its profile, or a role that need not be running. */
export interface ConsoleTarget {
  profile: string | null;
  role: string | null;
  service: string | null;
  /** A page of the console, or an ARN. */
  to: string | null;
}

/** Whether the desktop lets the quick switch have its keys. `command`: what a shortcut of the desktop's can run instead. */
export type ShortcutStanding = { command: string } & (
  | { is: 'off' | 'asking' | 'taken' | 'not-here' | 'refused' | 'unusable' }
  | { is: 'works'; keys: string }
  | { is: 'failed'; why: string }
);

export interface ShellFacts {
  /** Without a tray, closing the window quits Daypass. */
  tray: boolean;
  version: string;
  /** `linux`, `macos` or `windows`. */
  platform: string;
}

export type Destination =
  | { to: 'sign-in'; identity: string }
  | { to: 'role'; id: string }
  | { to: 'link' }
  | { to: 'sign-out'; identity: string }
  | { to: 'stop-all' }
  | { to: 'attention' }
  | { to: 'sign-in-all' }
  | { to: 'settings' };
