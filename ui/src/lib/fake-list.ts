/**
 * The list of roles for the backend in memory. It finds plain parts of names, where the broker also finds initials and
 * scattered letters. Everything else is as the broker answers it.
 */
import type { AccountShown } from '../bindings/AccountShown';
import type { ListLine } from '../bindings/ListLine';
import type { MoreRolesAsked } from '../bindings/MoreRolesAsked';
import type { RoleAlone } from '../bindings/RoleAlone';
import type { RoleLine } from '../bindings/RoleLine';
import type { RolesAsked } from '../bindings/RolesAsked';
import type { RolesFilter } from '../bindings/RolesFilter';
import type { RolesFound } from '../bindings/RolesFound';
import type { RolesKnown } from '../bindings/RolesKnown';
import type { RolesNow } from '../bindings/RolesNow';
import type { RolesRanked } from '../bindings/RolesRanked';
import type { RoleView } from '../bindings/RoleView';
import type { FakeState } from './fake-state';
import { linkIn, pageIn } from './pages';
import { isRunning } from './states';

/** What the list is made of. */
export interface Listed {
  state: FakeState;
  /** `IDENTITY:ARN`, in the person's order. */
  favourites: readonly string[];
  /** By account. */
  folders: ReadonlyMap<string, string>;
  revision: number;
}

/** An account with its roles, and the group that both stand in. */
interface Account {
  group: string | null;
  roles: RoleView[];
}

const MOST_ROLES_IN_LINE = 40;
const MOST_OF_SECTION = 30;

/** The pasted page or ARN that the roles reach. A role's own ARN means the role. */
function pageOf({ state }: Listed, query: string): string | null {
  const page = pageIn(query);
  return page === null || state.roles.some((role) => role.arn === page) ? null : page;
}

export function found(all: Listed, asked: RolesAsked): RolesFound {
  const accounts = accountsOf(all, asked);
  const lines = linesOf(all, asked, accounts);
  const to = Math.min(asked.to, lines.length);
  return {
    revision: all.revision,
    roles: new Set(accounts.flatMap((one) => one.roles.map((role) => role.id))).size,
    accounts: new Set(accounts.map((one) => keyOf(one.roles[0] as RoleView))).size,
    lines: lines.length,
    page: pageOf(all, asked.query),
    from: asked.from,
    shown: lines.slice(asked.from, to).map((line) => line.shown()),
    found: asked.find === null ? null : placeOf(lines, asked.find),
  };
}

export function more(all: Listed, { list, group, partition, account, from, to }: MoreRolesAsked): RoleLine[] {
  const isIt = (one: Account) => one.group === group && keyOf(one.roles[0] as RoleView) === `${partition}:${account}`;
  const roles = accountsOf(all, list).find(isIt)?.roles ?? [];
  return roles.slice(from, to).map((role) => roleLine(all, role, list.query));
}

export function now(all: Listed, query: string, filter: RolesFilter): RolesNow {
  const matching = new Map(matches(all, query, filter).map((role) => [role.id, role]));
  const listed = (ids: readonly string[]) =>
    ids
      .map((id) => matching.get(id))
      .filter((role) => role !== undefined)
      .slice(0, MOST_OF_SECTION)
      .map((role) => alone(all, role, query));
  const recent = all.state.recentRoles.filter((id) => !all.favourites.includes(id));
  return { revision: all.revision, favourites: listed(all.favourites), recent: listed(recent) };
}

export function ranked(all: Listed, query: string, filter: RolesFilter, from: number, to: number): RolesRanked {
  const roles = matches(all, query, filter);
  const page = pageOf(all, query);
  return { revision: all.revision, roles: roles.length, page, shown: roles.slice(from, to).map((role) => alone(all, role, query)) };
}

export function known({ state, favourites, folders, revision }: Listed): RolesKnown {
  const counts = new Map<string, number>();
  for (const { identity } of state.roles) counts.set(identity, (counts.get(identity) ?? 0) + 1);
  return {
    revision,
    roles: state.roles.length,
    accounts: new Set(state.roles.map(keyOf)).size,
    byIdentity: [...counts].map(([identity, roles]) => ({ identity, roles })),
    folders: [...new Set(folders.values())].sort(),
    favourites: [...favourites],
  };
}

export function accountShown(all: Listed, role: RoleView, query = ''): AccountShown {
  const { account, accountName, accountAlias, accountColour, partition, production } = role;
  return {
    partition,
    account,
    name: accountName,
    alias: accountAlias,
    colour: accountColour,
    production,
    folder: all.folders.get(account) ?? null,
    marks: { account: marks(account, query), name: marks(accountName, query), alias: marks(accountAlias, query) },
  };
}

/** Those that match, the best first: favourites, running ones, recent ones, and then by account and name. */
function matches({ state, favourites }: Listed, query: string, filter: RolesFilter): RoleView[] {
  const held = new Set(state.sessions.map((session) => session.roleId));
  const running = new Set(state.sessions.filter(isRunning).map((session) => session.roleId));
  const signedOut = new Set(
    state.identities
      .filter((one) => one.way.by !== 'none' && (one.state === 'signed-out' || one.state === 'needs-sign-in'))
      .map((one) => one.name),
  );
  const counts = (role: RoleView) =>
    (filter.identities.length === 0 || filter.identities.includes(role.identity)) &&
    (!filter.production || role.production) &&
    (!filter.running || running.has(role.id)) &&
    (!filter.needsSignIn || signedOut.has(role.identity)) &&
    (!filter.favourites || favourites.includes(role.id));
  const boost = (role: RoleView) =>
    (favourites.includes(role.id) ? 4 : 0) + (held.has(role.id) ? 2 : 0) + (state.recentRoles.includes(role.id) ? 1 : 0);
  const compare = new Intl.Collator('en', { numeric: true }).compare;
  const byName = (a: RoleView, b: RoleView) => compare(called(a), called(b)) || compare(a.name, b.name);
  const pasted = pageIn(query) ?? linkIn(query);
  const words = terms(query).filter((term) => term !== pasted?.toLowerCase());
  return state.roles
    .filter((role) => counts(role) && isMeant(state.roles, role, pasted))
    .filter((role) => words.every((term) => texts(role).some((text) => text.includes(term))))
    .sort((a, b) => boost(b) - boost(a) || byName(a, b));
}

