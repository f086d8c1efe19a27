/**
 * Finding among many while a person types. Every blank-separated term of the query must be found in one of the
 * fields of an item; the better it is found, the higher the item stands, and among equally good ones the boosted
 * (active, recent) come first, then those that came first.
 *
 * It is fast because of three things: a 32-bit mask of the characters of an item rejects most items with one `&`;
 * a query that only grew is asked of the previous result instead of all; and the order is one sort of numbers.
 */
export class Matcher<T> {
  readonly items: readonly T[];
  readonly #raw: string[][];
  readonly #lower: string[][];
  readonly #masks: Int32Array;
  readonly #boosts: Uint8Array;
  #last: { query: string; keep: Keep<T> | undefined; hits: Uint32Array } | undefined;

  /** `fields`: what an item can be found by, the most telling first. */
  constructor(items: readonly T[], fields: (item: T) => readonly string[]) {
    this.items = items;
    this.#raw = items.map((item) => [...fields(item)]);
    this.#lower = this.#raw.map((texts) => texts.map((text) => text.toLowerCase()));
    this.#masks = Int32Array.from(this.#lower, (texts) => texts.reduce((mask, text) => mask | maskOf(text), 0));
    this.#boosts = new Uint8Array(items.length);
  }

  /** Says what comes first among equally good matches: 0 (nothing special) to 255. */
  boost(of: (item: T) => number): void {
    this.items.forEach((item, i) => (this.#boosts[i] = of(item)));
  }

  /** Indices into `items`, best first. `keep` must stay the same function while it means the same. */
  find(query: string, keep?: Keep<T>): Uint32Array {
    const wanted = query.trim().toLowerCase();
    const terms = wanted.split(/\s+/).filter((term) => term !== '');
    const from = this.#candidates(wanted, keep);
    const mask = maskOf(wanted);
    const size = this.items.length;
    const ranks = new Float64Array(from?.length ?? size);
    let found = 0;
    for (let c = 0; c < ranks.length; c++) {
      const i = from ? (from[c] as number) : c;
      if (mask & ~(this.#masks[i] as number)) continue;
      if (!from && keep && !keep(this.items[i] as T)) continue;
      const quality = this.#quality(i, terms);
      if (quality < 0) continue;
      // Quality first, then boost, then place: packed into one number, so that sorting needs no callback.
      ranks[found++] = ((BEST - quality) * 256 + (255 - (this.#boosts[i] as number))) * size + i;
    }
    const hits = Uint32Array.from(ranks.subarray(0, found).sort(), (rank) => rank % size);
    this.#last = { query: wanted, keep, hits };
    return hits;
  }

  #candidates(wanted: string, keep: Keep<T> | undefined): Uint32Array | undefined {
    const last = this.#last;
    // Longer terms and more terms only ever match fewer items.
    return last && last.keep === keep && last.query !== '' && wanted.startsWith(last.query) ? last.hits : undefined;
  }

  #quality(i: number, terms: readonly string[]): number {
    let sum = 0;
    const lower = this.#lower[i] as string[];
    const raw = this.#raw[i] as string[];
    for (const term of terms) {
      let best = -1;
      for (let f = 0; f < lower.length; f++) {
        const grade = gradeOf(term, lower[f] as string, raw[f] as string);
        if (grade >= 0) best = Math.max(best, grade * 8 - Math.min(f, 7));
      }
      if (best < 0) return -1;
      sum += best;
    }
    return terms.length ? Math.max(0, Math.round(sum / terms.length)) : BEST;
  }
}

export type Keep<T> = (item: T) => boolean;

/** Grades of a match. Below them come the scattered letters: 3 (nearly together) to 1 (strewn). */
const WHOLE = 9;
const BEGINNING = 8;
const WORD = 7;
const INITIALS = 6;
const INSIDE = 5;
const BEST = WHOLE * 8;

function gradeOf(term: string, lower: string, raw: string): number {
  const at = lower.indexOf(term);
  if (at === 0) return lower.length === term.length ? WHOLE : BEGINNING;
  if (at > 0 && firstWord(term, lower, raw) > 0) return WORD;
  const places = at > 0 ? undefined : scattered(term, lower);
  if (at < 0 && !places) return -1;
  if (initials(term, lower, raw)) return INITIALS;
  if (!places) return INSIDE;
  // However strewn, it stays a match: only so does a longer term match a part of what a shorter one did.
  const gaps = (places.at(-1) as number) - (places[0] as number) + 1 - term.length;
  return gaps <= 2 ? 3 : gaps <= term.length ? 2 : 1;
}

/** Where the term stands at the beginning of a word; -1 where it does not. */
function firstWord(term: string, lower: string, raw: string): number {
  let at = lower.indexOf(term);
  while (at >= 0 && !beginsWord(raw, at)) at = lower.indexOf(term, at + 1);
  return at;
}

/** Where the term stands as beginnings of words, in order: `pu`, `powus` in PowerUser. */
function initials(term: string, lower: string, raw: string): number[] | undefined {
  const places: number[] = [];
  let at = -1;
  for (let t = 0; t < term.length; t++) {
    if (t > 0 && lower[at + 1] === term[t]) at++;
    else {
      do at = lower.indexOf(term[t] as string, at + 1);
      while (at >= 0 && !beginsWord(raw, at));
      if (at < 0) return undefined;
    }
    places.push(at);
  }
  return places;
}

/** Where the letters of the term stand, in order: the first way that ends soonest, drawn together from its end. */
function scattered(term: string, lower: string): number[] | undefined {
  let end = -1;
  for (const letter of term) {
    end = lower.indexOf(letter, end + 1);
    if (end < 0) return undefined;
  }
  // Backwards from the end of the first way: that is the tightest one that ends there.
  const places: number[] = [];
  for (let i = end, t = term.length - 1; t >= 0; i--) {
    if (lower[i] === term[t]) {
      places.unshift(i);
      t--;
    }
  }
  return places;
}

function beginsWord(raw: string, i: number): boolean {
  if (i === 0) return true;
  const before = raw.charCodeAt(i - 1);
  const here = raw.charCodeAt(i);
  if (!isAlphanumeric(before)) return isAlphanumeric(here);
  return (isUpper(here) && !isUpper(before)) || (isDigit(here) && !isDigit(before));
}

const isUpper = (c: number) => c >= 65 && c <= 90;
const isDigit = (c: number) => c >= 48 && c <= 57;
const isAlphanumeric = (c: number) => isUpper(c) || isDigit(c) || (c >= 97 && c <= 122) || c > 127;

/** One bit for each letter, one for digits, one for punctuation, the rest folded. Blanks have none. */
function maskOf(lower: string): number {
  let mask = 0;
  for (let i = 0; i < lower.length; i++) {
    const c = lower.charCodeAt(i);
    if (c >= 97 && c <= 122) mask |= 1 << (c - 97);
    else if (isDigit(c)) mask |= 1 << (26 + (c % 3));
    else if (c > 127) mask |= 1 << 29;
    else if (c > 32) mask |= 1 << 30;
  }
  return mask;
}

/** The text in pieces, those that the query found marked, so that a row can show why it is there. */
export function marked(text: string, query: string): { text: string; hit: boolean }[] {
  const lower = text.toLowerCase();
  const hits = new Set<number>();
  for (const term of query.trim().toLowerCase().split(/\s+/)) {
    const grade = term === '' ? -1 : gradeOf(term, lower, text);
    if (grade < 0) continue;
    const at = grade === WORD ? firstWord(term, lower, text) : lower.indexOf(term);
    const together = Array.from({ length: term.length }, (_, n) => at + n);
    const places =
      grade === INITIALS ? initials(term, lower, text) : at >= 0 ? together : scattered(term, lower);
    for (const place of places ?? []) hits.add(place);
  }
  const pieces: { text: string; hit: boolean }[] = [];
  for (let i = 0; i < text.length; i++) {
    const last = pieces.at(-1);
    if (last && last.hit === hits.has(i)) last.text += text[i];
    else pieces.push({ text: text[i] as string, hit: hits.has(i) });
  }
  return pieces;
}
