/**
 * What the window knows: one snapshot, kept up to date by events. It decides nothing, and only asks for snapshots.
 */
import type { AttentionItem } from '../bindings/AttentionItem';
import type { Event } from '../bindings/Event';
import type { IdentityView } from '../bindings/IdentityView';
import type { Problem } from '../bindings/Problem';
import type { SessionView } from '../bindings/SessionView';
import type { SignInAsk } from '../bindings/SignInAsk';
import type { Snapshot } from '../bindings/Snapshot';
import type { Backend, ShellFacts } from './backend';
import { asProblem, isSame, wordsFor } from './problems';
import { eventInWords } from '../words/events';

/** Where a person can continue a sign-in that waits. */
export interface PendingSignIn {
  ask: SignInAsk;
  browserOpened: boolean;
}

export class Store {
  /** Null until the first snapshot. */
  facts = $state.raw<Omit<Snapshot, 'identities' | 'sessions'> | null>(null);
  shell = $state.raw<ShellFacts>({ tray: true, version: '', platform: '' });
  identities = $state.raw<readonly IdentityView[]>([]);
  /** By profile. Stopped sessions are gone. */
  sessions = $state.raw<ReadonlyMap<string, SessionView>>(new Map());
  signIns = $state.raw<ReadonlyMap<string, PendingSignIn>>(new Map());
  /** What needs the person, the worst first. */
  attention = $state.raw<readonly AttentionItem[]>([]);
  /** Why a snapshot is missing. */
  problem = $state.raw<Problem | null>(null);
  /** What happened last, for screen readers. */
  announcement = $state('');

  readonly identityByName = $derived(new Map(this.identities.map((identity) => [identity.name, identity])));
  /** The person's favourite roles, by id. */
  readonly favourites = $derived(new Set(this.facts?.rolesKnown?.favourites ?? []));
  /** How many roles the catalog has. */
  readonly roles = $derived(this.facts?.rolesKnown?.roles ?? 0);
  /** Whether the vault waits for the person to unlock it. Until then, sessions and sign-ins are out of sight. */
  readonly isLocked = $derived.by(() => {
    const problem = this.facts?.vaultProblem ?? null;
    return problem !== null && wordsFor(problem).remedy === 'unlock';
  });
  readonly sessionsByRole = $derived(groupByRole(this.sessions));

  /** Callbacks for every event. */
  readonly #watchers: ((event: Event) => void)[] = [];
  readonly #backend: Backend;
  /** Events since a snapshot was asked for: it can be older than they are. */
  #sinceAsked: Event[] | null = null;
  #askAgain = false;
  /** How often the backend told by itself what needs the person. */
  #attentionTold = 0;
  /** How many events told of each profile. */
  readonly #told = new Map<string, number>();

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** Whether another identity has a session of the same role. */
  isSeveral(session: SessionView): boolean {
    const isAlike = (one: SessionView) => one.role === session.role && one.identity !== session.identity;
    return [...this.sessions.values()].some(isAlike);
  }

  /** How many roles an identity has. */
  rolesOf(identity: string): number {
    return this.facts?.rolesKnown?.byIdentity.find((one) => one.identity === identity)?.roles ?? 0;
  }

  /** Listens to events and loads the first snapshot. Returns a function that stops listening. */
  async connect(): Promise<() => void> {
    const ends = await Promise.all([
      this.#backend.onEvent((event) => this.apply(event)),
      this.#backend.onAttention((items) => {
        this.#attentionTold++;
        this.attention = items;
      }),
    ]);
    const [shell] = await Promise.allSettled([this.#backend.shellFacts(), this.load()]);
    if (shell.status === 'fulfilled') this.shell = shell.value;
    return () => ends.forEach((end) => end());
  }

  /** Asks for a snapshot. While one is on its way, asks again after it. Ends when the last one has arrived. */
  load(): Promise<void> {
    if (!this.#sinceAsked) return (this.#loading = this.#load());
    this.#askAgain = true;
    return this.#loading;
  }

  #loading: Promise<void> = Promise.resolve();

  async #load(): Promise<void> {
    this.#sinceAsked = [];
    try {
      const told = this.#attentionTold;
      const [snapshot, attention] = await Promise.all([this.#backend.snapshot(), this.#backend.attention()]);
      if (told === this.#attentionTold) this.attention = attention;
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
      await this.#load();
    }
  }

  /** Calls `watcher` for every event, once the state shows it, until the returned function is called. */
  watch(watcher: (event: Event) => void): () => void {
    this.#watchers.push(watcher);
    return () => this.#watchers.splice(this.#watchers.indexOf(watcher), 1);
  }

  /** How many events told of a profile so far. An answer that was asked for before the next one is older than it. */
  told(profile: string): number {
    return this.#told.get(profile) ?? 0;
  }

  /** Takes in an answer about a session, unless an event came since it was asked for. */
  answered(session: SessionView, toldBefore: number): void {
    if (this.told(session.profile) !== toldBefore) return;
    const sessions = new Map(this.sessions).set(session.profile, session);
    if (session.renamedFrom) sessions.delete(session.renamedFrom);
    this.sessions = sessions;
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
    if (ASKS_FOR_A_SNAPSHOT.has(event.type)) void this.load();
    for (const watcher of this.#watchers) watcher(event);
    const words = eventInWords(event);
    if (words) this.announcement = words;
  }

  #replace({ identities, sessions, ...facts }: Snapshot): void {
    this.facts = facts;
    this.identities = identities;
    this.sessions = new Map(sessions.filter((s) => s.state !== 'stopped').map((s) => [s.profile, s]));
    const pending = new Set(identities.filter((i) => i.state === 'signing-in').map((i) => i.name));
    this.signIns = new Map([...this.signIns].filter(([name]) => pending.has(name)));
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
        if (event.session.renamedFrom) sessions.delete(event.session.renamedFrom);
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
      case 'consents-changed':
      case 'settings-changed':
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
}

const ASKS_FOR_A_SNAPSHOT: ReadonlySet<Event['type']> = new Set([
  'signed-in',
  'sign-in-failed',
  'signed-out',
  'catalog-grew',
  'catalog-listed',
  'catalog-changed',
] as const);

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
