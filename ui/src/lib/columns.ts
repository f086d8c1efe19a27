/** How wide the columns of the list are, px. The roles of an account get what its name and its digits leave. */

export interface Columns {
  name: number;
  /** Where the roles of an account are. */
  roles: number;
  id: number;
  profile: number;
  delivery: number;
  standing: number;
}

/** From this width of the list on there is room for columns. */
export const COLUMNS_FROM = 500;
/** Beside the columns: the list's and the line's padding, the bar of an account's colour, and the gaps. */
const AROUND = 2 * 8 + 2 * 10;
const BAR = 3;
const GAP = 10;
/** Twelve digits, with room between them and the star. */
const ID = 104;
/** From these widths on, an account's digits and how a session is delivered have columns of their own. */
const ID_FROM = 640;
const DELIVERY_FROM = 700;

/** `width`: of the list. Below `COLUMNS_FROM`, the roles have a line of their own. */
export function columns(width: number): Columns {
  const inner = width - AROUND - BAR;
  const name = between(150, Math.round(inner * 0.4), 320);
  const id = inner < ID_FROM ? 0 : ID;
  const beside = inner - name - 2 * GAP - (id ? id + GAP : 0);
  return {
    name,
    roles: width < COLUMNS_FROM ? inner - GAP + 7 : beside,
    id,
    profile: between(96, Math.round(inner * 0.27), 220),
    delivery: inner < DELIVERY_FROM ? 0 : 130,
    standing: 92,
  };
}

const between = (least: number, wanted: number, most: number) => Math.min(most, Math.max(least, wanted));
