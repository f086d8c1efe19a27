/**
 * What the window knows: one snapshot, kept up to date by events. It decides nothing, and only asks for snapshots.
 */
import type { Event } from '../bindings/Event';
import type { IdentityView } from '../bindings/IdentityView';
import type { Problem } from '../bindings/Problem';
import type { RoleView } from '../bindings/RoleView';
import type { SessionChange } from '../bindings/SessionChange';
import type { SessionView } from '../bindings/SessionView';
import type { SignInAsk } from '../bindings/SignInAsk';
import type { Snapshot } from '../bindings/Snapshot';
import type { Backend, ShellFacts } from './backend';
import { asProblem, isSame } from './problems';
import { isLive } from './states';
import { shortName } from './terms';

/** Where a person can continue a sign-in that waits. */
export interface PendingSignIn {
  ask: SignInAsk;
  browserOpened: boolean;
}

export class Store {
  /** Null until the first snapshot. */
  facts = $state.raw<Omit<Snapshot, 'identities' | 'roles' | 'sessions'> | null>(null);
  shell = $state.raw<ShellFacts>({ tray: true, version: '', platform: '' });
  identities = $state.raw<readonly IdentityView[]>([]);
  roles = $state.raw<readonly RoleView[]>([]);
  /** By profile. Stopped sessions are gone. */
  sessions = $state.raw<ReadonlyMap<string, SessionView>>(new Map());
  signIns = $state.raw<ReadonlyMap<string, PendingSignIn>>(new Map());
  /** Why there is no snapshot. */
  problem = $state.raw<Problem | null>(null);
  /** What happened last, for screen readers. */
  announcement = $state('');

  readonly identityByName = $derived(new Map(this.identities.map((identity) => [identity.name, identity])));
  readonly roleById = $derived(new Map(this.roles.map((role) => [role.id, role])));
  /** `ACCOUNT/ROLE` of roles that several identities reach: the list then shows the identity too. */
  readonly #alike = $derived(ofSeveral(this.roles));
  readonly sessionsByRole = $derived(groupByRole(this.sessions));
  /** Roles whose session has credentials or is getting them. */
  readonly active = $derived(new Set([...this.sessions.values()].filter(isLive).map((session) => session.roleId)));

  /** Callbacks for every event. */
  readonly #watchers: ((event: Event) => void)[] = [];
  readonly #backend: Backend;
  /** Events since a snapshot was asked for: it can be older than they are. */
  #sinceAsked: Event[] | null = null;
  #askAgain = false;
  /** How many events told of each profile. */
  readonly #told = new Map<string, number>();

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** Whether another identity reaches a role that looks the same. */
  isAlike(role: RoleView): boolean {
    return this.#alike.has(`${role.account}/${role.name}`);
  }

  /** Listens to events and loads the first snapshot. Returns a function that stops listening. */
  async connect(): Promise<() => void> {
    const unlisten = await this.#backend.onEvent((event) => this.apply(event));
    const [shell] = await Promise.allSettled([this.#backend.shellFacts(), this.load()]);
    if (shell.status === 'fulfilled') this.shell = shell.value;
    return unlisten;
  }

  /** Asks for a snapshot. While one is on its way, asks again after it. */
  async load(): Promise<void> {
    if (this.#sinceAsked) {
      this.#askAgain = true;
      return;
    }
    this.#sinceAsked = [];
    try {
      const snapshot = await this.#backend.snapshot();
      const since = this.#sinceAsked;
      this.#sinceAsked = null;
      this.#replace(snapshot);
      for (const event of since) this.#change(event);
      this.problem = null;
    } catch (thrown) {
      this.#sinceAsked = null;
      this.problem = asProblem(thrown);
    }
    if (this.#askAgain) {
      this.#askAgain = false;
      await this.load();
    }
  }

  /** Calls `watcher` for every event, once the state shows it. */
  watch(watcher: (event: Event) => void): void {
    this.#watchers.push(watcher);
  }

  /** How many events told of a profile so far. An answer that was asked for before the next one is older than it. */
  told(profile: string): number {
    return this.#told.get(profile) ?? 0;
  }

  /** Takes in an answer about a session, unless an event came since it was asked for. */
  answered(session: SessionView, toldBefore: number): void {
    if (this.told(session.profile) !== toldBefore) return;
    this.sessions = new Map(this.sessions).set(session.profile, session);
  }

  /** The broker does not know a session that the window shows. */
  gone(profile: string): void {
    const sessions = new Map(this.sessions);
    sessions.delete(profile);
    this.sessions = sessions;
    void this.load();
  }

  /** Forgets a session that never had credentials: only the window remembers it. */
  forgetUnstarted(roleId: string, why: Problem): void {
    const gone = (one: SessionView) =>
      one.roleId === roleId && one.state === 'failed' && one.expiresAt === null && isSame(one.problem, why);
    this.sessions = new Map([...this.sessions].filter(([, session]) => !gone(session)));
  }

  apply(event: Event): void {
    this.#sinceAsked?.push(event);
    this.#change(event);
    // Who is signed in, until when, and which roles came with it: that is only in a snapshot.
    if (ASKS_FOR_A_SNAPSHOT.has(event.type) || this.#changesRoles(event)) void this.load();
    for (const watcher of this.#watchers) watcher(event);
    const words = this.#inWords(event);
    if (words) this.announcement = words;
  }

  #replace({ identities, roles, sessions, ...facts }: Snapshot): void {
    this.facts = facts;
    this.identities = identities;
    // Indexing a catalog of 100,000 roles takes time, so the same one is not indexed again.
    if (!sameRoles(roles, this.roles)) this.roles = roles;
    this.sessions = new Map(sessions.filter((s) => s.state !== 'stopped').map((s) => [s.profile, s]));
    const pending = new Set(identities.filter((i) => i.state === 'signing-in').map((i) => i.name));
    this.signIns = new Map([...this.signIns].filter(([name]) => pending.has(name)));
  }

  /** Whether a session came whose role is not listed, or one went whose role is listed only because of it. */
  #changesRoles(event: Event): boolean {
    if (event.type !== 'session-changed') return false;
    const role = this.roleById.get(event.session.roleId);
    return event.session.state === 'stopped' ? role?.source === 'session' : role === undefined;
  }

  #change(event: Event): void {
    switch (event.type) {
      case 'sign-in-began':
        this.#identity(event.identity, { state: 'signing-in', problem: null });
        this.signIns = new Map(this.signIns).set(event.identity, { ask: event.ask, browserOpened: event.browserOpened });
        break;
      case 'sign-in-cautioned':
        break;
      case 'signed-in':
        this.#identity(event.identity, { state: 'signed-in', person: event.person, problem: null });
        this.#signInOver(event.identity);
        break;
      case 'sign-in-failed': {
        // Whether an earlier sign-in still holds is in the snapshot that follows.
        const { person } = this.identityByName.get(event.identity) ?? { person: null };
        const problem = event.problem.kind === 'cancelled' ? null : event.problem;
        this.#identity(event.identity, { state: person ? 'needs-sign-in' : 'signed-out', problem });
        this.#signInOver(event.identity);
        break;
      }
      case 'signed-out':
        this.#identity(event.identity, { state: 'signed-out', person: null, signedInUntil: null, problem: null });
        break;
      case 'sign-in-needed':
        this.#identity(event.identity, { state: 'needs-sign-in', problem: event.problem });
        break;
      case 'session-changed': {
        this.#told.set(event.session.profile, this.told(event.session.profile) + 1);
        const sessions = new Map(this.sessions);
        if (event.session.state === 'stopped') sessions.delete(event.session.profile);
        else sessions.set(event.session.profile, event.session);
        this.sessions = sessions;
        break;
      }
      case 'catalog-grew':
        this.#identity(event.identity, { listing: { accounts: event.accounts, done: event.done }, problem: null });
        break;
      case 'catalog-listed':
        this.#identity(event.identity, { listing: null, problem: event.problem });
        break;
      case 'catalog-changed':
        break;
    }
  }

  #identity(name: string, change: Partial<IdentityView>): void {
    this.identities = this.identities.map((one) => (one.name === name ? { ...one, ...change } : one));
  }

