/** Places in the list of roles, and the roles at them. */
import type { AccountShown } from '../bindings/AccountShown';
import type { ListLine } from '../bindings/ListLine';
import type { RoleLine } from '../bindings/RoleLine';
import type { RoleView } from '../bindings/RoleView';

/** Where the cursor is: on a session that runs, on a role by itself, or on a role of an account's line. */
export type Cursor =
  | { in: 'running'; profile: string; id: string }
  | { in: 'favourites' | 'recent'; id: string }
  /** `id`: null on the head of a group, and while the line is not here yet. */
  | { in: 'accounts'; line: number; role: number; id: string | null };

/** A role, wherever the list shows it. */
export interface Listed {
  role: RoleLine;
  account: AccountShown;
}

/** A role in full as a line of the list has it. */
export function lineOf(role: RoleView, favourite: boolean): RoleLine {
  const { id, arn, name, kind, identity, profile, startedAs, canBeReadOnly, terms } = role;
  const marks = { name: [], profile: [], identity: [] };
  return { id, arn, name, kind, identity, several: false, profile, startedAs, favourite, canBeReadOnly, readOnly: terms.read_only, marks };
}

/** The roles of a line. */
export function rolesOf(line: ListLine): Listed[] {
  return line.is === 'account' ? line.roles.map((role) => ({ role, account: line.account })) : [];
}

/** The ids from one to another, whichever comes first. */
export function span(ids: readonly string[], from: string | null, to: string | null): readonly string[] {
  const ends = [ids.indexOf(from ?? ''), ids.indexOf(to ?? '')];
  return ids.slice(Math.max(0, Math.min(...ends)), Math.max(...ends) + 1);
}
