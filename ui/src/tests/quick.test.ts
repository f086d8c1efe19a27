/** The quick switch on a fake backend: what Enter, its variants and Escape do, and what a person is told. */
import { render, screen, within } from '@testing-library/svelte';
import axe from 'axe-core';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeBackend } from '../lib/fake-backend';
import { empty, main, scenario } from '../lib/fake-scenarios';
import { FakeQuick } from '../quick/fake-quick';
import Quick from '../quick/Quick.svelte';
import { STAYS } from '../quick/quick-state.svelte';
import { press, settled, type } from './window';

const writeText = vi.fn<(text: string) => Promise<void>>();

beforeEach(() => {
  writeText.mockReset().mockResolvedValue(undefined);
  Object.defineProperty(navigator, 'clipboard', { value: { writeText }, configurable: true });
});

const field = () => screen.getByRole<HTMLInputElement>('combobox', { name: 'Find a role to start' });
const chosen = () => document.getElementById(field().getAttribute('aria-activedescendant') ?? '');
const labels = () => screen.getAllByRole('option').map((option) => option.textContent.replace(/\s+/g, ' ').trim());

async function open(state = main(), change: (main: FakeBackend) => void = () => undefined) {
  const fake = new FakeBackend(state);
  change(fake);
  const backend = new FakeQuick(fake);
  const { container } = render(Quick, { backend });
  await settled();
  return { backend, container };
}

const did = (backend: FakeQuick) => backend.asked.filter((what) => what !== 'ready');

describe('what is listed', () => {
  it('begins with what runs, then favourites and recent roles, each once', async () => {
    const state = main();
    const [first, second] = state.roles.filter((role) => !state.sessions.some((one) => one.roleId === role.id));
    const running = state.sessions[0];
    if (!first || !second || !running) throw new Error('the scenario has too little');
    const ids = [first.id, running.roleId];
    await open({ ...state, recentRoles: [running.roleId, second.id, first.id] }, (fake) => (fake.favourites = ids));
    const titles = screen.getAllByRole('group').map((group) => group.getAttribute('aria-label'));
    expect(titles.slice(0, 3)).toEqual(['Running', 'Favourites', 'Recent']);
    const [, favourites, recent] = screen.getAllByRole('group');
    expect(within(favourites as HTMLElement).getAllByRole('option')).toHaveLength(1);
    expect(within(recent as HTMLElement).getAllByRole('option')).toHaveLength(1);
    expect(new Set(labels()).size).toBe(labels().length);
  });

  it('says that it is ready once it has something to show', async () => {
    const { backend } = await open();
    expect(backend.asked).toEqual(['ready']);
    expect(field()).toHaveFocus();
  });

  it('is told when nothing matches, and when there is nothing', async () => {
    await open(empty());
    expect(screen.getByText(/appear here once you add them/)).toBeVisible();
    await type(field(), 'qqq');
    await settled();
    expect(screen.getByText('Nothing matches “qqq”.')).toBeVisible();
  });

  it('drops an answer that comes after a later one', async () => {
    const { backend } = await open();
    const ranked = backend.main.rolesRanked;
    let release = () => {};
    backend.rolesRanked = async (query, ...rest) => {
      if (query === 'billing') await new Promise<void>((go) => (release = go));
      return ranked(query, ...rest);
    };
    await type(field(), 'billing');
    await type(field(), 'qqq');
    await settled();
    release();
    await settled();
    expect(screen.queryAllByRole('option')).toHaveLength(0);
  });
});

