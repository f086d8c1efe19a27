/**
 * All that the window may ask of the product, and all that it is told. The window decides nothing about credentials
 * and never sees one: whatever is secret (environment variables, console URLs) goes to the clipboard or the browser
 * in Rust. Every method rejects with a `Problem`.
 */
import type { Event } from '../bindings/Event';
import type { IdentitySettings } from '../bindings/IdentitySettings';
import type { Problem } from '../bindings/Problem';
import type { SessionView } from '../bindings/SessionView';
import type { Snapshot } from '../bindings/Snapshot';

export interface Backend {
  snapshot(): Promise<Snapshot>;
  shellFacts(): Promise<ShellFacts>;

  addIdentity(name: string, settings: IdentitySettings): Promise<void>;
  updateIdentity(name: string, settings: IdentitySettings): Promise<void>;
  removeIdentity(name: string): Promise<void>;
  /** Validates the settings and asks the provider; an empty list means that all is well. */
  checkIdentity(settings: IdentitySettings): Promise<Problem[]>;

  /** Resolves when the person is signed in. Where to go is told by the event `sign-in-began`. */
  signIn(identity: string): Promise<void>;
  cancelSignIn(identity: string): Promise<void>;
  signOut(identity: string): Promise<void>;
  copySignInUrl(identity: string): Promise<void>;

  addRole(role: NewRole): Promise<void>;
  removeRole(arn: string): Promise<void>;

  /** Rejects with code `foreign-profile` when the profile is someone else's and `replaceForeign` is false. */
  start(role: string, profile: string | null, replaceForeign: boolean): Promise<SessionView>;
  stop(profile: string): Promise<void>;
  stopAll(): Promise<void>;
  renew(profile: string): Promise<void>;
  copyEnv(profile: string, shell: Shell): Promise<void>;
  openConsole(target: ConsoleTarget): Promise<void>;
  copyConsoleUrl(profile: string): Promise<void>;

  startSandbox(): Promise<void>;
  leaveSandbox(): Promise<void>;
  openConfigFile(): Promise<void>;

  /** Calls back on every event until the returned function is called. */
  onEvent(listener: (event: Event) => void): Promise<() => void>;
  /** Calls back when the tray or a notification wants something shown. */
  onNavigate(listener: (to: Destination) => void): Promise<() => void>;
}

export type Shell = 'sh' | 'fish' | 'powershell' | 'json';

export interface NewRole {
  arn: string;
  identity: string;
  profile: string | null;
  region: string | null;
  duration: string | null;
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

export type Destination = { to: 'sign-in'; identity: string } | { to: 'role'; arn: string };
