/** From events to a picture: a lane for each role, with bars while its credentials worked, and marks for what happened. */
import type { AccountColour } from '../bindings/AccountColour';
import type { AuditEvent } from '../bindings/AuditEvent';
import type { HistoryAccount } from '../bindings/HistoryAccount';
import type { HistoryEvent } from '../bindings/HistoryEvent';
import type { Range } from './timeline-range';

/** What marks look like and can be hidden by. */
export type MarkKind = 'start' | 'renewal' | 'failure' | 'end' | 'sign-in' | 'taken' | 'console' | 'other';

const MARKS: Record<AuditEvent, MarkKind> = {
  'signed-in': 'sign-in',
  'sign-in-failed': 'failure',
  'signed-out': 'sign-in',
  'identity-renamed': 'other',
  started: 'start',
  renewed: 'renewal',
  failed: 'failure',
  'renewal-failed': 'failure',
  'delivery-changed': 'other',
  expired: 'end',
  stopped: 'end',
  'credentials-taken': 'taken',
  'consent-given': 'taken',
  'consent-refused': 'failure',
  'consent-revoked': 'other',
  'lease-began': 'other',
  'lease-ended': 'end',
  'lease-refused': 'failure',
  elevated: 'other',
  'fell-back': 'other',
  'key-leaked': 'other',
  'console-opened': 'console',
  'catalog-accepted': 'other',
  'access-key-created': 'other',
  'access-key-deactivated': 'other',
  'access-key-deleted': 'other',
  'vault-locked': 'other',
  'vault-unlocked': 'other',
  'vault-moved': 'other',
  'passphrase-changed': 'other',
  'secrets-exported': 'other',
  slept: 'other',
  'clock-set-back': 'other',
  continued: 'other',
  restarted: 'other',
};

/** Every event that isn't shown as one of these. */
export const eventsBut = (hidden: ReadonlySet<MarkKind>): AuditEvent[] =>
  (Object.keys(MARKS) as AuditEvent[]).filter((event) => !hidden.has(MARKS[event]));

export const markOf = (event: HistoryEvent): MarkKind => MARKS[event.kind];

/** A span in which a session's credentials worked. */
export interface Bar {
  from: number;
  to: number;
}

export interface Lane {
  key: string;
  /** A role, an identity's sign-ins, or Daypass itself. */
  of: { is: 'role'; role: RoleName } | { is: 'identity'; name: string } | { is: 'daypass' };
  bars: Bar[];
  /** Oldest first. */
  events: HistoryEvent[];
  /** When each of them was. */
  times: number[];
}

export interface RoleName {
  id: string;
  name: string;
  account: string;
  accountName: string | null;
  colour: AccountColour | null;
  production: boolean;
  identity: string;
}

/** Marks that are too near to each other to be seen as several. */
export interface Mark {
  at: number;
  /** The one that matters most. */
  kind: MarkKind;
  /** Oldest first. */
  events: HistoryEvent[];
}

const SEVERITY: readonly MarkKind[] = ['failure', 'start', 'end', 'sign-in', 'console', 'taken', 'renewal', 'other'];

/** A session ends by then at the latest, so events of so long before a range tell what worked in it. */
export const LONGEST_SESSION = 36 * 3_600_000;

/** All lanes of these events: identities first, then roles by account, Daypass last. `events` newest first. */
export function lanes(events: readonly HistoryEvent[], now: number, accounts: ReadonlyMap<string, HistoryAccount>): Lane[] {
  const byKey = new Map<string, Lane>();
  for (let i = events.length - 1; i >= 0; i--) {
    const event = events[i] as HistoryEvent;
    const lane = laneOf(event, byKey, accounts);
    lane.events.push(event);
    lane.times.push(Date.parse(event.at));
  }
  const found = [...byKey.values()];
  for (const lane of found) lane.bars = bars(lane, now);
  return found.sort(byPlace);
}

/** What of the lanes is in a range and isn't hidden. Lanes without anything are left out. */
export function within(all: readonly Lane[], range: Range, hidden: ReadonlySet<MarkKind>): Lane[] {
  const found: Lane[] = [];
  for (const lane of all) {
    const isShown = (_: unknown, i: number) => isIn(range, lane.times[i] as number) && !hidden.has(markOf(lane.events[i] as HistoryEvent));
    const events = lane.events.filter(isShown);
    const shown = clipped(lane.bars, range);
    if (events.length > 0 || shown.length > 0) found.push({ ...lane, events, times: lane.times.filter(isShown), bars: shown });
  }
  return found;
}

