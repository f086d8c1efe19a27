/**
 * The list of roles: what is asked of the broker, the lines that were asked for so far, and the cursor that arrow keys
 * move. The whole catalog is never here.
 */
import type { ListLine } from '../bindings/ListLine';
import type { Problem } from '../bindings/Problem';
import type { RoleAlone } from '../bindings/RoleAlone';
import type { Backend } from './backend';
import { type Cursor, rolesOf, span } from './cursor';
import {
  countOf,
  cursorAt,
  firstCursor,
  idsIn,
  inAccounts,
  inOrder,
  isHere,
  listed,
  listedAt,
  missingLine,
  placeOf,
  type Places,
  sameCursor,
} from './list-places';
import { ListQuestion } from './list-question.svelte';
import { asProblem } from './problems';
import { NO_FILTER } from './roles-filter';
import { RunningOrder } from './running-order';
import type { Store } from './store.svelte';

/** How much the last answer has of everything. */
export interface Found {
  revision: number;
  roles: number;
  accounts: number;
  lines: number;
}

/** How many lines are asked for at once: what fits into a large window. */
const CHUNK = 48;
/** How many lines are kept beside those that can be seen. */
const KEPT = 400;
/** Recent roles above the accounts. A longer list is the search's. */
const MOST_RECENT = 3;

export class RoleList extends ListQuestion implements Places {
  /** Null until the first answer. */
  found = $state.raw<Found | null>(null);
  lines = $state.raw<ReadonlyMap<number, ListLine>>(new Map());
  /** The query that the lines answer. */
  answers = $state('');
  /** The pasted page of the console or ARN in it, which the roles that are listed reach. */
  page = $state<string | null>(null);
  /** Why an answer is missing. */
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
    super();
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

  readonly lineCount = $derived(this.found?.lines ?? 0);

  readonly #running = new RunningOrder();
  /** The sessions, sorted in each round. */
  readonly running = $derived.by(() => this.#running.of(this.#store.sessions, this.round));

  /** Whether the option with the cursor is in the document. */
  readonly isShown = $derived.by(() => isHere(this, this.cursor));

  /** The role at the cursor. */
  readonly chosenId = $derived(this.cursor?.id ?? null);

  /** The role at the cursor, as the list shows it. */
  readonly chosen = $derived.by(() => listedAt(this, this.cursor));

  /** The group whose head has the cursor. */
  readonly chosenGroup = $derived.by(() => {
    const line = this.cursor?.in === 'accounts' ? this.lines.get(this.cursor.line) : undefined;
    return line?.is === 'group' ? line : null;
  });

  // What is asked

  /** Shows a role, whatever the search and the filter are. */
  reveal(id: string): void {
    this.query = '';
    this.filter = NO_FILTER;
    this.folded = new Set();
    this.cursor = { in: 'accounts', line: -1, role: 0, id };
    this.moved++;
    this.again(true);
  }

  /** What could match has changed. The cursor stays on its role. */
  follow(): void {
    this.again(this.found !== null);
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

  /** Up or down by a number of places, from where the cursor is once what was typed is found. */
  move(by: number): void {
    this.#once(() => this.#moveTo(placeOf(this, this.cursor) + by));
  }

  toFirst(): void {
    this.#once(() => this.#moveTo(0));
  }

  toLast(): void {
    this.#once(() => this.#moveTo(countOf(this) - 1));
  }

  #moveTo(place: number): void {
    const to = cursorAt(this, Math.min(countOf(this) - 1, Math.max(0, place)));
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
    if (from.in !== 'accounts' || to.in !== 'accounts') return span(idsIn(this, to.in), from.id, to.id);
    const line = this.lines.get(to.line);
    if (from.line === to.line) return span(line ? rolesOf(line).map(({ role }) => role.id) : [], from.id, to.id);
    const name = listed(this, from.line, from.role)?.role.name;
    const range = { from: Math.min(from.line, to.line), to: Math.max(from.line, to.line) + 1 };
    const { shown } = await this.#backend.rolesFound({ ...this.asked(), ...range });
    return shown.flatMap(rolesOf).filter(({ role }) => role.name === name).map(({ role }) => role.id);
  }

  // Questions and answers

  /** `stay`: the cursor keeps its role, and the lines in sight are asked for. */
  protected again(stay: boolean): void {
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
      this.#backend.rolesFound({ ...this.asked(), from, to: Math.max(to, from + CHUNK), find }),
      query === '' ? this.#backend.rolesNow(query, filter) : { favourites: [], recent: [] },
    ]);
    if (turn !== this.#turn) return;
    const { revision, roles, accounts, lines } = answer;
    this.found = { revision, roles, accounts, lines };
    this.lines = new Map(answer.shown.map((line, i) => [answer.from + i, line]));
    this.answers = query;
    this.page = answer.page;
    this.favourites = now.favourites;
    // What runs is above them already.
    const idle = now.recent.filter(({ role }) => !this.#store.sessionsByRole.has(role.id));
    this.recent = stay && this.#recentIn === round ? inOrder(this.recent, now.recent) : idle.slice(0, MOST_RECENT);
    this.#recentIn = round;
    this.#answered = turn;
    this.isLeaving = false;
    this.problem = null;
    const sought = this.cursor?.in === 'accounts' && this.cursor.line < 0;
    const same = stay ? sameCursor(this, this.cursor, answer.found) : null;
    this.cursor = same ?? firstCursor(this, query !== '', this.isFiltered);
    if (sought) this.moved++;
    else if (!stay) this.begun++;
    if (same?.in === 'accounts' && same.id !== null && listed(this, same.line, same.role) === null) void this.#moreRoles(same.line, same.role);
    this.#fill();
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
      const answer = await this.#backend.rolesFound({ ...this.asked(), from, to: from + CHUNK });
      if (turn !== this.#turn) return;
      if (answer.revision !== this.found?.revision) return this.again(true);
      const near = ([at]: [number, ListLine]) => Math.abs(at - from) < KEPT;
      this.lines = new Map([...[...this.lines].filter(near), ...answer.shown.map((one, i) => [answer.from + i, one] as const)]);
      const { cursor } = this;
      if (cursor?.in === 'accounts' && cursor.id === null) this.cursor = inAccounts(this, cursor.line, cursor.role);
    }
  }

  #missing(): number | undefined {
    return missingLine(this, this.cursor, this.#seen);
  }

  /** Goes on to a role of a line that has more of them than came with it. */
  async #moreRoles(line: number, to: number): Promise<void> {
    const it = this.lines.get(line);
    if (it?.is !== 'account') return;
    const turn = this.#turn;
    const { partition, account } = it.account;
    const from = it.roles.length;
    const list = { ...this.asked(), from: 0, to: 0 };
    const roles = await this.#backend.moreRoles({ list, group: it.group, partition, account, from, to: from + CHUNK });
    if (turn !== this.#turn || roles.length === 0) return;
    const all = { ...it, roles: [...it.roles, ...roles], more: Math.max(0, it.more - roles.length) };
    this.lines = new Map(this.lines).set(line, all);
    this.put({ in: 'accounts', line, role: to, id: all.roles[to]?.id ?? null });
  }
}

const nextTask = () => Promise.resolve();
