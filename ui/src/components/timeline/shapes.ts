/** What each mark looks like: shapes that differ without their colours. Each is drawn around 0, 0. */
import type { MarkKind } from '../../lib/timeline-lanes';

/** In this order in the legend, and from back to front in the picture. */
export const KINDS: readonly MarkKind[] = ['other', 'renewal', 'taken', 'console', 'sign-in', 'end', 'start', 'failure'];

const SHAPES: Record<MarkKind, (x: number, y: number) => string> = {
  start: (x, y) => circle(x, y, 4.5),
  renewal: (x, y) => `M${x - 1} ${y - 6}h2v12h-2z`,
  failure: (x, y) => `M${x} ${y - 7}l7 7l-7 7l-7 -7z`,
  end: (x, y) => `M${x - 4} ${y - 4}h8v8h-8z`,
  'sign-in': (x, y) => `M${x} ${y - 6}l6 10h-12z`,
  taken: (x, y) => `M${x} ${y + 6}l-5.5 -9h11z`,
  console: (x, y) => `${circle(x, y, 5)}${circle(x, y, 2)}`,
  other: (x, y) => circle(x, y, 2.5),
};

export const shape = (kind: MarkKind, x: number, y: number): string => SHAPES[kind](round(x), y);

const circle = (x: number, y: number, r: number): string => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
const round = (x: number): number => Math.round(x * 2) / 2;
