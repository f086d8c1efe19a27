/** The timeline: from events to lanes, days of the person's own time zone, and the screen by keyboard and for listeners. */
import { fireEvent, screen, within as inside } from '@testing-library/svelte';
import axe from 'axe-core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { HistoryEvent } from '../bindings/HistoryEvent';
import type { RoleView } from '../bindings/RoleView';
import { FakeHistory, historyEvent, madeUpHistory, sessionEvent } from '../lib/fake-history';
import { main, problem } from '../lib/fake-scenarios';
import { eventsBut, gaps, lanes, marks, within } from '../lib/timeline-lanes';
import { dayBegins, lastOf, midnights, panned, ticks, zoomed } from '../lib/timeline-range';
import { click, openWindow, press, settled } from './window';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 26, 12);
const roles = main().roles;
const [role, other] = roles as [RoleView, RoleView];
const accounts = new FakeHistory().know(roles).accounts;
const until = (at: number) => ({ accessKeyId: 'ASIA1', expiresAt: new Date(at).toISOString() });

/** The bars of one role, in hours before now. */
function barsOf(events: HistoryEvent[], range = { from: NOW - DAY, to: NOW }) {
  const [lane] = within(lanes([...events].reverse(), NOW, accounts), range, new Set());
  return lane?.bars.map(({ from, to }) => [(from - NOW) / HOUR, (to - NOW) / HOUR]);
}

describe('bars are there while credentials worked', () => {
  const at = (hours: number) => NOW + hours * HOUR;
  const started = (hours: number, lasts: number) => sessionEvent('started', at(hours), role, until(at(hours + lasts)));
  const renewed = (hours: number, lasts: number) => sessionEvent('renewed', at(hours), role, until(at(hours + lasts)));

  test('from the start over renewals to the stop', () => {
    expect(barsOf([started(-5, 1), renewed(-4.3, 1), renewed(-3.5, 1), sessionEvent('stopped', at(-3), role)])).toEqual([[-5, -3]]);
  });

  test('until they expire, if the log says no more', () => {
    expect(barsOf([started(-5, 1)])).toEqual([[-5, -4]]);
    expect(barsOf([started(-0.5, 1)])).toEqual([[-0.5, 0]]);
  });

  test('with a hole where a renewal came too late', () => {
    expect(barsOf([started(-5, 1), renewed(-2, 1), sessionEvent('expired', at(-1), role)])).toEqual([[-5, -4], [-2, -1]]);
  });

  test('also where they began before the time shown', () => {
    expect(barsOf([started(-30, 12)], { from: NOW - DAY, to: NOW })).toEqual([[-24, -18]]);
  });

  test('over a renewal that failed', () => {
    expect(barsOf([started(-3, 1), sessionEvent('renewal-failed', at(-2.4), role), renewed(-2.2, 1), sessionEvent('stopped', at(-2), role)])).toEqual([[-3, -2]]);
  });

  test('under several profiles at once', () => {
    const second = sessionEvent('started', at(-4.5), role, { ...until(at(-3)), profile: 'second' });
    expect(barsOf([started(-5, 1), second])).toEqual([[-5, -3]]);
  });
});

test('what was done under an earlier name of an identity is in one lane with the rest', () => {
  const before = { identity: 'earlier', identityNow: role.identity };
  const events = [
    sessionEvent('started', NOW - 2 * HOUR, role, before),
    historyEvent('signed-in', NOW - 3 * HOUR, before),
    sessionEvent('started', NOW - HOUR, role),
    historyEvent('signed-in', NOW - HOUR, { identity: role.identity }),
  ];
  const found = lanes(events.reverse(), NOW, accounts);
  expect(found.map(({ of, events }) => [of.is, events.length])).toEqual([['identity', 2], ['role', 2]]);
});

test('sign-ins come first, then roles by account, and Daypass itself last', () => {
  const events = [
    historyEvent('vault-locked', NOW - HOUR),
    sessionEvent('started', NOW - HOUR, other, until(NOW)),
    sessionEvent('started', NOW - HOUR, role, until(NOW)),
    historyEvent('signed-in', NOW - HOUR, { identity: 'acme' }),
  ];
  const found = lanes(events, NOW, accounts);
  expect(found.map((lane) => (lane.of.is === 'role' ? lane.of.role.name : lane.of.is))).toEqual(['identity', role.name, other.name, 'daypass']);
});

test('marks that are too near are one, which looks like the worst of them', () => {
  const events = [0, 1, 2, 60].map((minutes) => sessionEvent(minutes === 1 ? 'renewal-failed' : 'renewed', NOW + minutes * 60_000, role));
  const found = marks({ events, times: events.map(({ at }) => Date.parse(at)) }, 5 * 60_000);
  expect(found.map((mark) => [mark.kind, mark.events.length])).toEqual([['failure', 3], ['renewal', 1]]);
});

