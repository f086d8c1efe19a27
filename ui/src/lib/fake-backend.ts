/**
 * A backend of nothing but memory: for component tests, and for `npm run dev` in an ordinary browser. It keeps to the
 * order of events that the real one has. Never part of the product's bundle.
 */
import type { Event } from '../bindings/Event';
import type { IdentitySettings } from '../bindings/IdentitySettings';
import type { IdentityView } from '../bindings/IdentityView';
import type { Problem } from '../bindings/Problem';
import type { RoleView } from '../bindings/RoleView';
import type { SessionChange } from '../bindings/SessionChange';
import type { SessionView } from '../bindings/SessionView';
import type { Snapshot } from '../bindings/Snapshot';
import type { Backend, ConsoleTarget, Destination, NewRole, ShellFacts } from './backend';

export interface FakeOptions {
  /** How long an exchange or a discovery takes, ms. 0: as soon as possible. */
  latency?: number;
  /** Signs in by itself after so many ms; null: only when `finishSignIn` is called. */
  signInAfter?: number | null;
  shell?: ShellFacts;
}

export class FakeBackend implements Backend {
  state: Snapshot;
  /** What was asked, in order: for tests. */
  readonly calls: { command: string; args: unknown }[] = [];
  /** Rejects the next call of a command with this. */
  readonly failing = new Map<string, Problem>();
  /** Profiles that someone else wrote. */
  readonly foreign = new Set<string>();

  readonly #options: Required<FakeOptions>;
  readonly #listeners = new Set<(event: Event) => void>();
  readonly #navigators = new Set<(to: Destination) => void>();
  readonly #waiting = new Map<string, { finish: () => void; fail: (problem: Problem) => void }>();

  constructor(state: Snapshot, options: FakeOptions = {}) {
    this.state = state;
    const shell = { tray: true, version: '0.1.0', platform: 'linux' };
    this.#options = { latency: 0, signInAfter: null, shell, ...options };
  }

  snapshot = () => this.#call('snapshot', null, () => structuredClone(this.state));
  shellFacts = () => this.#call('shell_facts', null, () => this.#options.shell);

