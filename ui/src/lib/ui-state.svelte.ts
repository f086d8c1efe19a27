/**
 * The state of the window: the query, the filter, the chosen role, the open dialog, notices. None of it outlives the
 * window, except what `Recents` keeps.
 */
import type { Caution } from '../bindings/Caution';
import type { Event } from '../bindings/Event';
import type { CatalogView } from '../bindings/CatalogView';
import type { IdentityView } from '../bindings/IdentityView';
import type { Problem } from '../bindings/Problem';
import type { RoleView } from '../bindings/RoleView';
import type { SessionChange } from '../bindings/SessionChange';
import type { SessionView } from '../bindings/SessionView';
import { untrack } from 'svelte';
import { type Keep, Matcher } from './fuzzy';
import { kindOf } from './kinds';
import type { Kind } from './kinds/kind';
import { isSame, type Remedy } from './problems';
import type { Recents } from './recents';
import { isLive } from './states';
import type { Store } from './store.svelte';
import { lifetime } from './time';

export type Filter = { by: 'all' } | { by: 'active' } | { by: 'identity'; name: string };

/** What the whole window shows. Every one but the roles has its own file in `screens`, within a `Page`. */
export type Screen = { is: 'roles' };

export type Dialog =
  | { is: 'identity'; edit: IdentityView | null; picked?: Kind }
  | { is: 'role'; identity: string | null; edit?: RoleView }
  /** A sign-in that continues elsewhere. */
  | { is: 'sign-in'; identity: string }
  /** A sign-in that is typed here. */
  | { is: 'sign-in-form'; identity: string; ended: (signedIn: boolean) => void }
  | { is: 'try'; identity: string }
  | { is: 'rotate-key'; name: string }
  | { is: 'denial' }
  | { is: 'key' }
  | { is: 'import' }
  | { is: 'remove-identity'; name: string }
  | { is: 'remove-role'; role: RoleView }
  | { is: 'replace-profile'; role: RoleView; profile: string; problem: Problem }
  /** The profile of a start belongs to another role's session, which would end. */
  | { is: 'take-profile'; role: RoleView; session: SessionView }
  /** Sessions that a sign-out leaves running, unless the person ends them too. */
  | { is: 'sign-out'; name: string; sessions: readonly SessionView[] }
  | { is: 'stop-all' }
  | { is: 'keep-key' }
  | { is: 'catalog'; catalog: CatalogView }
  | { is: 'palette' }
  | { is: 'shortcuts' };

export interface Notice {
  id: number;
  /** A short confirmation that disappears, or a problem that stays until it is closed. */
  text: string | null;
  problem: Problem | null;
  /** What works but isn't as it could be. It stays until it is closed. */
  caution?: Caution;
  remedy: { is: Remedy; run: () => void } | null;
  /** What takes a confirmed action back. */
  undo: (() => void) | null;
  /** What the problem is about: a role's id, an identity's name, or the key of what was tried. */
  about: string | null;
}

/** How long a confirmation is shown, ms. */
const SUCCESS_STAYS = 4000;
/** How long it offers to take the action back, ms. The broker could for longer. */
const UNDO_STAYS = 10_000;

/** Changes of a session that end a problem shown for it. */
const ENDS_A_PROBLEM: ReadonlySet<SessionChange> = new Set(['started', 'renewed', 'stopped'] as const);

/** Changes of a session that bring a problem of their own. */
const TELLS_A_PROBLEM: ReadonlySet<SessionChange> = new Set(['renewal-delayed', 'sign-in-needed', 'failed'] as const);

export class UiState {
  screen = $state.raw<Screen>({ is: 'roles' });
  query = $state('');
  filter = $state.raw<Filter>({ by: 'all' });
  chosenId = $state<string | null>(null);
  /** By role: which of several sessions is shown, or the profile name for one that has not started. */
  profiles = $state.raw<ReadonlyMap<string, string>>(new Map());
  /** By role: how long its last session lasted. */
  lifetimes = $state.raw<ReadonlyMap<string, string>>(new Map());
  dialog = $state.raw<Dialog | null>(null);
  notices = $state.raw<readonly Notice[]>([]);
  /** Roles that the person wants to start read-only. */
  readOnly = $state.raw<ReadonlySet<string>>(new Set());
  /** By role: why the person's last action on it failed. Shown with the role. */
  roleProblems = $state.raw<ReadonlyMap<string, Problem>>(new Map());
  /** Actions under way, by a key such as `start work:arn:…`. Their buttons are disabled. */
  busy = $state.raw<ReadonlySet<string>>(new Set());
  /** Below 900 px, the rail is a drawer. */
  compact = $state(false);
  /** Below 720 px, the role is a sheet as well. */
  narrow = $state(false);
  sheetOpen = $state(false);
  railOpen = $state(false);
  /** Raised to sort active and recent roles to the top again, but not while the person works in the list. */
  round = $state(0);