test('sleep is a gap, within the time shown', () => {
  const slept = historyEvent('slept', NOW - HOUR, { since: new Date(NOW - 30 * HOUR).toISOString() });
  expect(gaps([slept], { from: NOW - DAY, to: NOW })).toEqual([{ from: NOW - DAY, to: NOW - HOUR }]);
});

test('what is hidden is left out of an export by the names of its events', () => {
  const left = eventsBut(new Set(['renewal', 'other']));
  expect(left).toContain('started');
  expect(left).not.toContain('renewed');
  expect(left).not.toContain('slept');
});

test('10,000 events are as many marks as have room', () => {
  const events = madeUpHistory(roles.slice(0, 40), 30, NOW, 90).reverse();
  expect(events.length).toBeGreaterThan(10_000);
  const found = within(lanes(events, NOW, accounts), lastOf('month', NOW), new Set());
  const shown = found.map((lane) => marks(lane, (10 / 800) * 30 * DAY));
  expect(Math.max(...shown.map((all) => all.length))).toBeLessThanOrEqual(81);
});

describe('days are those of the person', () => {
  // On 25 October 2026 the clock goes back at 3, on 29 March forward at 2.
  beforeEach(() => {
    vi.stubEnv('TZ', 'Europe/Berlin');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });
  const local = (...parts: [number, number, number, number?]) => new Date(parts[0], parts[1], parts[2], parts[3] ?? 0).getTime();

  test('a day may have 23 or 25 hours', () => {
    const summerTimeBegins = local(2026, 2, 29);
    expect(dayBegins(summerTimeBegins + 5 * HOUR)).toBe(summerTimeBegins);
    const { from } = lastOf('week', local(2026, 2, 31, 12));
    expect(new Date(from).getHours()).toBe(0);
    expect(midnights({ from, to: local(2026, 2, 31, 12) }).every((at) => new Date(at).getHours() === 0)).toBe(true);
    expect(lastOf('month', local(2026, 10, 5, 12)).from).toBe(local(2026, 9, 7));
    expect(dayBegins(local(2026, 9, 25), 1) - local(2026, 9, 25)).toBe(25 * HOUR);
  });

  test('no hour is missing on the axis, and none is there twice', () => {
    for (const day of [local(2026, 2, 29), local(2026, 9, 25), local(2026, 5, 1)]) {
      const found = ticks({ from: day, to: dayBegins(day, 1) }, 24 * 90);
      const times = found.map(({ at }) => at);
      expect(new Set(times).size).toBe(times.length);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(found[0]?.day).toBe(true);
    }
  });

  test('a narrow picture has fewer labels', () => {
    const range = lastOf('month', NOW);
    expect(ticks(range, 320).length).toBeLessThanOrEqual(4);
    expect(ticks(range, 1600).length).toBeGreaterThan(10);
  });
});

test('zooming keeps the place that is looked at, and the future is never shown', () => {
  const range = { from: NOW - DAY, to: NOW };
  const closer = zoomed(range, 0.5, NOW - 6 * HOUR, NOW);
  expect((NOW - 6 * HOUR - closer.from) / (closer.to - closer.from)).toBeCloseTo(0.75);
  expect(panned(range, 0.5, NOW)).toEqual(range);
  expect(panned(range, -0.5, NOW)).toEqual({ from: NOW - 1.5 * DAY, to: NOW - DAY / 2 });
  expect(zoomed(range, 1e9, NOW, NOW).to).toBe(NOW);
});

