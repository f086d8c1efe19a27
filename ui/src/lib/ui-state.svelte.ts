/**
 * The state of the window: the query, the filter, the chosen role, the open dialog, notices. None of it outlives the
 * window, except what `Recents` keeps.
 */
import type { Event } from '../bindings/Event';
import type { IdentityView } from '../bindings/IdentityView';
import type { Problem } from '../bindings/Problem';
import type { RoleView } from '../bindings/RoleView';
import type { SessionChange } from '../bindings/SessionChange';
import type { SessionView } from '../bindings/SessionView';
import type { RolesFilter } from '../bindings/RolesFilter';
import type { Backend } from './backend';
import type { Dialog, Screen } from './dialog';
import { kindOf } from './kinds';
import { Notices } from './notices.svelte';
import { asProblem, isSame } from './problems';
import type { Recents } from './recents';
import { type Cursor, type Listed, lineOf } from './cursor';
import { RoleList } from './role-list.svelte';
import { RoleViews } from './role-views.svelte';
import { Selection } from './selection.svelte';
import { isLive } from './states';
import type { Store } from './store.svelte';
import { identityOf } from './terms';
import { lifetime } from './time';

/** What of a role names its session: a line of the list has it too. */
export type Named = Pick<RoleView, 'id' | 'profile' | 'startedAs'>;

/** Changes of a session that end a problem shown for it. */
const ENDS_A_PROBLEM: ReadonlySet<SessionChange> = new Set(['started', 'renewed', 'stopped'] as const);

/** Changes of a session that bring a problem of their own. */
const TELLS_A_PROBLEM: ReadonlySet<SessionChange> = new Set(['renewal-delayed', 'sign-in-needed', 'failed'] as const);

export class UiState extends Notices {
  screen = $state.raw<Screen>({ is: 'roles' });
  /** By role: which of several sessions is shown, or the profile name for one that has not started. */
  profiles = $state.raw<ReadonlyMap<string, string>>(new Map());
  /** By role: how long its last session lasted. */
  lifetimes = $state.raw<ReadonlyMap<string, string>>(new Map());
  dialog = $state.raw<Dialog | null>(null);
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
  /** In a wide window, the person has put the rail away. */
  railFolded = $state(false);

  readonly list: RoleList;
  readonly views: RoleViews;
  readonly selection = new Selection();
  readonly #backend: Backend;
  readonly #store: Store;
  readonly #recents: Recents;

