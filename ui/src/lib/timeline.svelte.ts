/** The state of the timeline: which time it shows, what of it is loaded, the filters, and the event that is looked at. */
import type { HistoryAccount } from '../bindings/HistoryAccount';
import type { HistoryChain } from '../bindings/HistoryChain';
import type { HistoryEvent } from '../bindings/HistoryEvent';
import type { HistoryFormat } from '../bindings/HistoryFormat';
import type { Problem } from '../bindings/Problem';
import type { Backend } from './backend';
import { asProblem } from './problems';
import { eventsBut, gaps, isIn, lanes, LONGEST_SESSION, type MarkKind, markOf, within } from './timeline-lanes';
import { lastOf, panned, type Range, type Span, zoomed } from './timeline-range';

/** As `HistoryAsked::MOST` of the broker. */
export const MOST_EVENTS = 20_000;

/** Events that come together are loaded together, ms. */
const TOGETHER = 300;

export interface Filters {
  identity: string;
  account: string;
  /** The key of a role. */
  role: string;
  text: string;
  hidden: ReadonlySet<MarkKind>;
}

const NO_FILTERS: Filters = { identity: '', account: '', role: '', text: '', hidden: new Set() };

export class Timeline {
  /** Null after a zoom or a move. */
  span = $state<Span | null>('day');
  range = $state.raw<Range>({ from: 0, to: 0 });
  filters = $state.raw<Filters>(NO_FILTERS);
  /** Newest first. */
  events = $state.raw<readonly HistoryEvent[]>([]);
  /** What is known of the accounts of their roles. */
  accounts = $state.raw<ReadonlyMap<string, HistoryAccount>>(new Map());
  isLoading = $state(true);
  isCut = $state(false);
  unreadable = $state(0);
  problem = $state.raw<Problem | null>(null);
  chain = $state.raw<HistoryChain | null>(null);

  readonly #backend: Backend;
  readonly #now: () => number;
  /** Since when events are loaded. */
  #since = Infinity;
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(backend: Backend, role: string | null, now: () => number) {
    this.#backend = backend;
    this.#now = now;
    if (role !== null) this.filters = { ...NO_FILTERS, role };
    this.show('day');
    void this.check();
  }

  readonly matching = $derived.by(() => {
    const { identity, account, role, text } = this.filters;
    const part = text.trim().toLowerCase();
    return this.events.filter(
      (event) =>
        (!identity || event.identityNow === identity) &&
        (!account || event.account === account) &&
        (!role || event.roleId === role) &&
        (!part || this.#isAbout(event, part)),
    );
  });

  /** What the table lists: the events in the range that aren't hidden. */
  readonly listed = $derived(
    this.matching.filter((event) => isIn(this.range, Date.parse(event.at)) && !this.filters.hidden.has(markOf(event))),
  );

  readonly #all = $derived.by(() => lanes(this.matching, this.#now(), this.accounts));

  readonly lanes = $derived(within(this.#all, this.range, this.filters.hidden));

  readonly gaps = $derived(gaps(this.events, this.range));

  readonly isFiltered = $derived(
    this.filters.hidden.size > 0 || [this.filters.identity, this.filters.account, this.filters.role, this.filters.text].some(Boolean),
  );

  /** What the account of its role is called. */
  accountOf(event: HistoryEvent): string {
    return (event.account === null ? null : this.accounts.get(event.account)?.name) ?? event.account ?? '';
  }

  show(span: Span): void {
    this.span = span;
    this.#see(lastOf(span, this.#now()));
  }

  zoom(factor: number, around = (this.range.from + this.range.to) / 2): void {
    this.span = null;
    this.#see(zoomed(this.range, factor, around, this.#now()));
  }

  pan(part: number): void {
    this.span = null;
    this.#see(panned(this.range, part, this.#now()));
  }

  filter(change: Partial<Filters>): void {
    this.filters = { ...this.filters, ...change };
  }

  toggle(kind: MarkKind): void {
    const hidden = new Set(this.filters.hidden);
    if (!hidden.delete(kind)) hidden.add(kind);
    this.filter({ hidden });
  }

  clear(): void {
    this.filters = NO_FILTERS;
  }

  /** Something happened: the log has more, now or in a moment. */
  follow(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const now = this.#now();
      const length = this.range.to - this.range.from;
      // A range that ended now goes on doing so.
      if (now - this.range.to < length / 4) this.range = { from: now - length, to: now };
      void this.#load(this.#since);
    }, TOGETHER);
  }

  again(): void {
    void this.#load(this.#since);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#asked++;
  }

  async check(): Promise<void> {
    this.chain = null;
    try {
      this.chain = await this.#backend.checkHistory();
    } catch (thrown) {
      this.chain = { is: 'not-checked', problem: asProblem(thrown) };
    }
  }

  /** Writes what is listed to a file. */
  async export(format: HistoryFormat): Promise<{ file: string; lines: number }> {
    const { identity, account, role, text, hidden } = this.filters;
    return this.#backend.exportHistory(
      {
        since: new Date(this.range.from).toISOString(),
        until: new Date(this.range.to + 1).toISOString(),
        identity: identity || null,
        account: account || null,
        role: role || null,
        text: text.trim() || null,
        kinds: hidden.size === 0 ? [] : eventsBut(hidden),
      },
      format,
    );
  }

  #see(range: Range): void {
    this.range = range;
    if (range.from - LONGEST_SESSION < this.#since) void this.#load(range.from - LONGEST_SESSION);
  }

  async #load(since: number): Promise<void> {
    const asked = ++this.#asked;
    this.#since = since;
    this.isLoading = true;
    try {
      const found = await this.#backend.history({ since: new Date(since).toISOString(), limit: MOST_EVENTS });
      if (asked !== this.#asked) return;
      this.events = found.events;
      this.accounts = new Map(found.accounts.map((account) => [account.id, account]));
      this.isCut = found.more !== null;
      this.unreadable = found.unreadable;
      this.problem = null;
    } catch (thrown) {
      if (asked === this.#asked) this.problem = asProblem(thrown);
    }
    if (asked === this.#asked) this.isLoading = false;
  }

  #isAbout(event: HistoryEvent, part: string): boolean {
    const words = [
      event.kind,
      event.identity,
      event.formerName,
      event.person,
      event.profile,
      event.role,
      this.accountOf(event),
      event.accessKeyId,
      event.requestId,
      event.problem,
      event.catalog,
      event.taker?.program,
    ];
    return words.some((word) => word?.toLowerCase().includes(part));
  }
}