describe('the screen', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  async function open(add: HistoryEvent[] = events()) {
    const opened = await openWindow(main());
    opened.backend.log.know(roles).add(...add);
    opened.backend.log.chain = { is: 'intact', lines: 4711, unsealed: 0, removed: 0, restarted: null };
    await press('H', { ctrlKey: true, shiftKey: true });
    await screen.findByRole('heading', { name: 'Timeline' });
    await settled();
    return opened;
  }

  const events = () => [
    historyEvent('signed-in', NOW - 3 * HOUR, { identity: 'acme', person: 'mara@acme.example' }),
    sessionEvent('started', NOW - 2 * HOUR, role, until(NOW - HOUR)),
    sessionEvent('credentials-taken', NOW - 1.9 * HOUR, role, { taker: { by: 'process', program: 'terraform' } }),
    sessionEvent('renewal-failed', NOW - 1.5 * HOUR, role, { problem: 'sts-access-denied' }),
    sessionEvent('expired', NOW - HOUR, role),
  ];

  const list = () => screen.getByRole('listbox', { name: 'Events' });
  const chosen = () => document.getElementById(list().getAttribute('aria-activedescendant') ?? '')?.textContent ?? '';

  test('arrows go from event to event, and each is said', async () => {
    await open();
    list().focus();
    await settled();
    expect(chosen()).toContain('Signed in');
    await press('ArrowDown');
    expect(chosen()).toMatch(/Started|Credentials taken/);
    await press('End');
    expect(chosen()).toContain('Expired');
    await press('ArrowLeft');
    expect(chosen()).toContain('Renewal failed');
    const details = screen.getByRole('region', { name: 'Details' });
    expect(details).toHaveTextContent('sts-access-denied');
    await press('ArrowUp');
    expect(chosen()).toContain('Signed in');
    expect(document.activeElement).toBe(list());
  });

  test('the table says the same', async () => {
    await open();
    await click('Table');
    const rows = inside(screen.getByRole('table')).getAllByRole('row').slice(1);
    expect(rows.map((row) => inside(row).getByRole('rowheader').textContent)).toEqual([
      'Expired',
      'Renewal failed',
      'Credentials taken',
      'Started',
      'Signed in',
    ]);
    expect(rows[2]).toHaveTextContent('terraform, by credential_process');
  });

  test('filters leave what they name, and say so when that is nothing', async () => {
    const { backend } = await open();
    await click('Table');
    await click('Failures');
    expect(screen.queryByRole('rowheader', { name: 'Renewal failed' })).toBeNull();
    const search = screen.getByRole('searchbox', { name: 'Search events' });
    search.focus();
    await fireEvent.input(search, { target: { value: 'nothing like this' } });
    expect(screen.getByText(/Nothing in this time matches/)).toBeInTheDocument();
    await fireEvent.input(search, { target: { value: 'TERRA' } });
    expect(screen.getAllByRole('rowheader')).toHaveLength(1);
    await click('Export');
    await click('CSV for a spreadsheet', 'menuitem');
    const { args } = backend.calls.find((call) => call.command === 'export_history') as { args: { asked: { text: string; kinds: string[] }; format: string } };
    expect(args.format).toBe('csv');
    expect(args.asked.text).toBe('TERRA');
    expect(args.asked.kinds).toContain('started');
    expect(args.asked.kinds).not.toContain('failed');
    expect(screen.getByText(/saved to \/home\/mara\/Downloads/)).toBeInTheDocument();
    await click('Clear filters');
    expect(screen.getAllByRole('rowheader')).toHaveLength(5);
  });

  test('a whole log has a check mark, and a changed one says where and what to do', async () => {
    const { backend } = await open();
    expect(screen.getByText('Log unchanged: 4,711 lines')).toBeInTheDocument();
    const broken = problem('audit-broken', 'failed', '/home/mara/audit.jsonl: line 12: does not follow from the line before it', {
      hint: 'run `daypass logs restart`',
    });
    backend.log.chain = { is: 'broken', problem: broken };
    await press('Escape');
    await press('H', { ctrlKey: true, shiftKey: true });
    await settled();
    expect(screen.getByText(/line 12/)).toBeInTheDocument();
    expect(screen.getByText('daypass logs restart')).toBeInTheDocument();
  });

  test('what happens now comes in', async () => {
    const { backend } = await open();
    const before = backend.calls.filter((call) => call.command === 'history').length;
    backend.log.add(sessionEvent('stopped', NOW - 60_000, other));
    backend.emit({ type: 'catalog-changed' });
    await vi.waitFor(() => expect(backend.calls.filter((call) => call.command === 'history').length).toBeGreaterThan(before));
    await settled();
    await click('Table');
    expect(screen.getByRole('rowheader', { name: 'Stopped' })).toBeInTheDocument();
  });

  test('Escape leads back to the roles', async () => {
    await open();
    list().focus();
    await press('Escape');
    expect(screen.queryByRole('heading', { name: 'Timeline' })).toBeNull();
    expect(document.activeElement).not.toBe(document.body);
  });

  test('axe finds nothing in the picture, in the table, or when nothing happened', async () => {
    const { container } = await open();
    const faults = async () => (await axe.run(container, { rules: { 'color-contrast': { enabled: false } } })).violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(' ')}`);
    list().focus();
    await settled();
    expect(await faults()).toEqual([]);
    await click('Table');
    expect(await faults()).toEqual([]);
    for (const name of ['Failures', 'Starts', 'Ends', 'Sign-ins', 'Taken by programs']) await click(name);
    expect(await faults()).toEqual([]);
  });
});
