/** An audit log in memory, which pages and filters as the broker does. */
import type { AuditEvent } from '../bindings/AuditEvent';
import type { History } from '../bindings/History';
import type { HistoryAsked } from '../bindings/HistoryAsked';
import type { HistoryChain } from '../bindings/HistoryChain';
import type { HistoryEvent } from '../bindings/HistoryEvent';
import type { RoleView } from '../bindings/RoleView';

/** As `HistoryAsked::MOST`. */
const MOST = 20_000;

export class FakeHistory {
  /** Oldest first, as the log has them. */
  events: HistoryEvent[] = [];
  chain: HistoryChain = { is: 'intact', lines: 0, unsealed: 0, removed: 0, restarted: null };

  add(...events: HistoryEvent[]): void {
    this.events.push(...events);
  }

  page(asked: Partial<HistoryAsked>): History {
    const most = Math.min(asked.limit ?? MOST, MOST);
    const from = asked.cursor == null ? this.events.length : Number(asked.cursor);
    const events: HistoryEvent[] = [];
    for (let at = from - 1; at >= 0; at--) {
      const event = this.events[at] as HistoryEvent;
      if (!leaves(asked, event)) continue;
      if (events.length === most) return { events, more: String(at + 1), unreadable: 0 };
      events.push(event);
    }
    return { events, more: null, unreadable: 0 };
  }
}

function leaves(asked: Partial<HistoryAsked>, event: HistoryEvent): boolean {
  const { since, until, role, identity, account, kinds, text } = asked;
  const at = Date.parse(event.at);
  return (
    !(since && at < Date.parse(since)) &&
    !(until && at >= Date.parse(until)) &&
    !(role && event.roleId !== role) &&
    !(identity && event.identity !== identity && event.formerName !== identity) &&
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
