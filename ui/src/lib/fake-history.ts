/** An audit log in memory, which pages and filters as the broker does. */
import type { AuditEvent } from '../bindings/AuditEvent';
import type { ConsentGiven } from '../bindings/ConsentGiven';
import type { History } from '../bindings/History';
import type { HistoryAccount } from '../bindings/HistoryAccount';
import type { HistoryAsked } from '../bindings/HistoryAsked';
import type { HistoryChain } from '../bindings/HistoryChain';
import type { HistoryEvent } from '../bindings/HistoryEvent';
import type { HistoryExport } from '../bindings/HistoryExport';
import type { HistoryFormat } from '../bindings/HistoryFormat';
import type { LastUse } from '../bindings/LastUse';
import type { RoleView } from '../bindings/RoleView';

/** As `HistoryAsked::MOST`. */
const MOST = 20_000;

export class FakeHistory {
  /** Oldest first, as the log has them. */
  events: HistoryEvent[] = [];
  chain: HistoryChain = { is: 'intact', lines: 0, unsealed: 0, removed: 0, restarted: null };

  /** Who took the running sessions' credentials last. */
  lastUses: LastUse[] = [];

  /** What the person answered about programs. */
  consents: ConsentGiven[] = [];

  /** What accounts are called, by their IDs. */
  accounts = new Map<string, HistoryAccount>();

  add(...events: HistoryEvent[]): void {
    this.events.push(...events);
  }

  exported(asked: Partial<HistoryAsked>, format: HistoryFormat): HistoryExport {
    return { file: `/home/mara/Downloads/daypass-2026-11-30.${format}`, lines: this.page(asked).events.length };
  }

  /** Knows what the accounts of these roles are called. */
  know(roles: readonly RoleView[]): this {
    for (const { account: id, accountName: name, accountColour: colour, production } of roles) this.accounts.set(id, { id, name, colour, production });
    return this;
  }

  page(asked: Partial<HistoryAsked>): History {
    const most = Math.min(asked.limit ?? MOST, MOST);
    const from = asked.cursor == null ? this.events.length : Number(asked.cursor);
    const events: HistoryEvent[] = [];
    for (let at = from - 1; at >= 0; at--) {
      const event = this.events[at] as HistoryEvent;
      if (!leaves(asked, event)) continue;
      if (events.length === most) return { events, more: String(at + 1), unreadable: 0, accounts: [...this.accounts.values()] };
      events.push(event);
    }
    return { events, more: null, unreadable: 0, accounts: [...this.accounts.values()] };
  }
}

function leaves(asked: Partial<HistoryAsked>, event: HistoryEvent): boolean {
  const { since, until, role, identity, account, kinds, text } = asked;
  const at = Date.parse(event.at);
  return (
    !(since && at < Date.parse(since)) &&
    !(until && at >= Date.parse(until)) &&
    !(role && event.roleId !== role) &&
    !(identity && event.identityNow !== identity) &&
    !(account && event.account !== account) &&
    !(kinds?.length && !kinds.includes(event.kind)) &&
    !(text && !JSON.stringify(event).toLowerCase().includes(text.toLowerCase()))
  );
}

let nextPlace = 0;

/** An event at a moment (ms), with what else it has. */
export function historyEvent(kind: AuditEvent, at: number, more: Partial<HistoryEvent> = {}): HistoryEvent {
  return {
    id: `1.${nextPlace++}`,
    at: new Date(at).toISOString(),
    kind,
    identity: null,
    identityNow: more.identity ?? null,
    formerName: null,
    person: null,
    profile: null,
    role: null,
    account: null,
    roleName: null,
    roleId: null,
    accessKeyId: null,
    expiresAt: null,
    region: null,
    requestId: null,
    problem: null,
    catalog: null,
    taker: null,
    consent: null,
    why: null,
    since: null,
    ...more,
  };
}

/** An event of a role's session. */
export function sessionEvent(kind: AuditEvent, at: number, role: RoleView, more: Partial<HistoryEvent> = {}): HistoryEvent {
  const of = {
    identity: role.identity,
    profile: role.profile,
    role: role.arn,
    account: role.account,
    roleName: role.name,
    roleId: role.id,
  };
  return historyEvent(kind, at, { ...of, ...more });
}

/** A log of so many days: sessions that are started, renewed, used and stopped, with failures and nights of sleep. */
export function madeUpHistory(roles: readonly RoleView[], days: number, now: number, perDay = 4): HistoryEvent[] {
  if (roles.length === 0) return [];
  const HOUR = 3_600_000;
  const found: HistoryEvent[] = [];
  const chance = seeded(7);
  const pick = <T>(all: readonly T[]): T => all[Math.floor(chance() * all.length)] as T;
  for (let day = days - 1; day >= 0; day--) {
    const begin = new Date(now);
    const morning = new Date(begin.getFullYear(), begin.getMonth(), begin.getDate() - day, 8, 30).getTime();
    const night = new Date(begin.getFullYear(), begin.getMonth(), begin.getDate() - day - 1, 18, 40).getTime();
    const weekend = [0, 6].includes(new Date(morning).getDay());
    if (morning > now || weekend) continue;
    found.push(historyEvent('slept', morning - 60_000, { since: new Date(night).toISOString() }));
    const signIn = chance() < 0.1 ? 'sign-in-failed' : 'signed-in';
    found.push(historyEvent(signIn, morning, { identity: 'acme', person: signIn === 'signed-in' ? 'mara@acme.example' : null, problem: signIn === 'signed-in' ? null : 'sign-in-cancelled' }));
    for (let n = 0; n < perDay; n++) {
      const role = pick(roles);
      let at = morning + Math.floor(chance() * 6 * HOUR);
      const hours = 1 + Math.floor(chance() * 4);
      const until = (from: number) => ({ accessKeyId: `ASIAQ3EGRIXFAKE${String(found.length).padStart(5, '0')}`, expiresAt: new Date(from + HOUR).toISOString() });
      found.push(sessionEvent('started', at, role, until(at)));
      found.push(sessionEvent('credentials-taken', at + 90_000, role, { taker: { by: 'process', program: pick(['terraform', 'aws', 'python3', 'kubectl']) } }));
      for (let hour = 0; hour < hours; hour++) {
        at += 40 * 60_000;
        found.push(chance() < 0.04 ? sessionEvent('renewal-failed', at, role, { problem: 'sts-unreachable', accessKeyId: 'ASIAQ3EGRIXFAKE00000' }) : sessionEvent('renewed', at, role, until(at)));
      }
      if (chance() < 0.3) found.push(sessionEvent('console-opened', at + 60_000, role));
      found.push(chance() < 0.5 ? sessionEvent('stopped', at + 15 * 60_000, role) : sessionEvent('expired', at + HOUR, role));
    }
  }
  return found.filter((event) => Date.parse(event.at) <= now).sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

/** Numbers from 0 to 1 that are the same each time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}
