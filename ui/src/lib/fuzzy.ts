/**
 * Search while a person types. Every space-separated term of the query must match one of the fields of an item. Better
 * matches come first; among equally good ones, boosted items (active, recent) do, and then the original order decides.
 *
 * The terminal's picker ranks with `crates/search`, which is the same algorithm. Both run the cases of
 * `cases/search.json`; change them together.
 *
 * Four things make it fast. A 32-bit mask of a field's characters rejects most fields with one `&`. A query that only
 * grew is matched against the previous result instead of all items. Grading a field allocates nothing. And sorting
 * counts instead of comparing.
 */
import { BEST, contained, INITIALS, INSIDE, isInitials, isNumeric, lowered, maskOf, strewn } from './fuzzy-grades';

export { marked } from './fuzzy-grades';

export class Matcher<T> {
  readonly items: readonly T[];
  /** Fields of all items, one after another, `#width` of each. */
  readonly #raw: string[] = [];
  readonly #lower: string[] = [];
  readonly #masks: Int32Array;
  readonly #itemMasks: Int32Array;
  readonly #width: number;
  readonly #boosts: Uint8Array;
  /** `found`, in the order of items, is what a longer query is matched against. */
  #last: { query: string; keep: Keep<T> | undefined; found: Uint32Array } | undefined;

  /** `fields`: the texts to match, the most telling first, as many for each item. */
  constructor(items: readonly T[], fields: (item: T) => readonly string[]) {
    this.items = items;
    for (const item of items) for (const text of fields(item)) this.#raw.push(text);
    this.#width = items.length ? this.#raw.length / items.length : 0;
    this.#lower = this.#raw.map(lowered);
    this.#masks = Int32Array.from(this.#lower, maskOf);
    this.#itemMasks = new Int32Array(items.length);
    this.#masks.forEach((mask, at) => (this.#itemMasks[Math.floor(at / this.#width)]! |= mask));
    this.#boosts = new Uint8Array(items.length);
  }

  /** Sets which items come first among equally good matches, by index: up to 255; 0 for the rest. */
  boost(boosts: Iterable<readonly [index: number, boost: number]>): void {
    this.#boosts.fill(0);
    for (const [i, boost] of boosts) this.#boosts[i] = boost;
  }

  /** Indices into `items`, best first. `keep` must be the same function as long as it keeps the same items. */
  find(query: string, keep?: Keep<T>): Uint32Array {
    const wanted = lowered(query.trim());
    const terms = wanted.split(/\s+/).filter((term) => term !== '');
    const asked = terms.map((text) => ({ text, mask: maskOf(text), numeric: isNumeric(text) }));
    const mask = maskOf(wanted);
    const from = this.#candidates(wanted, keep);
    const room = from?.length ?? this.items.length;
    const found = new Uint32Array(room);
    const ranks = new Uint16Array(room);
    let n = 0;
    for (let c = 0; c < room; c++) {
      const i = from ? from[c]! : c;
      if (mask & ~this.#itemMasks[i]!) continue;
      if (!from && keep && !keep(this.items[i] as T)) continue;
      const quality = this.#quality(i, asked);
      if (quality < 0) continue;
      found[n] = i;
      ranks[n++] = (BEST - quality) * 256 + 255 - this.#boosts[i]!;
    }
    this.#last = { query: wanted, keep, found: found.subarray(0, n) };
    return inOrder(this.#last.found, ranks);
  }

  #candidates(wanted: string, keep: Keep<T> | undefined): Uint32Array | undefined {
    const last = this.#last;
    // Longer terms and more terms only ever match fewer items.
    return last && last.keep === keep && last.query !== '' && wanted.startsWith(last.query) ? last.found : undefined;
  }

  #quality(i: number, terms: readonly Term[]): number {
    if (terms.length === 0) return BEST;
    let sum = 0;
    for (const term of terms) {
      const quality = this.#termQuality(i, term);
      if (quality < 0) return -1;
      sum += quality;
    }
    return Math.round(sum / terms.length);
  }

  #termQuality(i: number, { text: term, mask, numeric }: Term): number {
    const first = i * this.#width;
    let best = -1;
    for (let f = 0; f < this.#width && best < BEST - f; f++) {
      if (mask & ~this.#masks[first + f]!) continue;
      const grade = contained(term, this.#lower[first + f]!, this.#raw[first + f]!);
      if (grade > 0) best = Math.max(best, grade * 8 - f);
    }
    // Letter by letter, it can only be better than inside a word: as initials.
    if (best > INSIDE * 8 || numeric) return best;
    for (let f = 0; f < this.#width; f++) {
      if (mask & ~this.#masks[first + f]!) continue;
      const lower = this.#lower[first + f]!;
      const grade = strewn(term, lower);
      if (grade === 0) continue;
      best = Math.max(best, (isInitials(term, lower, this.#raw[first + f]!) ? INITIALS : grade) * 8 - f);
    }
    return best;
  }
}

export type Keep<T> = (item: T) => boolean;

interface Term {
  text: string;
  mask: number;
  numeric: boolean;
}

/** Stable counting sort of `found` by `ranks`, which run from 0 to BEST * 256 + 255. */
function inOrder(found: Uint32Array, ranks: Uint16Array): Uint32Array {
  const places = new Uint32Array((BEST + 1) * 256 + 1);
  for (let n = 0; n < found.length; n++) places[ranks[n]! + 1]!++;
  for (let rank = 1; rank < places.length; rank++) places[rank]! += places[rank - 1]!;
  const hits = new Uint32Array(found.length);
  for (let n = 0; n < found.length; n++) hits[places[ranks[n]!]!++] = found[n]!;
  return hits;
}