export const isIn = ({ from, to }: Range, at: number): boolean => at >= from && at <= to;

/** When the machine slept, as far as Daypass noticed. */
export function gaps(events: readonly HistoryEvent[], range: Range): Bar[] {
  const slept = events.filter((event) => event.kind === 'slept' && event.since !== null);
  return clipped(slept.map((event) => ({ from: Date.parse(event.since as string), to: Date.parse(event.at) })), range);
}

/** Joins marks that are less than `near` apart, in milliseconds. */
export function marks({ events, times }: Pick<Lane, 'events' | 'times'>, near: number): Mark[] {
  const found: Mark[] = [];
  for (const [i, event] of events.entries()) {
    const at = times[i] as number;
    const kind = markOf(event);
    const last = found.at(-1);
    if (!last || at - last.at >= near) {
      found.push({ at, kind, events: [event] });
      continue;
    }
    last.events.push(event);
    if (SEVERITY.indexOf(kind) < SEVERITY.indexOf(last.kind)) last.kind = kind;
  }
  return found;
}

/** Joins bars with less than `near` between them. */
export function joined(all: readonly Bar[], near: number): Bar[] {
  const found: Bar[] = [];
  for (const bar of all) {
    const last = found.at(-1);
    if (last && bar.from - last.to < near) last.to = Math.max(last.to, bar.to);
    else found.push({ ...bar });
  }
  return found;
}

function laneOf(event: HistoryEvent, byKey: Map<string, Lane>, accounts: ReadonlyMap<string, HistoryAccount>): Lane {
  const key = event.roleId ? `role ${event.roleId}` : event.identityNow ? `identity ${event.identityNow}` : 'daypass';
  const known = byKey.get(key);
  if (known) return known;
  const lane: Lane = { key, of: whose(event, accounts), bars: [], events: [], times: [] };
  byKey.set(key, lane);
  return lane;
}

function whose(event: HistoryEvent, accounts: ReadonlyMap<string, HistoryAccount>): Lane['of'] {
  const { roleId, identityNow: identity } = event;
  if (roleId === null) return identity === null ? { is: 'daypass' } : { is: 'identity', name: identity };
  const account = accounts.get(event.account ?? '');
  return {
    is: 'role',
    role: {
      id: roleId,
      name: event.roleName ?? '',
      account: event.account ?? '',
      accountName: account?.name ?? null,
      colour: account?.colour ?? null,
      production: account?.production ?? false,
      identity: identity ?? '',
    },
  };
}

/** When a role's credentials worked, under all its profiles. */
function bars({ events, times }: Lane, now: number): Bar[] {
  const open = new Map<string, { from: number; expires: number }>();
  const found: Bar[] = [];
  const close = (profile: string, at: number) => {
    const session = open.get(profile);
    if (!session) return;
    open.delete(profile);
    found.push({ from: session.from, to: Math.max(session.from, Math.min(at, session.expires)) });
  };
  for (const [i, event] of events.entries()) {
    const at = times[i] as number;
    const profile = event.profile ?? '';
    if (event.kind === 'started' || event.kind === 'renewed') {
      const expires = event.expiresAt === null ? Infinity : Date.parse(event.expiresAt);
      const session = open.get(profile);
      if (session && event.kind === 'renewed' && session.expires >= at) session.expires = expires;
      else {
        close(profile, at);
        open.set(profile, { from: at, expires });
      }
    } else if (event.kind === 'expired' || event.kind === 'stopped' || event.kind === 'failed') close(profile, at);
  }
  for (const profile of [...open.keys()]) close(profile, now);
  return joined(found.sort((a, b) => a.from - b.from), 0);
}

function clipped(all: readonly Bar[], { from, to }: Range): Bar[] {
  return all.filter((bar) => bar.to > from && bar.from < to).map((bar) => ({ from: Math.max(bar.from, from), to: Math.min(bar.to, to) }));
}

const PLACES = { identity: 0, role: 1, daypass: 2 };

function byPlace(a: Lane, b: Lane): number {
  return PLACES[a.of.is] - PLACES[b.of.is] || nameOf(a).localeCompare(nameOf(b)) || (a.key < b.key ? -1 : 1);
}

function nameOf({ of }: Lane): string {
  if (of.is === 'identity') return of.name;
  return of.is === 'daypass' ? '' : `${of.role.accountName ?? of.role.account} ${of.role.name}`;
}