  addIdentity = (name: string, settings: IdentitySettings) =>
    this.#call('add_identity', { name, settings }, () => {
      const identity: IdentityView = {
        name,
        settings,
        state: 'signed-out',
        person: null,
        signedInUntil: null,
        problem: null,
      };
      this.state = { ...this.state, identities: [...this.state.identities, identity] };
      this.emit({ type: 'catalog-changed' });
    });

  updateIdentity = (name: string, settings: IdentitySettings) =>
    this.#call('update_identity', { name, settings }, () => {
      this.#identity(name, { settings });
      this.emit({ type: 'catalog-changed' });
    });

  removeIdentity = (name: string) =>
    this.#call('remove_identity', { name }, () => {
      const { identities, roles, sessions } = this.state;
      this.state = {
        ...this.state,
        identities: identities.filter((i) => i.name !== name),
        roles: roles.filter((r) => r.identity !== name),
        sessions: sessions.filter((s) => s.identity !== name),
      };
      this.emit({ type: 'catalog-changed' });
    });

  checkIdentity = (settings: IdentitySettings) =>
    this.#call('check_identity', { settings }, () => {
      const reachable = !settings.issuer.includes('unreachable');
      return reachable ? [] : [unreachable(settings.issuer)];
    });

  async signIn(identity: string): Promise<void> {
    await this.#call('sign_in', { identity }, () => undefined);
    const url = `https://login.example.com/authorize?client_id=daypass&state=${identity}`;
    this.#identity(identity, { state: 'signing-in' });
    this.emit({ type: 'sign-in-began', identity, url, browserOpened: true });
    if (this.#options.signInAfter !== null) setTimeout(() => this.finishSignIn(identity), this.#options.signInAfter);
    try {
      await new Promise<void>((finish, fail) => this.#waiting.set(identity, { finish, fail }));
    } catch (problem) {
      this.#identity(identity, { state: 'signed-out', problem: problem as Problem });
      this.emit({ type: 'sign-in-failed', identity, problem: problem as Problem });
      throw problem;
    }
    const person = 'mara@example.com';
    this.#identity(identity, { state: 'signed-in', person, problem: null });
    this.emit({ type: 'signed-in', identity, person });
  }

  /** The person came back from the browser. */
  finishSignIn(identity: string): void {
    this.#waiting.get(identity)?.finish();
    this.#waiting.delete(identity);
  }

  failSignIn(identity: string, problem: Problem): void {
    this.#waiting.get(identity)?.fail(problem);
    this.#waiting.delete(identity);
  }

  cancelSignIn = (identity: string) =>
    this.#call('cancel_sign_in', { identity }, () => this.failSignIn(identity, cancelled(identity)));

  signOut = (identity: string) =>
    this.#call('sign_out', { identity }, () => {
      this.#identity(identity, { state: 'signed-out', person: null });
      this.emit({ type: 'signed-out', identity });
    });

  copySignInUrl = (identity: string) => this.#call('copy_sign_in_url', { identity }, () => undefined);

  addRole = (role: NewRole) =>
    this.#call('add_role', role, () => {
      const view = roleView(role.arn, role.identity, {
        ...(role.profile === null ? {} : { profile: role.profile }),
        region: role.region,
        ...(role.duration === null ? {} : { duration: role.duration }),
      });
      this.state = { ...this.state, roles: [...this.state.roles, view] };
      this.emit({ type: 'catalog-changed' });
    });

  removeRole = (arn: string) =>
    this.#call('remove_role', { arn }, () => {
      this.state = { ...this.state, roles: this.state.roles.filter((role) => role.arn !== arn) };
      this.emit({ type: 'catalog-changed' });
    });

  start = (arn: string, profile: string | null, replaceForeign: boolean) =>
    this.#call('start', { role: arn, profile, replaceForeign }, () => {
      const role = this.state.roles.find((one) => one.arn === arn) as RoleView;
      const name = profile ?? role.profile;
      if (this.foreign.has(name) && !replaceForeign) throw foreignProfile(name, this.state.credentialsFile);
      const now = Date.now();
      const session = sessionView(role, name, 'starting', now, null);
      this.changeSession('requested', session);
      const started = sessionView(role, name, 'active', now, 3600);
      setTimeout(() => this.changeSession('started', started), this.#options.latency);
      return session;
    });

  stop = (profile: string) =>
    this.#call('stop', { profile }, () => {
      const session = this.#session(profile);
      if (session) this.changeSession('stopped', { ...session, state: 'stopped' });
    });

  stopAll = () =>
    this.#call('stop_all', null, () => {
      for (const session of this.state.sessions) this.changeSession('stopped', { ...session, state: 'stopped' });
    });

  renew = (profile: string) =>
    this.#call('renew', { profile }, () => {
      const session = this.#session(profile);
      const role = this.state.roles.find((one) => one.arn === session?.role);
      if (!session || !role) return;
      this.changeSession('renewal-began', { ...session, state: 'renewing' });
      const fresh = { ...sessionView(role, profile, 'active', Date.now(), 3600), renewals: session.renewals + 1 };
      setTimeout(() => this.changeSession('renewed', fresh), this.#options.latency);
    });

  copyEnv = (profile: string, shell: string) => this.#call('copy_env', { profile, shell }, () => undefined);
  openConsole = (target: ConsoleTarget) => this.#call('open_console', target, () => undefined);
  copyConsoleUrl = (profile: string) => this.#call('copy_console_url', { profile }, () => undefined);
  startSandbox = () => this.#call('start_sandbox', null, () => undefined);
  leaveSandbox = () => this.#call('leave_sandbox', null, () => undefined);
  openConfigFile = () => this.#call('open_config_file', null, () => undefined);

  onEvent = (listener: (event: Event) => void) => listenIn(this.#listeners, listener);
  onNavigate = (listener: (to: Destination) => void) => listenIn(this.#navigators, listener);

  emit(event: Event): void {
    for (const listener of this.#listeners) listener(structuredClone(event));
  }

  navigate(to: Destination): void {
    for (const navigator of this.#navigators) navigator(to);
  }

  changeSession(change: SessionChange, session: SessionView): void {
    const others = this.state.sessions.filter((one) => one.profile !== session.profile);
    this.state = { ...this.state, sessions: session.state === 'stopped' ? others : [...others, session] };
    this.emit({ type: 'session-changed', change, session });
  }

  /** Commands asked since the beginning, without the ones that only read. */
  get asked(): string[] {
    return this.calls.map((call) => call.command).filter((name) => !['snapshot', 'shell_facts'].includes(name));
  }

  async #call<T>(command: string, args: unknown, work: () => T): Promise<T> {
    this.calls.push({ command, args });
    await new Promise((done) => setTimeout(done, this.#options.latency));
    const problem = this.failing.get(command);
    this.failing.delete(command);
    if (problem) throw problem;
    return work();
  }

  #identity(name: string, change: Partial<IdentityView>): void {
    const identities = this.state.identities.map((one) => (one.name === name ? { ...one, ...change } : one));
    this.state = { ...this.state, identities };
  }

  #session(profile: string): SessionView | undefined {
    return this.state.sessions.find((session) => session.profile === profile);
  }
}

function listenIn<T>(listeners: Set<T>, listener: T): Promise<() => void> {
  listeners.add(listener);
  return Promise.resolve(() => void listeners.delete(listener));
}

export function roleView(arn: string, identity: string, more: Partial<RoleView> = {}): RoleView {
  const [, partition = 'aws', , , account = ''] = arn.split(':');
  const name = arn.split('/').at(-1) as string;
  return {
    arn,
    partition,
    account,
    accountName: null,
    name,
    identity,
    profile: name.toLowerCase(),
    region: null,
    duration: '1h',
    source: 'declared',
    ...more,
  };
}

/** A session whose credentials were issued at `from` and live for `seconds`; none yet when null. */
export function sessionView(
  role: RoleView,
  profile: string,
  state: SessionView['state'],
  from: number,
  seconds: number | null,
): SessionView {
  const iso = (ms: number) => new Date(ms).toISOString();
  const lives = seconds === null ? null : seconds * 1000;
  return {
    profile,
    role: role.arn,
    identity: role.identity,
    region: role.region,
    state,
    issuedAt: lives === null ? null : iso(from),
    expiresAt: lives === null ? null : iso(from + lives),
    renewsAt: lives === null ? null : iso(from + (lives * 2) / 3),
    renewals: 0,
    accessKeyId: lives === null ? null : 'ASIAQ3EGRIXFAKE7XYZA',
    assumedRole: lives === null ? null : `arn:aws:sts::${role.account}:assumed-role/${role.name}/mara@example.com`,
    problem: null,
    backup: null,
  };
}

const unreachable = (issuer: string): Problem => ({
  code: 'issuer-unreachable',
  message: `${issuer}/.well-known/openid-configuration could not be reached: no such host`,
  hint: 'Check the address, and whether you need your company’s VPN.',
  kind: 'passing',
  requestId: null,
});

const cancelled = (identity: string): Problem => ({
  code: 'sign-in-cancelled',
  message: `The sign-in to ${identity} was cancelled`,
  hint: null,
  kind: 'cancelled',
  requestId: null,
});

export const foreignProfile = (profile: string, file: string): Problem => ({
  code: 'foreign-profile',
  message: `Profile ${profile} in ${file} was not written by Daypass`,
  hint: 'Choose another profile name, or let Daypass back the file up and replace the profile.',
  kind: 'refused',
  requestId: null,
});
