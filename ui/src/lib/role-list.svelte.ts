/**
 * The list of roles: what is asked of the broker, the lines that were asked for so far, and the cursor that arrow keys
 * move. The whole catalog is never here.
 */
import type { Grouping } from '../bindings/Grouping';
import type { ListLine } from '../bindings/ListLine';
import type { Problem } from '../bindings/Problem';
import type { RoleAlone } from '../bindings/RoleAlone';
import type { RolesAsked } from '../bindings/RolesAsked';
import type { RolesFilter } from '../bindings/RolesFilter';
import type { SavedFilter } from '../bindings/SavedFilter';
import type { Backend } from './backend';
import { type Cursor, type Listed, rolesOf, span } from './cursor';
import { asProblem } from './problems';
import { RunningOrder } from './running-order';
import type { Store } from './store.svelte';

/** How much the last answer has of everything. */
export interface Found {
  revision: number;
  roles: number;
  accounts: number;
  lines: number;
}

export const NO_FILTER: RolesFilter = {
  identities: [],
  production: false,
  running: false,
  needsSignIn: false,
  favourites: false,
};

/** How many lines are asked for at once: what fits into a large window. */
const CHUNK = 48;
/** How many lines are kept beside those that can be seen. */
const KEPT = 400;
/** Recent roles above the accounts. A longer list is the search's. */
const MOST_RECENT = 3;

export class RoleList {
  query = $state('');
  filter = $state.raw<RolesFilter>(NO_FILTER);
  group = $state<Grouping>('account');
  /** The ids of groups whose accounts are hidden. */
  folded = $state.raw<ReadonlySet<string>>(new Set());
  /** Raised to sort again, but not while the person works in the list. */
  round = $state(0);
  /** Null until the first answer. */
  found = $state.raw<Found | null>(null);
  lines = $state.raw<ReadonlyMap<number, ListLine>>(new Map());
  /** The query that the lines answer. */
  answers = $state('');
  /** Why there is no answer. */
  problem = $state.raw<Problem | null>(null);
  favourites = $state.raw<readonly RoleAlone[]>([]);
  recent = $state.raw<readonly RoleAlone[]>([]);
  cursor = $state.raw<Cursor | null>(null);
  /** Raised when the cursor is to be brought into sight. */
  moved = $state(0);
  /** Raised when the list begins at its top again. */
  begun = $state(0);

  readonly #backend: Backend;
  readonly #store: Store;
  /** The question that counts. Answers to earlier ones are dropped. */
  #turn = 0;
  #asking: Promise<void> = Promise.resolve();
  #filling: Promise<void> | null = null;
  /** The lines that can be seen. */
  #seen = { from: 0, to: CHUNK };

  constructor(backend: Backend, store: Store) {
    this.#backend = backend;
    this.#store = store;
  }

  /** What changes when other lines may match: the catalog, and for some filters sessions and sign-ins. */
  readonly source = $derived.by(() => {
    const { facts, identities, sessions } = this.#store;
    const running = [...sessions.values()].map((one) => `${one.roleId} ${one.state}`).sort();
    const states = this.filter.needsSignIn ? identities.map((one) => one.state) : [];
    return [facts?.rolesKnown?.revision, ...running, ...states].join('\n');
  });

  readonly isFiltered = $derived(
    this.filter.identities.length > 0 ||
      this.filter.production ||
      this.filter.running ||
      this.filter.needsSignIn ||
      this.filter.favourites,
  );