describe('keys', () => {
  it('Enter starts the chosen role, says so and then goes', async () => {
    const { backend } = await open();
    await type(field(), 'billing');
    await settled();
    const name = chosen()?.textContent ?? '';
    expect(name).toContain('Billing');
    vi.useFakeTimers();
    await press2('Enter');
    expect(did(backend)[0]).toMatch(/^start .*Billing/);
    expect(screen.getByText(/^Started .* Enter copies --profile /)).toBeVisible();
    await vi.advanceTimersByTimeAsync(STAYS.started + 50);
    expect(did(backend).at(-1)).toBe('hide');
    vi.useRealTimers();
  });

  it('are not lost before the field has the focus, nor before a search is answered', async () => {
    const { backend } = await open();
    field().blur();
    await press('Escape');
    expect(did(backend)).toEqual(['hide']);
    field().blur();
    await press('b');
    expect(field(), 'what is typed goes into the field').toHaveFocus();
    const ranked = backend.main.rolesRanked;
    let answer = () => {};
    backend.rolesRanked = async (...asked) => {
      await new Promise<void>((go) => (answer = go));
      return ranked(...asked);
    };
    await type(field(), 'billing');
    await press('Enter');
    expect(did(backend), 'it waits for the answer').toEqual(['hide']);
    answer();
    await settled();
    expect(did(backend)[1]).toMatch(/^start .*Billing/);
  });

  it('Enter on a role that runs copies how a tool gets it', async () => {
    const { backend } = await open();
    await press('Enter');
    const running = backend.main.state.sessions.map((session) => session.profile);
    const [[text]] = writeText.mock.calls as [[string]];
    expect(running.map((profile) => `--profile ${profile}`)).toContain(text);
    expect(screen.getByText(`Copied ${text}`)).toBeVisible();
    expect(did(backend)).toEqual([]);
  });

  it('a second Enter after a start copies the profile', async () => {
    const { backend } = await open();
    await type(field(), 'billing');
    await settled();
    await press('Enter');
    await press('Enter');
    expect(did(backend).filter((what) => what.startsWith('start'))).toHaveLength(1);
    expect(writeText).toHaveBeenCalledOnce();
  });

  it('Ctrl+Enter opens the console and goes, Alt+Enter shows the role, Escape goes', async () => {
    const { backend } = await open();
    await press('ArrowDown');
    await press('ArrowDown');
    await press('ArrowUp');
    const id = backend.main.state.sessions.map((one) => one.roleId);
    await press('Enter', { ctrlKey: true });
    expect(did(backend)[0]).toMatch(/^console /);
    expect(id.some((role) => did(backend)[0]?.endsWith(role))).toBe(true);
    expect(did(backend)[1]).toBe('hide');
    await press('Enter', { altKey: true });
    expect(did(backend).at(-1)).toMatch(/^show /);
    await press('Escape');
    expect(did(backend).at(-1)).toBe('hide');
  });

  it('a pasted page opens as the role that reaches it', async () => {
    const page = 'https://eu-west-1.console.aws.amazon.com/s3/home';
    const { backend } = await open();
    await type(field(), ` ${page} billing`);
    await settled();
    expect(screen.getByRole('group', { name: 'Roles that reach this page' })).toBeVisible();
    await press('Enter');
    expect(did(backend)[0]).toMatch(/^console .*Billing/);
    expect(did(backend)[0]?.endsWith(` ${page}`)).toBe(true);
  });

  it('a pasted link is handed to the main window, which asks', async () => {
    const { backend } = await open();
    await type(field(), 'daypass://start/Billing');
    await settled();
    expect(screen.getByText(/^Press Enter to follow this link/)).toBeVisible();
    await press('Enter');
    expect(did(backend)).toEqual(['link daypass://start/Billing']);
  });

  it('says why a pasted page leads to no role', async () => {
    const { backend } = await open();
    const why = { kind: 'invalid', code: 'page-without-account', message: 'it doesn’t say in which account it is', hint: null, next: null };
    backend.rolesReaching = () => Promise.reject(why as never);
    await type(field(), 'https://example.org/');
    await settled();
    expect(screen.getByRole('alert')).toHaveTextContent(why.message);
    expect(screen.queryAllByRole('option')).toHaveLength(0);
  });

  it('starts from nothing the next time', async () => {
    const { backend } = await open();
    await type(field(), 'qqq');
    await settled();
    await press('Escape');
    await settled();
    expect(field()).toHaveValue('');
    expect(labels().length).toBeGreaterThan(2);
    backend.comes();
    await settled();
    expect(field()).toHaveFocus();
  });
});

describe('what goes wrong', () => {
  it('is told with a way to the main window', async () => {
    const { backend } = await open();
    const refused = { kind: 'refused', code: 'unknown-role', message: 'AWS refused this role', hint: null, next: null };
    backend.refuses = refused as unknown as NonNullable<typeof backend.refuses>;
    await type(field(), 'billing');
    await settled();
    await press('Enter');
    const alert = screen.getByRole('alert');
    expect(alert).toHaveTextContent('AWS refused this role');
    backend.refuses = null;
    within(alert).getByRole('button', { name: 'Open Daypass' }).click();
    await settled();
    expect(did(backend).at(-1)).toMatch(/^show .*Billing/);
    await press('ArrowDown');
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('names what no page can make invisible', async () => {
    const state = main();
    const role = state.roles[0];
    if (!role) throw new Error('no role');
    const hostile = { ...role, id: `${role.id}x`, name: 'a'.repeat(200), accountName: '\u202Eevil\u202C '.repeat(20) };
    await open({ ...state, roles: [hostile], sessions: [] });
    expect(screen.getAllByRole('option')).toHaveLength(1);
    expect(document.querySelectorAll('[role=option] bdi').length).toBeGreaterThan(1);
  });
});

describe('access', () => {
  it.each([
    ['main', main],
    ['empty', empty],
    ['problems', () => scenario('problems').state],
  ])('has nothing for axe to find: %s', async (_name, state) => {
    const { container } = await open(state());
    const { violations } = await axe.run(container, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } });
    expect(violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
  });
});

/** As `press`, with timers that stand still. */
async function press2(key: string) {
  document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  await vi.advanceTimersByTimeAsync(100);
}