/** Whether a pasted text is about a role: it is its ARN, or a page that the role reaches. */
function isMeant(roles: readonly RoleView[], role: RoleView, pasted: string | null): boolean {
  if (pasted === null) return true;
  if (roles.some((one) => one.arn === pasted)) return role.arn === pasted;
  if (!/^arn(:[^:]*){5}|\.console\.aws\.amazon\.com\//.test(pasted)) return false;
  const account = /\d{12}/.exec(pasted)?.[0];
  return account === undefined || role.account === account;
}

function accountsOf(all: Listed, { query, filter, group }: RolesAsked): Account[] {
  const compare = new Intl.Collator('en', { numeric: true }).compare;
  const accounts = new Map<string, Account>();
  const ranked = matches(all, query, filter);
  // Without a query, accounts and roles are in the order of their names, so that nothing moves.
  if (query === '') ranked.sort((a, b) => compare(called(a), called(b)) || compare(a.name, b.name));
  for (const role of ranked) {
    const own = { account: null, identity: role.identity, folder: all.folders.get(role.account) ?? '' }[group];
    const key = JSON.stringify([own, keyOf(role)]);
    const account = accounts.get(key);
    if (account) account.roles.push(role);
    else accounts.set(key, { group: own, roles: [role] });
  }
  const inGroups = [...accounts.values()];
  if (group === 'account') return inGroups;
  // With a query, the group of the best role is first.
  if (query !== '') {
    const groups = [...new Set(inGroups.map((one) => one.group))];
    return groups.flatMap((own) => inGroups.filter((one) => one.group === own));
  }
  // What is in no folder comes last.
  const order = ({ group: own }: Account) => (own === '' ? '\uffff' : (own ?? ''));
  return inGroups.sort((a, b) => compare(order(a), order(b)));
}

interface Line {
  shown: () => ListLine;
  roles: readonly RoleView[];
  folded: boolean;
}

function linesOf(all: Listed, asked: RolesAsked, accounts: readonly Account[]): Line[] {
  const lines: Line[] = [];
  let group: string | null = null;
  for (const account of accounts) {
    const { group: own, roles } = account;
    const folded = own !== null && asked.folded.includes(own);
    if (own !== null && own !== group) {
      const its = accounts.filter((one) => one.group === own);
      const inGroup = its.flatMap((one) => one.roles);
      const head = { is: 'group' as const, id: own, name: own, accounts: its.length, roles: inGroup.length, folded };
      lines.push({ shown: () => head, roles: folded ? inGroup : [], folded });
    }
    group = own;
    if (folded) continue;
    const shown = (): ListLine => ({
      is: 'account',
      group: own,
      account: accountShown(all, roles[0] as RoleView, asked.query),
      roles: roles.slice(0, MOST_ROLES_IN_LINE).map((role) => roleLine(all, role, asked.query)),
      more: Math.max(0, roles.length - MOST_ROLES_IN_LINE),
    });
    lines.push({ shown, roles, folded: false });
  }
  return lines;
}

function placeOf(lines: readonly Line[], id: string): RolesFound['found'] {
  const line = lines.findIndex((one) => one.roles.some((role) => role.id === id));
  if (line < 0) return null;
  const { roles, folded } = lines[line] as Line;
  return { line, role: folded ? 0 : roles.findIndex((role) => role.id === id) };
}

const alone = (all: Listed, role: RoleView, query: string): RoleAlone => ({
  account: accountShown(all, role, query),
  role: roleLine(all, role, query),
});

function roleLine(all: Listed, role: RoleView, query: string): RoleLine {
  const { id, arn, name, kind, identity, profile, startedAs, canBeReadOnly } = role;
  const isAlike = (one: RoleView) => one.name === name && keyOf(one) === keyOf(role) && one.identity !== identity;
  return {
    id,
    arn,
    name,
    kind,
    identity,
    several: all.state.roles.some(isAlike),
    profile,
    startedAs,
    favourite: all.favourites.includes(id),
    canBeReadOnly,
    readOnly: role.terms.read_only,
    marks: { name: marks(name, query), profile: marks(profile, query), identity: marks(identity, query) },
  };
}

const keyOf = (role: RoleView) => `${role.partition}:${role.account}`;
const called = (role: RoleView) => role.accountName ?? role.account;
const terms = (query: string) => query.toLowerCase().split(/\s+/).filter((term) => term !== '');
const texts = (role: RoleView) =>
  [role.name, role.accountName ?? '', role.profile, role.account, role.identity, role.accountAlias ?? ''].map((text) =>
    text.toLowerCase(),
  );

/** Where each term is first, in order and without those that overlap. */
function marks(text: string | null, query: string): [number, number][] {
  const lower = (text ?? '').toLowerCase();
  const places = terms(query)
    .map((term): [number, number] => [lower.indexOf(term), lower.indexOf(term) + term.length])
    .filter(([at]) => at >= 0)
    .sort(([a], [b]) => a - b);
  return places.filter(([at], i) => i === 0 || at >= (places[i - 1]?.[1] ?? 0));
}