  readonly #running = new RunningOrder();
  /** The sessions, sorted in each round. */
  readonly running = $derived.by(() => this.#running.of(this.#store.sessions, this.round));

  /** Whether the option with the cursor is in the document: its line may not be here yet. */
  readonly isShown = $derived.by(() => {
    const { cursor } = this;
    if (cursor?.in !== 'accounts') return cursor !== null;
    const line = this.lines.get(cursor.line);
    return line?.is === 'group' || line?.roles[cursor.role] !== undefined;
  });

  /** The role at the cursor. */
  readonly chosenId = $derived(this.cursor?.id ?? null);

  /** The role at the cursor, as the list shows it. A session that runs may be of a role that is not in sight. */
  readonly chosen = $derived.by((): Listed | null => {
    const { cursor } = this;
    if (cursor === null || cursor.in === 'running') return null;
    if (cursor.in === 'accounts') return this.#listed(cursor.line, cursor.role);
    const alone = this[cursor.in].find(({ role }) => role.id === cursor.id);
    return alone ?? null;
  });

  /** The group whose head has the cursor. */
  readonly chosenGroup = $derived.by(() => {
    const line = this.cursor?.in === 'accounts' ? this.lines.get(this.cursor.line) : undefined;
    return line?.is === 'group' ? line : null;
  });

  // What is asked

  search(query: string): void {
    this.query = query;
    this.#again(false);
  }

  /** Shows what passes this filter, and nothing else. */
  show(filter: Partial<RolesFilter>): void {
    this.filter = { ...NO_FILTER, ...filter };
    this.round++;
    this.#again(false);
  }

  groupBy(group: Grouping): void {
    this.group = group;
    this.folded = new Set();
    this.#again(true);
  }

  apply({ query, filter }: SavedFilter): void {
    this.query = query;
    this.show(filter);
  }

  fold(id: string, folded: boolean): void {
    const all = new Set(this.folded);
    if (folded) all.add(id);
    else all.delete(id);
    this.folded = all;
    this.#again(true);
  }

  /** Sorts again: the person comes back to the window. */
  nextRound(): void {
    this.round++;
    this.#again(true);
  }

  /** Shows a role, whatever the search and the filter are. */
  reveal(id: string): void {
    this.query = '';
    this.filter = NO_FILTER;
    this.folded = new Set();
    this.cursor = { in: 'accounts', line: -1, role: 0, id };
    this.moved++;
    this.#again(true);
  }

  /** What could match has changed. The cursor stays on its role. */
  follow(): void {
    this.#again(this.found !== null);
  }

  /** The lines that can be seen. */
  see(from: number, to: number): void {
    this.#seen = { from, to };
    this.#fill();
  }

  /** Waits until what is shown answers what was asked last, the cursor's line included. */
  async settled(): Promise<void> {
    while (!this.isSettled) await Promise.race([this.#asking, this.#filling ?? this.#asking]).then(nextTask);
  }

  get isSettled(): boolean {
    return this.#answered === this.#turn && this.#filling === null;
  }

  /** The round in which recent roles were listed: until the next one, none comes and none moves. */
  #recentIn = -1;
  /** The cursor is about to leave its role for what was typed. */
  isLeaving = false;
  /** The last question that was answered. */
  #answered = 0;

  // The cursor

  /** How many places up and down there are: sessions, roles by themselves, accounts and heads of groups. */
  readonly #places = $derived(this.running.length + this.favourites.length + this.recent.length + (this.found?.lines ?? 0));

  place(): number {
    const { cursor, running, favourites, recent } = this;
    switch (cursor?.in) {
      case undefined:
        return -1;
      case 'running':
        return running.findIndex((one) => one.profile === cursor.profile);
      case 'favourites':
        return running.length + favourites.findIndex(({ role }) => role.id === cursor.id);
      case 'recent':
        return running.length + favourites.length + recent.findIndex(({ role }) => role.id === cursor.id);
      case 'accounts':
        return running.length + favourites.length + recent.length + cursor.line;
    }
  }

  /** Up or down by a number of places, from where the cursor is once what was typed is found. */
  move(by: number): void {
    this.#once(() => this.#moveTo(this.place() + by));
  }

  toFirst(): void {
    this.#once(() => this.#moveTo(0));
  }

  toLast(): void {
    this.#once(() => this.#moveTo(this.#places - 1));
  }

  #moveTo(place: number): void {
    const to = this.#at(Math.min(this.#places - 1, Math.max(0, place)));
    if (to) this.put(to);
  }

  #once(move: () => void): void {
    if (this.isLeaving) void this.settled().then(move);
    else move();
  }

  /** Left or right through an account's roles. Returns whether there was one. */
  turn(by: number): boolean {
    if (this.isLeaving) {
      this.#once(() => this.turn(by));
      return true;
    }
    const { cursor } = this;
    if (cursor?.in !== 'accounts') return false;
    const line = this.lines.get(cursor.line);
    if (line?.is === 'group') {
      const fold = by < 0;
      if (line.folded !== fold) this.fold(line.id, fold);
      return line.folded !== fold;
    }
    const to = cursor.role + by;
    if (line === undefined || to < 0 || to >= line.roles.length + line.more) return false;
    if (to >= line.roles.length) void this.#moreRoles(cursor.line, to);
    else this.put({ ...cursor, role: to, id: line.roles[to]?.id ?? null });
    return true;
  }

  put(cursor: Cursor): void {
    this.cursor = cursor;
    this.moved++;
    if (cursor.in === 'accounts' && !this.lines.has(cursor.line)) this.#fill();
  }

  /** The ids of the roles from one place to another. Of each account between, it is the role of the same name. */
  async between(from: Cursor, to: Cursor): Promise<readonly string[]> {
    if (from.in !== to.in) return to.id === null ? [] : [to.id];
    if (from.in !== 'accounts' || to.in !== 'accounts') return span(this.#idsOf(to.in), from.id, to.id);
    if (from.line === to.line) return span(this.#ofLine(to.line).map(({ role }) => role.id), from.id, to.id);
    const name = this.#listed(from.line, from.role)?.role.name;
    const range = { from: Math.min(from.line, to.line), to: Math.max(from.line, to.line) + 1 };
    const { shown } = await this.#backend.rolesFound({ ...this.#asked(), ...range });
    return shown.flatMap(rolesOf).filter(({ role }) => role.name === name).map(({ role }) => role.id);
  }

  #idsOf(section: Cursor['in']): readonly string[] {
    if (section === 'running') return this.running.map((one) => one.roleId);
    return section === 'accounts' ? [] : this[section].map(({ role }) => role.id);
  }

  #at(place: number): Cursor | null {
    const { running, favourites, recent } = this;
    const session = running[place];
    if (session) return { in: 'running', profile: session.profile, id: session.roleId };
    let at = place - running.length;
    const favourite = favourites[at];
    if (favourite) return { in: 'favourites', id: favourite.role.id };
    at -= favourites.length;
    const one = recent[at];
    if (one) return { in: 'recent', id: one.role.id };
    at -= recent.length;
    return at < 0 || at >= (this.found?.lines ?? 0) ? null : this.#inAccounts(at, 0);
  }

  #inAccounts(line: number, role: number): Cursor {
    return { in: 'accounts', line, role, id: this.#listed(line, role)?.role.id ?? null };
  }

  #ofLine(line: number): Listed[] {
    const it = this.lines.get(line);
    return it ? rolesOf(it) : [];
  }

