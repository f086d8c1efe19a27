/** Who took a session's credentials last. */
import { screen } from '@testing-library/svelte';
import { describe, expect, test } from 'vitest';
import type { LastUse } from '../bindings/LastUse';
import type { SessionView } from '../bindings/SessionView';
import { FakeBackend } from '../lib/fake-backend';
import { main } from '../lib/fake-scenarios';
import { LastUses } from '../lib/last-uses.svelte';
import { Store } from '../lib/store.svelte';
import { lastUse } from '../words/last-use';
import { openWindow, settled } from './window';

const [session] = main().sessions as [SessionView];
const NOW = Date.UTC(2026, 10, 26, 12);
const use = (minutes: number, program: string, more: Partial<LastUse> = {}): LastUse => ({
  profile: session.profile,
  roleId: session.roleId,
  at: new Date(NOW - minutes * 60_000).toISOString(),
  taker: { by: 'process', program },
  ...more,
});

async function uses(...known: LastUse[]) {
  const backend = new FakeBackend(main());
  backend.log.lastUses = known;
  const store = new Store(backend);
  await store.connect();
  const lastUses = new LastUses(backend, store);
  await settled();
  return { backend, of: () => lastUses.of(session)?.taker.program ?? null };
}

describe('the last use', () => {
  test('is what the broker knows, and then what it tells', async () => {
    const { backend, of } = await uses(use(5, 'aws'));
    expect(of()).toBe('aws');
    backend.emit({ type: 'credentials-taken', taken: use(1, 'terraform') });
    expect(of()).toBe('terraform');
    backend.emit({ type: 'credentials-taken', taken: use(3, 'late') });
    expect(of()).toBe('terraform');
  });

  test('names the folder, and what started the program', () => {
    const details = { name: 'aws', process: 7, executable: '/usr/bin/aws', parents: [{ name: 'zsh', process: 6 }, { name: 'konsole', process: 5 }] };
    const taker = { by: 'process' as const, program: 'aws', details };
    expect(lastUse.line(use(2, 'aws', { taker, folder: '~/shop' }), NOW)).toBe('aws in ~/shop, 2 min. ago');
    expect(lastUse.parents(taker)).toBe('by zsh, in konsole');
    expect(lastUse.facts(taker)).toEqual([
      { label: 'Started', value: 'by zsh, in konsole' },
      { label: 'Runs', value: '/usr/bin/aws' },
    ]);
  });

  test('is of the role that runs, and of no other that had the profile', async () => {
    const { of } = await uses(use(5, 'aws', { roleId: 'acme:arn:aws:iam::104928374651:role/Other' }));
    expect(of()).toBe(null);
  });

  test('is said with the time since, and without a program where the system tells none', () => {
    expect(lastUse.line(use(0.5, 'terraform'), NOW)).toBe('terraform, just now');
    expect(lastUse.line(use(2, 'terraform'), NOW)).toBe('terraform, 2 min. ago');
    expect(lastUse.line(use(60 * 5, 'aws'), NOW)).toBe('aws, 5 hr. ago');
    expect(lastUse.line(use(2, '', { taker: { by: 'variables' } }), NOW)).toMatch(/^Environment variables, /);
  });
});

test('what runs says who used it last, to a screen reader too', async () => {
  const { backend } = await openWindow(main());
  const line = () => screen.getAllByRole('option', { name: new RegExp(session.profile) })[0] as HTMLElement;
  expect(line()).not.toHaveAccessibleName(/last used/);
  backend.emit({ type: 'credentials-taken', taken: { ...use(0, 'terraform'), at: new Date(Date.now() - 130_000).toISOString() } });
  await settled();
  expect(line()).toHaveAccessibleName(/last used by terraform, 2 min\. ago/);
  expect(line()).toHaveTextContent('terraform, 2 min. ago');
});
