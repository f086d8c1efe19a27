/**
 * How well a term matches a text; `crates/search/src/grades.rs` is the same for the terminal. Both are given in lower
 * case, and the text also as it is written, because words in `PowerUser` start at its capitals. An item has at most eight
 * fields: a grade is worth 8, a field's place 1.
 */

/** Grades of a match. Scattered letters come below them: 3 (nearly together) to 1. */
export const WHOLE = 9;
export const BEGINNING = 8;
export const WORD = 7;
export const INITIALS = 6;
export const INSIDE = 5;
export const BEST = WHOLE * 8;

/**
 * In lower case, and as long as before, so that places in it are places in the text. `İ` stays as it is, because its
 * lower case has two letters.
 */
export function lowered(text: string): string {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower;
  return Array.from(text, (c) => (c.toLowerCase().length === c.length ? c.toLowerCase() : c)).join('');
}

/** The grade of a term that is in the text as a whole; 0 if it is not. */
export function contained(term: string, lower: string, raw: string): number {
  const at = lower.indexOf(term);
  if (at < 0) return 0;
  if (at === 0) return lower.length === term.length ? WHOLE : BEGINNING;
  return wordAt(term, lower, raw, at) >= 0 ? WORD : INSIDE;
}

/** The index from `at` on where the term starts a word, or -1. */
function wordAt(term: string, lower: string, raw: string, at: number): number {
  while (at >= 0 && !beginsWord(raw, at)) at = lower.indexOf(term, at + 1);
  return at;
}

/** Whether the term consists of the beginnings of words, in order: `pu`, `powus` in PowerUser. */
export function isInitials(term: string, lower: string, raw: string, places?: number[]): boolean {
  let at = -1;
  for (let t = 0; t < term.length; t++) {
    const letter = term.charCodeAt(t);
    at++;
    if (t === 0 || lower.charCodeAt(at) !== letter) {
      while (at < lower.length && (lower.charCodeAt(at) !== letter || !beginsWord(raw, at))) at++;
      if (at >= lower.length) return false;
    }
    places?.push(at);
  }
  return true;
}

/** A part of an account ID. It has to match as a whole, because digits scattered over IDs mean nothing. */
export function isNumeric(term: string): boolean {
  return /\d\d/.test(term);
}

/**
 * The grade of letters that appear in order, however far apart; 0 if they do not. It takes the match that ends first,
 * and from its end the shortest. Even widely scattered letters are a match, so that a longer term always matches a part
 * of what a shorter one did.
 */
export function strewn(term: string, lower: string, places?: number[]): number {
  let t = 0;
  let end = -1;
  while (t < term.length) {
    if (++end >= lower.length) return 0;
    if (lower.charCodeAt(end) === term.charCodeAt(t)) t++;
  }
  let at = end + 1;
  while (t > 0) {
    if (lower.charCodeAt(--at) !== term.charCodeAt(t - 1)) continue;
    places?.unshift(at);
    t--;
  }
  const gaps = end - at + 1 - term.length;
  return gaps <= 2 ? 3 : gaps <= term.length ? 2 : 1;
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

/** One bit for each letter, three for digits, one for punctuation, one for the rest, and none for spaces. */
export function maskOf(lower: string): number {
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

/** The text in pieces, with those that the query matched marked, so that a row shows why it is listed. */
export function marked(text: string, query: string): { text: string; hit: boolean }[] {
  if (query === '') return [{ text, hit: false }];
  const lower = lowered(text);
  const hits = new Set(
    lowered(query)
      .split(/\s+/)
      .flatMap((term) => (term === '' ? [] : placesOf(term, lower, text))),
  );
  const pieces: { text: string; hit: boolean }[] = [];
  let from = 0;
  for (let i = 1; i <= text.length; i++) {
    if (i < text.length && hits.has(i) === hits.has(from)) continue;
    pieces.push({ text: text.slice(from, i), hit: hits.has(from) });
    from = i;
  }
  return pieces;
}

/** The indices of the term's letters in its best match; empty if there is none. */
function placesOf(term: string, lower: string, raw: string): number[] {
  const grade = contained(term, lower, raw);
  if (grade === 0) {
    const places: number[] = [];
    if (isNumeric(term) || strewn(term, lower, places) === 0) return [];
    const initials: number[] = [];
    return isInitials(term, lower, raw, initials) ? initials : places;
  }
  const first = lower.indexOf(term);
  const at = grade === WORD ? wordAt(term, lower, raw, first) : first;
  return Array.from({ length: term.length }, (_, n) => at + n);
}
