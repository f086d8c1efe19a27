/** Finds commands by parts of their words. Roles are found by the broker. */

export type Marks = readonly (readonly [number, number])[];

export interface Match<T> {
  item: T;
  /** Of each text, what the query matched in it. */
  marks: readonly Marks[];
}

/** How well a term matches: the first text counts more, and a word's beginning more than its inside. */
const INSIDE = 1;
const WORD = 3;
const FIRST_TEXT = 1;
const BEGINNING = 2;

/** Those that have every term of the query in one of their texts, best first; equally good ones keep their order. */
export function matching<T>(items: readonly T[], query: string, texts: (item: T) => readonly string[]): Match<T>[] {
  const terms = query.toLowerCase().split(/\s+/).filter((term) => term !== '');
  const found: (Match<T> & { grade: number })[] = [];
  for (const item of items) {
    const own = texts(item);
    const lower = own.map((text) => text.toLowerCase());
    const grades = terms.map((term) => Math.max(...lower.map((text, at) => gradeOf(text, term, at))));
    if (grades.some((grade) => grade <= 0)) continue;
    const grade = grades.reduce((sum, one) => sum + one, 0);
    found.push({ item, grade, marks: lower.map((text) => marksOf(text, terms)) });
  }
  return found.sort((a, b) => b.grade - a.grade);
}

function gradeOf(text: string, term: string, at: number): number {
  const place = placeOf(text, term);
  if (place < 0) return 0;
  const begins = place === 0 ? BEGINNING : 0;
  return (isWord(text, place) ? WORD : INSIDE) + begins + (at === 0 ? FIRST_TEXT : 0);
}

/** Where a term is: at the beginning of a word, if it is at one. */
function placeOf(text: string, term: string): number {
  for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + 1)) if (isWord(text, at)) return at;
  return text.indexOf(term);
}

const isWord = (text: string, at: number) => at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1] as string);

function marksOf(text: string, terms: readonly string[]): Marks {
  const places = terms
    .map((term) => [placeOf(text, term), placeOf(text, term) + term.length] as const)
    .filter(([at]) => at >= 0)
    .sort(([a], [b]) => a - b);
  const marks: (readonly [number, number])[] = [];
  for (const mark of places) if (mark[0] >= (marks.at(-1)?.[1] ?? 0)) marks.push(mark);
  return marks;
}