  readonly #store: Store;
  readonly #recents: Recents;

  constructor(store: Store, recents: Recents) {
    this.#store = store;
    this.#recents = recents;
    this.profiles = new Map(Object.entries(recents.profiles));
    store.watch((event) => this.#follow(event));
  }

  readonly matcher = $derived.by(() => {
    const label = (role: RoleView) => role.accountName ?? role.account;
    const compare = new Intl.Collator('en', { numeric: true }).compare;
    const sorted = [...this.#store.roles].sort((a, b) => compare(label(a), label(b)) || compare(a.name, b.name));
    return new Matcher(sorted, (r) => [r.name, r.accountName ?? '', r.accountAlias ?? '', r.profile, r.account, r.identity]);
  });

  readonly #placeById = $derived(new Map(this.matcher.items.map((role, i) => [role.id, i])));

  readonly #keep: Keep<RoleView> | undefined = $derived.by(() => {
    const filter = this.filter;
    if (filter.by === 'identity') return (role: RoleView) => role.identity === filter.name;
    const { active } = this.#store;
    return filter.by === 'active' ? (role: RoleView) => active.has(role.id) : undefined;
  });

  /**
   * The roles to show, as indices into `matcher.items`. Active and recent ones come first, as of the last change of
   * query, filter or catalog, so that starting a role does not move it.
   */
  readonly hits = $derived.by(() => {
    void this.round;
    const matcher = this.matcher;
    const { query } = this;
    const keep = this.#keep;
    untrack(() => this.#boost(matcher));
    return matcher.find(query, keep);
  });

  /** The chosen role, or the first of the list. */
  readonly chosen = $derived.by((): RoleView | null => {
    const role = this.chosenId === null ? undefined : this.#store.roleById.get(this.chosenId);
    if (role && this.chosenAt >= 0) return role;
    return this.hits.length ? (this.matcher.items[this.hits[0] as number] ?? null) : null;
  });

  /** The chosen role's index in `hits`, or -1. */
  readonly chosenAt = $derived.by(() => {
    const { items } = this.matcher;
    return this.chosenId === null ? -1 : this.hits.findIndex((i) => items[i]?.id === this.chosenId);
  });

  readonly session = $derived(this.chosen ? this.sessionOf(this.chosen) : null);

  /** With an empty list: a signed-out identity whose sign-in brings roles. */
  readonly signInFirst = $derived.by((): IdentityView | null => {
    const { filter } = this;
    if (this.hits.length > 0 || this.query !== '' || filter.by === 'active') return null;
    const asked = this.#store.identities.filter((one) => filter.by === 'all' || one.name === filter.name);
    return asked.find((one) => one.state !== 'signed-in' && kindOf(one.settings).namesRoles(one.settings)) ?? null;
  });

  sessionOf(role: RoleView): SessionView | null {
    const sessions = this.#store.sessionsByRole.get(role.id) ?? [];
    const wanted = this.profileOf(role);
    const running = sessions.filter(isLive);
    return sessions.find((session) => session.profile === wanted) ?? running[0] ?? sessions[0] ?? null;
  }

  /** What the person called it last, here or in a terminal, or else the role's own. */
  profileOf(role: RoleView): string {
    const [before, ...others] = role.startedAs;
    return this.profiles.get(role.id) ?? (before && others.length === 0 ? before : role.profile);
  }

  nameProfile(role: RoleView, profile: string): void {
    this.profiles = new Map(this.profiles).set(role.id, profile);
  }

  /** Whether a role would be started read-only, because of its terms or the person's choice. */
  isReadOnly(role: RoleView): boolean {
    // The choice may be older than a policy that rules it out.
    return role.terms.read_only || (this.readOnly.has(role.id) && role.canBeReadOnly);
  }

  setReadOnly(role: RoleView, wanted: boolean): void {
    const all = new Set(this.readOnly);
    if (wanted) all.add(role.id);
    else all.delete(role.id);
    this.readOnly = all;
  }

  search(query: string): void {
    this.query = query;
    this.chosenId = null;
  }

  show(filter: Filter): void {
    this.filter = filter;
    this.chosenId = null;
    this.round++;
    this.railOpen = false;
  }

  choose(role: RoleView): void {
    this.chosenId = role.id;
  }

  /** Shows a role, whatever the search and the filter are. */
  reveal(id: string): void {
    this.filter = { by: 'all' };
    this.query = '';
    this.chosenId = id;
    this.dialog = null;
    this.sheetOpen = this.narrow;
  }

  /** Moves the choice by a number of rows, within the list. */
  move(by: number): void {
    const last = this.hits.length - 1;
    if (last < 0) return;
    const to = Math.min(last, Math.max(0, Math.max(0, this.chosenAt) + by));
    const role = this.matcher.items[this.hits[to] as number];
    if (role) this.chosenId = role.id;
  }

  /** How long the last session of a role lasted, such as `8h`. */
  lifetimeOf(role: RoleView): string | null {
    return this.lifetimes.get(role.id) ?? this.#recents.lifetime(role.id);
  }

  /** `about`: the id of a role whose next start, renewal or stop makes it obsolete. */
  notify(text: string, undo: (() => void) | null = null, about: string | null = null): void {
    const id = this.#notice({ text, problem: null, remedy: null, undo, about });
    setTimeout(() => this.dismiss(id), undo ? UNDO_STAYS : SUCCESS_STAYS);
  }

  report(problem: Problem, remedy: Notice['remedy'], about: string | null = null): void {
    this.#notice({ text: null, problem, remedy, undo: null, about });
  }

  dismiss(id: number): void {
    this.notices = this.notices.filter((notice) => notice.id !== id);
  }

  roleProblem(id: string, problem: Problem | null): void {
    const problems = new Map(this.roleProblems);
    if (problem) problems.set(id, problem);
    else problems.delete(id);
    this.roleProblems = problems;
  }

  async whileBusy<T>(key: string, work: () => Promise<T>): Promise<T> {
    this.busy = new Set(this.busy).add(key);
    try {
      return await work();
    } finally {
      const busy = new Set(this.busy);
      busy.delete(key);
      this.busy = busy;
    }
  }

  /**
   * A role's problem ends when its session starts, is renewed, is stopped or fails in another way, and when a sign-in
   * solves it.
   */
  #follow(event: Event): void {
    if (event.type === 'session-changed') {
      const { roleId, problem } = event.session;
      if (event.change === 'started') this.#recents.use(roleId);
      this.#learnLifetime(event.session);
      const ended = ENDS_A_PROBLEM.has(event.change);
      const said = this.roleProblems.get(roleId);
      const another = TELLS_A_PROBLEM.has(event.change) && !isSame(problem, said);
      if (said && (ended || another)) this.roleProblem(roleId, null);
      if (ended && this.notices.some((one) => one.about === roleId)) {
        this.notices = this.notices.filter((one) => one.about !== roleId);
      }
    } else if (event.type === 'sign-in-began') {
      this.notices = this.notices.filter((one) => !one.caution || one.about !== event.identity);
    } else if (event.type === 'sign-in-cautioned') {
      this.#notice({ text: null, problem: null, caution: event.caution, remedy: null, undo: null, about: event.identity });
    } else if (event.type === 'signed-in') {
      for (const remark of event.remarks) this.report(remark, null, event.identity);
      for (const [id, { kind }] of this.roleProblems) {
        if (kind === 'needs-sign-in' && this.#store.roleById.get(id)?.identity === event.identity) this.roleProblem(id, null);
      }
    }
  }

  #learnLifetime(session: SessionView): void {
    const lasts = lifetime(session);
    if (lasts === null) return;
    this.lifetimes = new Map(this.lifetimes).set(session.roleId, lasts);
    this.#recents.lasted(session.roleId, lasts);
  }

  #nextId = 1;

  #notice(notice: Omit<Notice, 'id'>): number {
    const id = this.#nextId++;
    // The same is shown once: a text, or a problem of the same thing.
    const isIt = (one: Notice) =>
      notice.problem === null
        ? notice.text !== null && one.text === notice.text
        : one.about === notice.about && isSame(one.problem, notice.problem);
    const others = this.notices.filter((one) => !isIt(one));
    this.notices = [...others.slice(-3), { ...notice, id }];
    return id;
  }

  #boost(matcher: Matcher<RoleView>): void {
    const recent = this.#recents.roles.map((id, i) => [id, 100 - i] as const);
    const active = [...this.#store.sessionsByRole.keys()].map((id) => [id, 200] as const);
    matcher.boost([...recent, ...active].map(([id, boost]) => [this.#placeById.get(id) ?? -1, boost]));
  }
}