  #signInOver(identity: string): void {
    const signIns = new Map(this.signIns);
    signIns.delete(identity);
    this.signIns = signIns;
  }

  #inWords(event: Event): string | null {
    switch (event.type) {
      case 'signed-in':
        return `Signed in to ${event.identity} as ${event.person}.`;
      case 'sign-in-cautioned':
        return `${event.identity}: ${event.caution.message}`;
      case 'sign-in-failed':
        return `Sign-in to ${event.identity} ended: ${event.problem.message}`;
      case 'signed-out':
        return `Signed out of ${event.identity}.`;
      case 'sign-in-needed':
        return `Sign in to ${event.identity} again.`;
      case 'catalog-listed':
        return event.problem && `Couldn’t list the roles of ${event.identity}: ${event.problem.message}`;
      case 'session-changed': {
        const role = this.roleById.get(event.session.roleId)?.name ?? shortName(event.session.role);
        const words = SESSION_WORDS[event.change];
        return words && `${role}, profile ${event.session.profile}: ${words}.`;
      }
      default:
        return null;
    }
  }
}

const ASKS_FOR_A_SNAPSHOT: ReadonlySet<Event['type']> = new Set([
  'signed-in',
  'sign-in-failed',
  'signed-out',
  'catalog-grew',
  'catalog-listed',
  'catalog-changed',
] as const);

/** What a screen reader says. */
const SESSION_WORDS: Record<SessionChange, string | null> = {
  requested: null,
  started: 'started',
  'renewal-began': null,
  renewed: 'renewed',
  'renewal-delayed': 'renewal delayed',
  'sign-in-needed': 'sign in again to renew it',
  failed: 'failed',
  'delivery-changed': null,
  expired: 'expired',
  stopped: 'stopped',
};

/** Not `Map.groupBy`: web views from before 2024 lack it. */
function groupByRole(sessions: ReadonlyMap<string, SessionView>): Map<string, SessionView[]> {
  const groups = new Map<string, SessionView[]>();
  for (const session of sessions.values()) {
    const group = groups.get(session.roleId);
    if (group) group.push(session);
    else groups.set(session.roleId, [session]);
  }
  return groups;
}

function ofSeveral(roles: readonly RoleView[]): ReadonlySet<string> {
  const first = new Map<string, string>();
  const several = new Set<string>();
  for (const { account, name, identity } of roles) {
    const key = `${account}/${name}`;
    const other = first.get(key);
    if (other === undefined) first.set(key, identity);
    else if (other !== identity) several.add(key);
  }
  return several;
}

function sameRoles(some: readonly RoleView[], others: readonly RoleView[]): boolean {
  return some.length === others.length && some.every((role, i) => alike(role, others[i]));
}

/** Equal as JSON, however deep. */
function alike(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const keys = Object.keys(a);
  const same = (key: string) => alike((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]);
  return keys.length === Object.keys(b).length && keys.every(same);
}
