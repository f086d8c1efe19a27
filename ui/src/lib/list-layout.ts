/** Where the lines of the list are, px. */

/** How high a line is: in columns, or with its roles below the account's name. */
export const FLAT = 32;
export const TALL = 52;
/** How much lower a line is where the person wants more of them on a screen, px. */
export const COMPACT = 6;
/** How high the head of a section is. */
export const HEAD = 30;
/** How many lines are there beside those that can be seen. */
export const SPARE = 4;

/** The places that can be seen from one height to another, with some to spare, and the one with the cursor. */
export function placesIn(top: number, height: number, row: number, count: number, active: number): number[] {
  const from = Math.max(0, Math.min(Math.floor(top / row), count) - SPARE);
  const to = Math.min(count - 1, Math.ceil((top + height) / row) + SPARE);
  const some = Array.from({ length: Math.max(0, to - from + 1) }, (_, n) => from + n);
  if (active >= 0 && active < from) some.unshift(active);
  if (active > to && active < count) some.push(active);
  return some;
}

/** Brings a line into sight, below a head that stays. The first one comes with all that is above it. */
export function intoSight(scroller: HTMLElement | undefined, top: number, row: number, head: number, height: number): void {
  if (!scroller) return;
  if (top === head) scroller.scrollTop = 0;
  else if (top - head < scroller.scrollTop) scroller.scrollTop = top - head;
  else if (top + row > scroller.scrollTop + height) scroller.scrollTop = top + row - height;
}

/** The height of a section with so many lines. */
export const sectionHeight = (lines: number, row: number): number => (lines ? HEAD + lines * row : 0);
