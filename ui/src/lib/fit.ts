/** Which roles of an account fit beside its name. Lines have one height, so those that don't are counted instead. */

/** What stands for the roles that don't fit: `+37` after the others, and a mark before them. */
const REST = 48;
const BEFORE = 18;

export interface Fitting {
  from: number;
  /** The role after the last one. */
  to: number;
}

/** `chosen`: the role with the cursor, which is always among them; -1 elsewhere. `more`: roles that aren't here. */
export function fit(widths: readonly number[], room: number, chosen: number, more: number): Fitting {
  const to = reaching(widths, 0, room, more);
  if (chosen < to) return { from: 0, to };
  let from = chosen;
  let left = room - REST - BEFORE - (widths[chosen] ?? 0);
  while (from > 0 && left >= (widths[from - 1] as number)) left -= widths[--from] as number;
  return { from, to: Math.min(widths.length, chosen + 1) };
}

/** How many fit from the first on, at least one. */
function reaching(widths: readonly number[], from: number, room: number, more: number): number {
  let left = room;
  let to = from;
  while (to < widths.length && left >= (widths[to] as number)) left -= widths[to++] as number;
  if (to === widths.length && more === 0) return to;
  left -= REST;
  while (left < 0 && to > from + 1) left += widths[--to] as number;
  return Math.max(to, Math.min(widths.length, from + 1));
}

/** Widths of texts. The same names come again in every account, so each is measured once. */
export class Ruler {
  readonly #known = new Map<string, number>();
  readonly #pen = document.createElement('canvas').getContext('2d');
  #font = '';

  /** The font that is measured in, as CSS has it. */
  use(font: string): void {
    if (font === this.#font) return;
    this.#font = font;
    this.#known.clear();
    if (this.#pen) this.#pen.font = font;
  }

  width(text: string): number {
    let width = this.#known.get(text);
    if (width === undefined) {
      // Where nothing is laid out (tests), letters have one width.
      width = this.#pen ? Math.ceil(this.#pen.measureText(text).width) : text.length * 7;
      if (this.#known.size > 5000) this.#known.clear();
      this.#known.set(text, width);
    }
    return width;
  }
}