  #listed(line: number, role: number): Listed | null {
    const it = this.lines.get(line);
    const found = it?.is === 'account' ? it.roles[role] : undefined;
    return it?.is === 'account' && found ? { role: found, account: it.account } : null;
  }

  /** After a search the best match, and else what runs or was used last. */
  #first(): Cursor | null {
    const lines = this.found?.lines ?? 0;
    const heads = this.lines.get(0)?.is === 'group' ? 1 : 0;
    const first = lines > heads ? this.#inAccounts(heads, 0) : null;
    if (this.query !== '' || this.isFiltered) {
      return this.favourites.length && this.query === '' ? this.#at(this.running.length) : first;
    }
    return this.#at(0);
  }

  // Questions and answers

  #asked(): Omit<RolesAsked, 'from' | 'to'> {
    const { query, filter, group, round } = this;
    return { query, filter, group, round, folded: [...this.folded], find: null };
  }

  /** `stay`: the cursor keeps its role, and the lines in sight are asked for. */
  #again(stay: boolean): void {
    const turn = ++this.#turn;
    // An answer that never came is still to move the cursor.
    this.isLeaving ||= !stay;
    this.#asking = this.#ask(turn, !this.isLeaving).catch((thrown: unknown) => {
      if (turn !== this.#turn) return;
      this.#answered = turn;
      this.isLeaving = false;
      this.problem = asProblem(thrown);
    });
  }

  async #ask(turn: number, stay: boolean): Promise<void> {
    const { from, to } = stay ? this.#seen : { from: 0, to: CHUNK };
    const find = stay ? this.chosenId : null;
    const { query, filter, round } = this;
    const [answer, now] = await Promise.all([
      this.#backend.rolesFound({ ...this.#asked(), from, to: Math.max(to, from + CHUNK), find }),
      query === '' ? this.#backend.rolesNow(query, filter) : { favourites: [], recent: [] },
    ]);
    if (turn !== this.#turn) return;
    const { revision, roles, accounts, lines } = answer;
    this.found = { revision, roles, accounts, lines };
    this.lines = new Map(answer.shown.map((line, i) => [answer.from + i, line]));
    this.answers = query;
    this.favourites = now.favourites;
    // What runs is above them already.
    const idle = now.recent.filter(({ role }) => !this.#store.sessionsByRole.has(role.id));
    this.recent = stay && this.#recentIn === round ? inOrder(this.recent, now.recent) : idle.slice(0, MOST_RECENT);
    this.#recentIn = round;
    this.#answered = turn;
    this.isLeaving = false;
    this.problem = null;
    const sought = this.cursor?.in === 'accounts' && this.cursor.line < 0;
    const same = stay ? this.#same(answer.found) : null;
    this.cursor = same ?? this.#first();
    if (sought) this.moved++;
    else if (!stay) this.begun++;
    if (same?.in === 'accounts' && same.id !== null && this.#listed(same.line, same.role) === null) void this.#moreRoles(same.line, same.role);
    this.#fill();
  }

  /** Where the cursor is now that other lines are here. */
  #same(place: { line: number; role: number } | null): Cursor | null {
    const { cursor } = this;
    if (cursor === null) return null;
    if (cursor.in === 'running' && this.#store.sessions.has(cursor.profile)) return cursor;
    if (cursor.in === 'favourites' || cursor.in === 'recent') {
      if (this[cursor.in].some(({ role }) => role.id === cursor.id)) return cursor;
    }
    // Of a group's head nothing is to be found.
    if (cursor.id === null) return cursor.in === 'accounts' ? { ...cursor, line: Math.min(cursor.line, this.found!.lines - 1) } : null;
    return place && { in: 'accounts', ...place, id: cursor.id };
  }

  /** Asks for lines that can be seen and aren't here, one question at a time. */
  #fill(): void {
    if (this.#filling === null && this.#missing() !== undefined) {
      this.#filling = this.#fillAll().finally(() => (this.#filling = null));
    }
  }

  async #fillAll(): Promise<void> {
    for (let line = this.#missing(); line !== undefined; line = this.#missing()) {
      const turn = this.#turn;
      const from = Math.max(0, line - CHUNK / 4);
      const answer = await this.#backend.rolesFound({ ...this.#asked(), from, to: from + CHUNK });
      if (turn !== this.#turn) return;
      if (answer.revision !== this.found?.revision) return this.#again(true);
      const near = ([at]: [number, ListLine]) => Math.abs(at - from) < KEPT;
      this.lines = new Map([...[...this.lines].filter(near), ...answer.shown.map((one, i) => [answer.from + i, one] as const)]);
      const { cursor } = this;
      if (cursor?.in === 'accounts' && cursor.id === null) this.cursor = this.#inAccounts(cursor.line, cursor.role);
    }
  }

  /** The first line that is wanted and isn't here. */
  #missing(): number | undefined {
    const lines = this.found?.lines ?? 0;
    const at = this.cursor?.in === 'accounts' ? this.cursor.line : -1;
    if (at >= 0 && at < lines && !this.lines.has(at)) return at;
    const { from, to } = this.#seen;
    for (let line = from; line < Math.min(to, lines); line++) if (!this.lines.has(line)) return line;
    return undefined;
  }

  /** Goes on to a role of a line that has more of them than came with it. */
  async #moreRoles(line: number, to: number): Promise<void> {
    const it = this.lines.get(line);
    if (it?.is !== 'account') return;
    const turn = this.#turn;
    const { partition, account } = it.account;
    const from = it.roles.length;
    const list = { ...this.#asked(), from: 0, to: 0 };
    const roles = await this.#backend.moreRoles({ list, group: it.group, partition, account, from, to: from + CHUNK });
    if (turn !== this.#turn || roles.length === 0) return;
    const all = { ...it, roles: [...it.roles, ...roles], more: Math.max(0, it.more - roles.length) };
    this.lines = new Map(this.lines).set(line, all);
    this.put({ in: 'accounts', line, role: to, id: all.roles[to]?.id ?? null });
  }
}

/** Those that were shown before, as they are now. */
function inOrder(before: readonly RoleAlone[], now: readonly RoleAlone[]): readonly RoleAlone[] {
  return before.map((one) => now.find(({ role }) => role.id === one.role.id)).filter((one) => one !== undefined);
}

const nextTask = () => Promise.resolve();
