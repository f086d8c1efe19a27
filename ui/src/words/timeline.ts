/** The timeline. */
import type { HistoryChain } from '../bindings/HistoryChain';
import type { HistoryEvent } from '../bindings/HistoryEvent';
import type { MarkKind } from '../lib/timeline-lanes';
import type { Span } from '../lib/timeline-range';
import { AUDIT_WORDS } from './events';
import { lastUse } from './last-use';

const numbers = new Intl.NumberFormat('en');
const plural = new Intl.PluralRules('en');
const counted = (n: number, one: string, many: string): string =>
  `${numbers.format(n)} ${plural.select(n) === 'one' ? one : many}`;

const DAY_AND_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const DAY_AND_MINUTE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const LIST = new Intl.ListFormat('en', { type: 'conjunction' });
const HOURS = new Intl.NumberFormat('en', { style: 'unit', unit: 'hour', unitDisplay: 'long' });
const MINUTES = new Intl.NumberFormat('en', { style: 'unit', unit: 'minute', unitDisplay: 'long' });

export const timeline = {
  title: 'Timeline',
  about: 'How your identities were used',
  picture: 'Picture',
  table: 'Table',
  shown: 'Show as',
  spans: { day: 'Day', week: 'Week', month: 'Month' } satisfies Record<Span, string>,
  span: 'Time shown',
  earlier: 'Earlier',
  later: 'Later',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  range: (from: number, to: number): string => DAY_AND_MINUTE.formatRange(from, to),

  identity: 'Identity',
  anyIdentity: 'All identities',
  account: 'Account',
  anyAccount: 'All accounts',
  role: 'Role',
  anyRole: 'All roles',
  search: 'Search events',
  clear: 'Clear filters',
  events: 'Events',
  legend: 'Events shown',
  marks: {
    start: 'Starts',
    renewal: 'Renewals',
    failure: 'Failures',
    end: 'Ends',
    'sign-in': 'Sign-ins',
    taken: 'Taken by programs',
    console: 'Console',
    other: 'Other',
  } satisfies Record<MarkKind, string>,
  bar: 'Credentials valid',
  slept: 'Asleep',

  signIns: 'Sign-ins',
  daypass: 'Daypass',
  production: 'Production',
  loading: 'Reading the log',
  none: 'Nothing happened in this time.',
  noneLeft: 'Nothing in this time matches your filters.',
  cut: (most: number): string =>
    `Only the newest ${numbers.format(most)} events are shown. Choose a shorter time to see the others.`,
  unreadable: (lines: number): string => `${counted(lines, 'line', 'lines')} of the log can’t be read.`,
  count: (n: number): string => counted(n, 'event', 'events'),
  several: (n: number, kinds: readonly string[]): string => `${counted(n, 'event', 'events')}: ${LIST.format(kinds)}`,
  more: (n: number): string => `Show ${numbers.format(n)} more`,
  keys: 'Arrow keys move between events. + and − zoom, and Shift with ← and → moves in time.',
  onlyRole: 'Only this role',
  showRole: 'Show the role',

  columns: { at: 'Time', what: 'What happened', role: 'Role', profile: 'Profile', identity: 'Identity', more: 'Details' },
  caption: (events: number, from: number, to: number): string =>
    `${counted(events, 'event', 'events')}, newest first, ${DAY_AND_MINUTE.formatRange(from, to)}`,

  exportAs: 'Export',
  csv: 'CSV for a spreadsheet',
  jsonl: 'JSON Lines',
  exported: (lines: number, file: string): string => `${counted(lines, 'event', 'events')} saved to ${file}`,

  checking: 'Checking the log…',
  checkAgain: 'Check again',
  chain: (chain: HistoryChain): string => {
    switch (chain.is) {
      case 'intact':
        return `Log unchanged: ${counted(chain.lines, 'line', 'lines')}`;
      case 'broken':
        return 'The log was changed';
      case 'not-checked':
        return 'The log isn’t checked';
    }
  },
  chainMore: (chain: HistoryChain): string[] => {
    if (chain.is !== 'intact') return [];
    const { unsealed, removed, restarted } = chain;
    return [
      unsealed ? `${counted(unsealed, 'line', 'lines')} written while the vault was closed: only the hash chain protects them.` : '',
      removed ? `${counted(removed, 'line', 'lines')} removed, because they were past the log’s retention time.` : '',
      restarted ? `A new log started on ${DAY_AND_MINUTE.format(Date.parse(restarted))}, because the previous one has a break.` : '',
    ].filter(Boolean);
  },

  at: (event: HistoryEvent): string => DAY_AND_TIME.format(Date.parse(event.at)),
  what: (event: HistoryEvent): string => AUDIT_WORDS[event.kind],
  /** What else the event says, as short parts. */
  details: (event: HistoryEvent, problem: string | null): string[] =>
    [
      event.person,
      event.formerName && `was ${event.formerName}`,
      event.taker && `${lastUse.taker(event.taker)}, ${lastUse.how(event.taker)}`,
      problem,
      event.since && event.kind === 'slept' ? lasted(Date.parse(event.at) - Date.parse(event.since)) : null,
      event.expiresAt && `until ${DAY_AND_MINUTE.format(Date.parse(event.expiresAt))}`,
      event.catalog && `catalog ${event.catalog}`,
      event.accessKeyId && `key ${event.accessKeyId}`,
      event.region && `STS in ${event.region}`,
      event.requestId && `request ${event.requestId}`,
    ].filter((part) => typeof part === 'string'),
};

function lasted(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (hours === 0) return `for ${MINUTES.format(rest)}`;
  return `for ${HOURS.format(hours)}${rest ? ` ${MINUTES.format(rest)}` : ''}`;
}
