/**
 * All that the window may ask of the product, and all that it is told. The window decides nothing about credentials
 * and never sees one: whatever is secret (environment variables, console URLs) goes to the clipboard or the browser
 * in Rust. Every method rejects with a `Problem`.
 */
import type { DeclaredRole } from '../bindings/DeclaredRole';
import type { Denial } from '../bindings/Denial';
import type { Event } from '../bindings/Event';
import type { IdentitySettings } from '../bindings/IdentitySettings';
import type { Outcome } from '../bindings/Outcome';
import type { Person } from '../bindings/Person';
import type { SessionView } from '../bindings/SessionView';
import type { Snapshot } from '../bindings/Snapshot';
import type { TrialNews } from '../bindings/TrialNews';
import type { TrialStep } from '../bindings/TrialStep';

export interface Backend {
  snapshot(): Promise<Snapshot>;
  shellFacts(): Promise<ShellFacts>;

  /** Secrets go one way, to the vault. An empty text removes one. */
  addIdentity(name: string, settings: IdentitySettings, secrets: Typed): Promise<void>;
  updateIdentity(name: string, settings: IdentitySettings, secrets: Typed): Promise<void>;
  removeIdentity(name: string): Promise<void>;
  /** "Try it now", without the person. Resolves with all steps. */
  tryIdentity(name: string, watch: TrialWatch): Promise<TrialStep[]>;
  /** The same for what is not saved yet, with secrets that were just typed: they are used for this and kept nowhere. */
  trySettings(draft: Draft, watch: TrialWatch): Promise<TrialStep[]>;

  /**
   * Resolves when the person is signed in. What they have to do is told by the event `sign-in-began`.
   *
   * `device`: with a code, on any machine. `given`: what was typed into the fields of `way`.
   */
  signIn(identity: string, device: boolean, given: Typed): Promise<void>;
  cancelSignIn(identity: string): Promise<void>;
  signOut(identity: string): Promise<void>;
  /** Asks for the roles of an identity again; resolves with how many there are. Events tell how far that is. */
  listRoles(identity: string): Promise<number>;
  copySignInUrl(identity: string): Promise<void>;
  /** The address of a sign-in that waits, in the browser of this machine. */
  openSignInUrl(identity: string): Promise<void>;
  /** The app's own window that a sign-in waits in, before the others. */
  showSignInWindow(identity: string): Promise<void>;

  /** Puts the code that the identity's MFA device shows now on the clipboard. */
  copyMfaCode(identity: string): Promise<MfaCode>;
  /** Shows that code, outside of this page: in what the platform draws itself. */
  showMfaCode(identity: string): Promise<void>;
  /** Replaces an IAM user's access key by a new one. */
  rotateKey(identity: string): Promise<void>;

  /** Declares a role, or changes what is declared of it. */
  putRole(role: DeclaredRole): Promise<void>;
  removeRole(role: string): Promise<void>;

  /** Rejects with code `foreign-profile` when the profile is someone else's and `replaceForeign` is false. */
  start(
    role: string,
    profile: string | null,
    replaceForeign: boolean,
    readOnly: boolean,
    person: Person,
  ): Promise<Outcome<SessionView>>;
  stop(profile: string): Promise<void>;
  stopAll(): Promise<void>;
  renew(profile: string, person: Person): Promise<Outcome<null>>;
  copyEnv(profile: string, shell: Shell, person: Person): Promise<Outcome<null>>;
  openConsole(target: ConsoleTarget, person: Person): Promise<Outcome<null>>;
  copyConsoleUrl(profile: string, person: Person): Promise<Outcome<null>>;

  /** "Why was I denied": `message` may be the whole error that it came in. Asked as the session of a profile. */
  explainDenial(profile: string, message: string): Promise<Denial>;
  /** "Whose key is this": the account of an access key. */
  whoseKey(profile: string, keyId: string): Promise<string>;

  startSandbox(): Promise<void>;
  leaveSandbox(): Promise<void>;
  openConfigFile(): Promise<void>;

  /** Calls back on every event until the returned function is called. */
  onEvent(listener: (event: Event) => void): Promise<() => void>;
  /** Calls back when the tray or a notification wants something shown. */
  onNavigate(listener: (to: Destination) => void): Promise<() => void>;
}

export type Shell = 'sh' | 'fish' | 'powershell' | 'json';

/** What a person typed, by the fields' names. */
export type Typed = Readonly<Record<string, string>>;

/** An identity as a form has it. */
export interface Draft {
  name: string;
  settings: IdentitySettings;
  secrets: Typed;
  /** It is changed, not added: secrets that were not typed are those that the vault has of it. */
  exists: boolean;
}

/** Who looks on at a trial. */
export interface TrialWatch {
  tell: (news: TrialNews) => void;
  /** Ends the trial, which rejects then. */
  signal: AbortSignal;
}

/** Of a code that is on the clipboard. The code itself never comes here. */
export interface MfaCode {
  secondsLeft: number;
  /** Daypass sent it already: AWS takes it no second time. */
  used: boolean;
}

/** A running session by its profile, or a role that need not run yet. */
export interface ConsoleTarget {
  profile: string | null;
  role: string | null;
  service: string | null;
}

export interface ShellFacts {
  /** Without a tray, closing the window quits Daypass. */
  tray: boolean;
  version: string;
  /** `linux`, `macos` or `windows`. */
  platform: string;
}

export type Destination = { to: 'sign-in'; identity: string } | { to: 'role'; id: string };
