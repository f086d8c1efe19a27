/** The places of the list, from top to bottom: sessions that run, favourites, recent roles, and the lines of accounts. */
import type { ListLine } from '../bindings/ListLine';
import type { PlaceInList } from '../bindings/PlaceInList';
import type { RoleAlone } from '../bindings/RoleAlone';
import type { SessionView } from '../bindings/SessionView';
import { type Cursor, type Listed, rolesOf } from './cursor';

export interface Places {
  readonly running: readonly SessionView[];
  readonly favourites: readonly RoleAlone[];
  readonly recent: readonly RoleAlone[];
  /** Those lines of accounts that are here. */
  readonly lines: ReadonlyMap<number, ListLine>;
  /** How many there are. */
  readonly lineCount: number;
}

/** How many places up and down there are. */
export const countOf = ({ running, favourites, recent, lineCount }: Places): number =>
  running.length + favourites.length + recent.length + lineCount;

/** Which place the cursor is at. -1: none. */
export function placeOf({ running, favourites, recent }: Places, cursor: Cursor | null): number {
  switch (cursor?.in) {
    case undefined:
      return -1;
    case 'running':
      return running.findIndex((one) => one.profile === cursor.profile);
    case 'favourites':
      return running.length + favourites.findIndex(({ role }) => role.id === cursor.id);
    case 'recent':
      return running.length + favourites.length + recent.findIndex(({ role }) => role.id === cursor.id);
    case 'accounts':
      return running.length + favourites.length + recent.length + cursor.line;
  }
}

/** The cursor at a place. On a line that isn't here yet, it has no role. */
export function cursorAt(places: Places, place: number): Cursor | null {
  const { running, favourites, recent, lineCount } = places;
  const session = running[place];
  if (session) return { in: 'running', profile: session.profile, id: session.roleId };
  let at = place - running.length;
  const favourite = favourites[at];
  if (favourite) return { in: 'favourites', id: favourite.role.id };
  at -= favourites.length;
  const one = recent[at];
  if (one) return { in: 'recent', id: one.role.id };
  at -= recent.length;
  return at < 0 || at >= lineCount ? null : inAccounts(places, at, 0);
}

export function inAccounts(places: Places, line: number, role: number): Cursor {
  return { in: 'accounts', line, role, id: listed(places, line, role)?.role.id ?? null };
}

/** A role of an account's line. */
export function listed({ lines }: Places, line: number, role: number): Listed | null {
  const it = lines.get(line);
  return (it && rolesOf(it)[role]) ?? null;
}

/** The role at the cursor, as the list shows it. A session that runs may be of a role that is not in sight. */
export function listedAt(places: Places, cursor: Cursor | null): Listed | null {
  if (cursor === null || cursor.in === 'running') return null;
  if (cursor.in === 'accounts') return listed(places, cursor.line, cursor.role);
  return places[cursor.in].find(({ role }) => role.id === cursor.id) ?? null;
}

/** Whether the option with the cursor is in the document: its line may not be here yet. */
export function isHere({ lines }: Places, cursor: Cursor | null): boolean {
  if (cursor?.in !== 'accounts') return cursor !== null;
  const line = lines.get(cursor.line);
  return line?.is === 'group' || line?.roles[cursor.role] !== undefined;
}

/** The ids of the roles of a section above the accounts. */
export function idsIn(places: Places, section: Cursor['in']): readonly string[] {
  if (section === 'running') return places.running.map((one) => one.roleId);
  return section === 'accounts' ? [] : places[section].map(({ role }) => role.id);
}

/** Where a list begins: after a search at the best match, and else at what runs or was used last. */
export function firstCursor(places: Places, isSearched: boolean, isFiltered: boolean): Cursor | null {
  if (!isSearched && !isFiltered) return cursorAt(places, 0);
  if (!isSearched && places.favourites.length) return cursorAt(places, places.running.length);
  const heads = places.lines.get(0)?.is === 'group' ? 1 : 0;
  return places.lineCount > heads ? inAccounts(places, heads, 0) : null;
}

/** Where the cursor is now that other lines are here. `found`: the line of its role. */
export function sameCursor(places: Places, cursor: Cursor | null, found: PlaceInList | null): Cursor | null {
  switch (cursor?.in) {
    case undefined:
      return null;
    case 'running':
      if (places.running.some((one) => one.profile === cursor.profile)) return cursor;
      break;
    case 'favourites':
    case 'recent':
      if (places[cursor.in].some(({ role }) => role.id === cursor.id)) return cursor;
      break;
    case 'accounts':
      // Of a group's head nothing is to be found.
      if (cursor.id === null) return { ...cursor, line: Math.min(cursor.line, places.lineCount - 1) };
  }
  return found && { in: 'accounts', ...found, id: cursor.id };
}

/** The first line that is wanted and isn't here: that of the cursor, or one that can be seen. */
export function missingLine(places: Places, cursor: Cursor | null, seen: { from: number; to: number }): number | undefined {
  const { lines, lineCount } = places;
  const at = cursor?.in === 'accounts' ? cursor.line : -1;
  if (at >= 0 && at < lineCount && !lines.has(at)) return at;
  for (let line = seen.from; line < Math.min(seen.to, lineCount); line++) if (!lines.has(line)) return line;
  return undefined;
}

/** Those that were shown before, as they are now. */
export function inOrder(before: readonly RoleAlone[], now: readonly RoleAlone[]): readonly RoleAlone[] {
  return before.map((one) => now.find(({ role }) => role.id === one.role.id)).filter((one) => one !== undefined);
}