  constructor(backend: Backend, store: Store, recents: Recents) {
    super();
    this.#backend = backend;
    this.#store = store;
    this.#recents = recents;
    this.list = new RoleList(backend, store);
    this.views = new RoleViews(backend);
    this.list.group = recents.grouping;
    this.railFolded = recents.railFolded;
    this.profiles = new Map(Object.entries(recents.profiles));
    store.watch((event) => this.#follow(event));
  }

  get query(): string {
    return this.list.query;
  }

  get filter(): RolesFilter {
    return this.list.filter;
  }

  /** The only identity whose roles are shown. */
  get onlyIdentity(): string | null {
    const [only, ...others] = this.list.filter.identities;
    return only !== undefined && others.length === 0 ? only : null;
  }

  get chosenId(): string | null {
    return this.list.chosenId;
  }

  /** The chosen role in full. While another one is on its way, it is still the one before it. */
  chosen = $state.raw<RoleView | null>(null);

  /** Brings the chosen role. `fresh`: the catalog has changed. */
  async bringChosen(fresh: boolean): Promise<void> {
    const id = this.chosenId;
    if (id === null) {
      this.chosen = null;
      return;
    }
    try {
      const role = fresh ? await this.views.refresh(id) : (this.views.get(id) ?? (await this.views.load(id)));
      if (this.chosenId === id) this.chosen = role;
    } catch (thrown) {
      if (this.chosenId === id) this.chosen = null;
      this.report(asProblem(thrown), null, id);
    }
  }

  /** Does something with the role that is chosen, once the list has answered what was typed. */
  async withChosen(work: (role: RoleView) => void | Promise<void>): Promise<void> {
    if (!this.list.isSettled) await this.list.settled();
    const id = this.chosenId;
    if (id !== null) await this.withRole(id, work);
  }

  async withRole(id: string, work: (role: RoleView) => void | Promise<void>): Promise<void> {
    let role: RoleView | null | undefined;
    try {
      role = this.views.get(id) ?? (await this.views.load(id));
    } catch (thrown) {
      this.report(asProblem(thrown), null, id);
    }
    if (role) await work(role);
  }

  /** A role as the list would show it: one that runs may be of a line that isn't here. */
  async listed(id: string): Promise<Listed | null> {
    const here = this.list.chosen;
    if (here?.role.id === id) return here;
    const role = await this.views.load(id);
    const account = role && (await this.#backend.account(role.account));
    return role && account && { account, role: lineOf(role, this.isFavourite(id)) };
  }

  /** The session of the role that has the cursor. */
  readonly session = $derived.by((): SessionView | null => {
    const { cursor, chosen } = this.list;
    if (cursor?.in === 'running') return this.#store.sessions.get(cursor.profile) ?? null;
    const named = chosen?.role ?? (this.chosen?.id === this.chosenId ? this.chosen : null);
    return named && this.sessionOf(named);
  });

  /** With an empty list: a signed-out identity whose sign-in brings roles. */
  readonly signInFirst = $derived.by((): IdentityView | null => {
    const { list } = this;
    const { identities, ...others } = list.filter;
    if (this.#store.isLocked || list.found?.roles !== 0 || list.query !== '' || Object.values(others).some(Boolean)) return null;
    const asked = this.#store.identities.filter((one) => identities.length === 0 || identities.includes(one.name));
    return asked.find((one) => one.state !== 'signed-in' && kindOf(one.settings).namesRoles(one.settings)) ?? null;
  });

  sessionOf(role: Named): SessionView | null {
    const { cursor } = this.list;
    const sessions = this.#store.sessionsByRole.get(role.id) ?? [];
    const pointed = cursor?.in === 'running' && cursor.id === role.id ? cursor.profile : undefined;
    const wanted = pointed ?? this.profileOf(role);
    const running = sessions.filter(isLive);
    return sessions.find((session) => session.profile === wanted) ?? running[0] ?? sessions[0] ?? null;
  }

  /** The session that a line of the list tells of. */
  sessionShown(id: string): SessionView | null {
    const sessions = this.#store.sessionsByRole.get(id) ?? [];
    return sessions.find(isLive) ?? sessions[0] ?? null;
  }

  isFavourite(id: string): boolean {
    return this.#store.favourites.has(id);
  }

  /** What the person called it last, here or in a terminal, or else the role's own. */
  profileOf(role: Named): string {
    const [before, ...others] = role.startedAs;
    return this.profiles.get(role.id) ?? (before && others.length === 0 ? before : role.profile);
  }

  nameProfile(role: Named, profile: string): void {
    this.profiles = new Map(this.profiles).set(role.id, profile);
    const { cursor } = this.list;
    const runs = this.#store.sessions.get(profile)?.roleId === role.id;
    if (runs && cursor?.in === 'running' && cursor.id === role.id) this.list.put({ ...cursor, profile });
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
    this.list.search(query);
  }

  /** Shows what passes this filter, and nothing else. */
  show(filter: Partial<RolesFilter>): void {
    this.list.show(filter);
    this.railOpen = false;
  }

  /** Shows a role, whatever the search and the filter are. */
  reveal(id: string): void {
    this.screen = { is: 'roles' };
    this.list.reveal(id);
    this.selection.clear();
    this.dialog = null;
    this.screen = { is: 'roles' };
    this.sheetOpen = this.narrow;
  }

  /** A press of the pointer on an option. With Ctrl it is picked beside others, with Shift all between are. */
  async point(at: Cursor, { ctrlKey, metaKey, shiftKey }: MouseEvent): Promise<void> {
    const from = this.list.cursor;
    this.list.put(at);
    if (shiftKey && from) return this.#pickBetween(from, at);
    if (ctrlKey || metaKey) {
      if (at.id !== null) this.selection.toggle(at.id);
    } else {
      this.selection.clear();
      this.sheetOpen = this.narrow;
    }
  }

  /** Moves the cursor, and picks what it goes over. */
  async extend(by: number): Promise<void> {
    const from = this.list.cursor;
    this.list.move(by);
    const to = this.list.cursor;
    if (from && to && from !== to) await this.#pickBetween(from, to);
  }

  async #pickBetween(from: Cursor, to: Cursor): Promise<void> {
    this.selection.add(await this.list.between(from, to));
  }

  foldRail(folded: boolean): void {
    this.railFolded = folded;
    this.#recents.foldRail(folded);
  }

  /** Waits until no dialog is open. */
  noDialog(): Promise<void> {
    return new Promise((done) => {
      const end = $effect.root(() => {
        $effect(() => {
          if (this.dialog !== null) return;
          done();
          queueMicrotask(() => end());
        });
      });
    });
  }

  /** How long the last session of a role lasted, such as `8h`. */
  lifetimeOf(role: RoleView): string | null {
    return this.lifetimes.get(role.id) ?? this.#recents.lifetime(role.id);
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
      const { roleId, problem, profile, renamedFrom } = event.session;
      if (renamedFrom !== null && this.#called(roleId, renamedFrom)) {
        this.profiles = new Map(this.profiles).set(roleId, profile);
        this.#recents.nameProfile(roleId, profile);
      }
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
      this.note({ text: null, problem: null, caution: event.caution, remedy: null, undo: null, about: event.identity });
    } else if (event.type === 'signed-in') {
      // Why an earlier sign-in failed doesn't matter any more.
      this.notices = this.notices.filter((one) => one.problem === null || one.about !== event.identity);
      for (const remark of event.remarks) this.report(remark, null, event.identity);
      for (const [id, { kind }] of this.roleProblems) {
        if (kind === 'needs-sign-in' && identityOf(id) === event.identity) this.roleProblem(id, null);
      }
    }
  }

  /** Whether a start of the role would have this profile. Without a name of the person's own, its only session has it. */
  #called(roleId: string, profile: string): boolean {
    const named = this.profiles.get(roleId);
    return named === undefined ? (this.#store.sessionsByRole.get(roleId) ?? []).length <= 1 : named === profile;
  }

  #learnLifetime(session: SessionView): void {
    const lasts = lifetime(session);
    if (lasts === null) return;
    this.lifetimes = new Map(this.lifetimes).set(session.roleId, lasts);
    this.#recents.lasted(session.roleId, lasts);
  }
}
