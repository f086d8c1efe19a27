/** The window says what is: sessions, durations, the clock. And nothing is lost by a key that was pressed too much. */
import { screen, waitFor, within } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import type { Event } from '../bindings/Event';
import type { RoleView } from '../bindings/RoleView';
import type { SessionView } from '../bindings/SessionView';
import { FakeBackend, identityView, roleView, sessionView } from '../lib/fake-backend';
import { empty, kinds, locked, main, problem } from '../lib/fake-scenarios';
import { Store } from '../lib/store.svelte';
import { clockError, lifetime, timeLeft } from '../lib/time';
import { chosenOption, click, heard, lastAsked, openWindow, pickKind, press, searchField, settled, type } from './window';

const rail = () => within(screen.getByRole('navigation', { name: 'Identities' }));
const detail = () => within(screen.getByRole('complementary', { name: 'Chosen role' }));
const undo = () => screen.queryByRole('button', { name: 'Undo' });

describe('a sign-out', () => {
  it('asks about running sessions, and ends none by itself', async () => {
    const { backend } = await openWindow(main());
    await click('Sign out');
    const dialog = screen.getByRole('dialog', { name: 'Sign out of acme?' });
    expect(within(dialog).getByRole('button', { name: 'Cancel' })).toHaveFocus();
    expect(dialog).toHaveTextContent('Also stop these 3 sessions?');
    // Its roles go with the sign-in, as those of an Identity Center do.
    backend.state = { ...backend.state, roles: [] };
    backend.revision++;
    await click('Sign out only');
    expect(backend.asked).toEqual(['sign_out']);
    expect(heard('Running'), 'every session is listed').toHaveLength(3);
    expect(heard('Accounts')).toHaveLength(3);
    await click('Running');
    expect(heard('Accounts')).toHaveLength(3);
    expect(screen.queryByRole('button', { name: /Set terms|Edit role/ })).toBeNull();
    await press('Enter', { shiftKey: true });
    expect(heard('Running'), 'what only ran is gone once it stops').toHaveLength(2);
    expect(heard('Accounts')).toHaveLength(2);
  });

  it('stops the sessions of the identity, and of those that it signs in for', async () => {
    const state = main();
    const pool = identityView('pool', { kind: 'cognito', identity: 'acme', pool_id: 'x', account: '1' } as never);
    const role = roleView('arn:aws:iam::104928374651:role/App', 'pool');
    state.identities.push(pool);
    state.roles.push(role);
    state.sessions.push(sessionView(role, 'app', 'active', Date.now(), 3600));
    const { backend } = await openWindow(state);
    await click('Sign out');
    await click('Also stop its 4 sessions');
    expect(backend.asked).toEqual(['stop', 'stop', 'stop', 'stop', 'sign_out']);
    expect(backend.state.sessions).toEqual([]);
    expect(undo()).toBeInTheDocument();
  });

  it('asks nothing where nothing runs', async () => {
    const { backend } = await openWindow({ ...main(), sessions: [] });
    await click('Sign out');
    expect(backend.asked).toEqual(['sign_out']);
  });
});

describe('answers and events', () => {
  type Step = { answer: SessionView } | { event: Event };

  /** All orders in which both arrive: events among themselves keep theirs. */
  function* orders(answers: Step[], events: Step[]): Generator<Step[]> {
    if (answers.length === 0) return void (yield events);
    if (events.length === 0) return void (yield answers);
    const [answer, event] = [answers[0] as Step, events[0] as Step];
    for (const rest of orders(answers.slice(1), events)) yield [answer, ...rest];
    for (const rest of orders(answers, events.slice(1))) yield [event, ...rest];
  }

  it('end in the same state, whichever comes first', async () => {
    const role = main().roles[3] as RoleView;
    const of = (state: SessionView['state']) => sessionView(role, 'mine', state, Date.now(), state === 'starting' ? null : 3600);
    const event = (change: 'requested' | 'started' | 'stopped', state: SessionView['state']): Step => ({
      event: { type: 'session-changed', change, session: of(state) },
    });
    const start = [event('requested', 'starting'), event('started', 'active')];
    const stop = [event('stopped', 'stopped')];
    const truths: [Step[], boolean][] = [
      [start, true],
      [[...start, ...stop], false],
      [[event('requested', 'starting'), ...stop], false],
      [[...start, ...stop, ...start], true],
      [[...start, ...stop, ...start, ...stop], false],
    ];
    let tried = 0;
    for (const [events, runs] of truths) {
      for (const answer of [of('active'), of('starting')]) {
        for (const order of orders([{ answer }], events)) {
          const store = new Store(new FakeBackend({ ...main(), sessions: [] }));
          await store.load();
          const asked = store.told('mine');
          for (const step of order) {
            if ('event' in step) store.apply(step.event);
            else store.answered(step.answer, asked);
          }
          const told = order.map((step) => ('event' in step ? step.event.type === 'session-changed' && step.event.change : 'answer'));
          expect(store.sessions.has('mine'), told.join(' ')).toBe(runs);
          tried++;
        }
      }
    }
    expect(tried).toBeGreaterThan(30);
  });

  it('leave no ghost of a start that was stopped before its answer came', async () => {
    const { backend } = await openWindow({ ...main(), sessions: [] });
    const role = backend.state.roles[0] as RoleView;
    const running = sessionView(role, role.profile, 'active', Date.now(), 43_200);
    backend.start = async () => {
      backend.changeSession('requested', { ...running, state: 'starting', expiresAt: null });
      backend.changeSession('started', running);
      backend.changeSession('stopped', { ...running, state: 'stopped' });
      await settled();
      return { is: 'done', value: running };
    };
    await type(searchField(), 'developer 104928374651');
    await press('Enter');
    await settled();
    expect(screen.queryByRole('timer')).toBeNull();
    expect(screen.getByRole('button', { name: 'Start' })).toBeEnabled();
  });

  it('take a session that the broker does not know as gone', async () => {
    for (const button of ['Stop', 'Renew now']) {
      document.body.innerHTML = '';
      const { backend } = await openWindow(main());
      const { profile } = backend.state.sessions[0] as SessionView;
      backend.unknown.add(profile);
      backend.state = { ...backend.state, sessions: backend.state.sessions.slice(1) };
      await type(searchField(), profile);
      await click(button);
      await settled();
      expect(detail().getByRole('button', { name: 'Start' })).toBeEnabled();
      expect(undo(), 'there is nothing to take back').toBeNull();
    }
  });
});

describe('what runs', () => {
  it('says which sessions have credentials', async () => {
    const state = main();
    const [one, two, three] = state.sessions as [SessionView, SessionView, SessionView];
    const none = { expiresAt: null, expiresHere: null, issuedAt: null, renewsAt: null };
    state.sessions = [one, { ...two, state: 'expired', ...none }, { ...three, state: 'failed', ...none }];
    await openWindow(state);
    expect(heard('Running'), 'those that failed are there to be dealt with').toHaveLength(3);
    expect(heard('Running').filter((text) => text.includes(', Active, '))).toHaveLength(1);
  });

  it('counts what runs, and beside it what needs the person', async () => {
    const state = main();
    const [one, two, three] = state.sessions as [SessionView, SessionView, SessionView];
    const head = () => screen.getByText('Running', { selector: 'b' }).textContent?.replace(/\s+/g, ' ').trim();
    const { backend } = await openWindow({ ...state, sessions: [one, { ...two, state: 'renewing' }, { ...three, state: 'failed' }] });
    expect(head()).toBe('Running 2 1 needs you');
    backend.changeSession('failed', { ...two, state: 'failed' });
    await settled();
    expect(head()).toBe('Running 1 2 need you');
    await click('Running');
    expect(heard('Accounts'), 'the filter means the same').toHaveLength(1);
  });
});

describe('a start that came to nothing', () => {
  it('is no failure if the person stopped it', async () => {
    const { backend } = await openWindow({ ...main(), sessions: [] });
    const role = backend.state.roles[0] as RoleView;
    const starting = sessionView(role, role.profile, 'starting', Date.now(), null);
    backend.changeSession('requested', starting);
    await type(searchField(), 'developer 104928374651');
    await click('Stop');
    expect(screen.queryByText('Failed')).toBeNull();
    expect(undo(), 'it never had credentials').toBeNull();
    expect(detail().getByRole('button', { name: 'Start' })).toBeEnabled();
  });

  it('can be dismissed', async () => {
    const { backend } = await openWindow({ ...main(), sessions: [] });
    const role = backend.state.roles[0] as RoleView;
    const refused = problem('sts-access-denied', 'refused', 'not authorized');
    const failed = { ...sessionView(role, role.profile, 'failed', Date.now(), null), problem: refused };
    backend.emit({ type: 'session-changed', change: 'failed', session: failed });
    await settled();
    await type(searchField(), 'developer 104928374651');
    expect(detail().getByText('Failed')).toBeInTheDocument();
    await click('Dismiss');
    expect(detail().queryByText('Failed')).toBeNull();
  });
});

describe('a profile that another role has', () => {
  it('is not taken over without a word', async () => {
    const state = main();
    const twin = { ...(state.roles[0] as RoleView), identity: 'northwind', id: 'northwind:x', profile: 'shared' };
    state.roles[0] = { ...(state.roles[0] as RoleView), profile: 'shared' };
    state.roles.push(twin);
    state.identities = state.identities.map((one) => ({ ...one, state: 'signed-in' }));
    state.sessions = [sessionView(state.roles[0], 'shared', 'active', Date.now(), 3600)];
    const { backend } = await openWindow(state);
    await type(searchField(), 'northwind developer');
    await press('Enter');
    const dialog = screen.getByRole('dialog', { name: 'Profile shared is in use' });
    expect(dialog).toHaveTextContent('Developer (acme) is running under profile shared');
    expect(backend.asked).toEqual([]);
    await press('Escape');
    expect(backend.asked).toEqual([]);
    await press('Enter');
    await click('Stop it and start Developer');
    expect(backend.asked).toEqual(['start']);
  });

  it('keeps the name that the person typed, after a stop and a new window', async () => {
    const { backend } = await openWindow({ ...main(), sessions: [] });
    await type(searchField(), 'developer 104928374651');
    await type(screen.getByRole('textbox', { name: 'Profile' }), 'mine');
    await settled();
    screen.getByRole('textbox', { name: 'Profile' }).focus();
    await press('Enter');
    expect(lastAsked(backend)?.args, 'Enter in the field starts').toMatchObject({ profile: 'mine' });
    await click('Stop');
    const kept = { ...localStorage } as Record<string, string>;
    document.body.innerHTML = '';
    const clear = vi.spyOn(Storage.prototype, 'clear').mockImplementation(() => undefined);
    for (const [key, value] of Object.entries(kept)) localStorage.setItem(key, value);
    await openWindow({ ...main(), sessions: [] });
    clear.mockRestore();
    await type(searchField(), 'developer 104928374651');
    expect(screen.getByRole('textbox', { name: 'Profile' })).toHaveValue('mine');
  });
});

describe('keys', () => {
  it('never stop a running session by Enter, and say what does', async () => {
    const { backend } = await openWindow(main());
    await press('Enter');
    await press('Enter');
    expect(backend.asked).toEqual([]);
    expect(screen.getAllByText(/is running\. Shift\+Enter stops it/)).toHaveLength(1);
    chosenOption()?.dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
    await press('k', { ctrlKey: true });
    await press('Enter');
    expect(backend.asked).not.toContain('stop');
  });

  it('stop by one of their own, and take that back', async () => {
    const { backend } = await openWindow(main());
    const before = backend.state.sessions.map((one) => one.profile).sort();
    await press('Enter', { shiftKey: true });
    expect(backend.asked).toEqual(['stop']);
    expect(backend.state.sessions).toHaveLength(2);
    undo()?.click();
    await settled();
    expect(backend.asked).toEqual(['stop', 'undo_stop']);
    expect(backend.state.sessions.map((one) => one.profile).sort()).toEqual(before);
    expect(undo()).toBeNull();
  });

  it('do not stop what does not run', async () => {
    const { backend } = await openWindow({ ...main(), sessions: [] });
    await press('Enter', { shiftKey: true });
    expect(backend.asked).toEqual([]);
  });

  it('sign in where that is what a session waits for', async () => {
    const { backend } = await openWindow(main());
    const spent = problem('oidc-sign-in-spent', 'needs-sign-in', 'spent');
    backend.changeSession('sign-in-needed', { ...(backend.state.sessions[0] as SessionView), state: 'needs-sign-in', problem: spent });
    await settled();
    await press('Enter');
    expect(backend.asked).toEqual(['sign_in']);
  });

  it('ask before they stop all', async () => {
    const { backend } = await openWindow(main());
    await press('k', { ctrlKey: true });
    await type(screen.getByRole('combobox', { name: /Search commands/ }), 'stop all');
    await press('Enter');
    const dialog = screen.getByRole('dialog', { name: 'Stop all 3 sessions?' });
    expect(within(dialog).getByRole('button', { name: 'Cancel' })).toHaveFocus();
    await press('Escape');
    expect(backend.asked).toEqual([]);
    backend.navigate({ to: 'sign-out', identity: 'acme' });
    await settled();
    expect(screen.getByRole('dialog', { name: 'Sign out of acme?' })).toBeInTheDocument();
    await click('Cancel');
    backend.navigate({ to: 'stop-all' });
    await settled();
    await click('Stop all');
    expect(backend.asked).toEqual(['stop_all']);
    undo()?.click();
    await settled();
    expect(backend.state.sessions).toHaveLength(3);
  });

  it('make everything larger and smaller, in dialogs too, and remember it', async () => {
    const { backend } = await openWindow(main());
    const factors = () => backend.calls.filter(({ command }) => command === 'set_zoom').map(({ args }) => (args as { factor: number }).factor);
    await press('+', { ctrlKey: true });
    await press('/', { ctrlKey: true });
    await press('=', { metaKey: true });
    await press('-', { ctrlKey: true });
    await press('0', { ctrlKey: true });
    expect(factors()).toEqual([1.1, 1.25, 1.1, 1]);
    await press('+', { ctrlKey: true });
    await press('+', { ctrlKey: true });
    await waitFor(() => expect(backend.config.file.get('window.text_size')).toBe('125%'));
    expect(new Set(backend.asked)).toEqual(new Set(['put_setting']));
  });
});

describe('the focus', () => {
  it('is in the field for the address at the first start, and comes back there', async () => {
    await openWindow(empty());
    const first = screen.getByRole('textbox', { name: 'Paste the address your company gave you' });
    expect(first).toHaveFocus();
    await press('n', { ctrlKey: true });
    await press('Escape');
    expect(first).toHaveFocus();
  });

  it('goes into a sheet and a drawer', async () => {
    const widths = { '(width < 900px)': true, '(width < 720px)': true } as Record<string, boolean>;
    vi.stubGlobal('matchMedia', (query: string) => ({ matches: widths[query] ?? false, addEventListener() {}, removeEventListener() {} }));
    await openWindow(main());
    await press('Enter', { altKey: true });
    expect(screen.getByRole('button', { name: 'Back to the list' })).toHaveFocus();
    await press('Escape');
    expect(searchField()).toHaveFocus();
    await click('Identities');
    expect(rail().getByRole('button', { name: 'Add identity' })).toHaveFocus();
    await press('Escape');
    expect(searchField()).toHaveFocus();
    vi.unstubAllGlobals();
  });

  it('has two columns between 720 and 900 pixels', async () => {
    vi.stubGlobal('matchMedia', (query: string) => ({ matches: query === '(width < 900px)', addEventListener() {}, removeEventListener() {} }));
    await openWindow(main());
    expect(screen.queryByRole('navigation')).toBeNull();
    expect(screen.getByRole('complementary', { name: 'Chosen role' })).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Identities' })).toBeInTheDocument();
    vi.unstubAllGlobals();
  });
});

describe('suggestions', () => {
  const region = () => screen.getByRole<HTMLInputElement>('combobox', { name: 'Region' });
  const options = () => within(screen.getByRole('dialog')).queryAllByRole('option').filter((one) => one.closest('[aria-label=Suggestions]'));

  it('leave the first Enter to the form', async () => {
    const { backend } = await openWindow(main());
    await click('Add role');
    await type(screen.getByRole('textbox', { name: 'Role ARN' }), 'arn:aws:iam::104928374651:role/New');
    region().focus();
    await type(region(), 'eu-c');
    expect(options().map((one) => one.textContent?.trim())).toEqual(['eu-central-1', 'eu-central-2']);
    const event = new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true });
    expect(region().dispatchEvent(event), 'Enter is the form’s').toBe(true);
    await settled();
    expect(options()).toEqual([]);
    expect(backend.asked).toEqual([]);
  });

  it('are taken by arrow and Enter, and closed by Escape', async () => {
    await openWindow(main());
    await click('Add role');
    region().focus();
    await type(region(), 'eu-c');
    await press('ArrowDown');
    await press('ArrowDown');
    await press('Enter');
    expect(region()).toHaveValue('eu-central-2');
    await type(region(), 'us');
    await press('Escape');
    expect(options()).toEqual([]);
    expect(screen.getByRole('dialog')).toBeInTheDocument();
  });
});

describe('durations', () => {
  const portal = async () => {
    const window = await openWindow({ ...kinds(), sessions: [] });
    const role = roleView('arn:aws:iam::104928374651:role/aws-reserved/sso.amazonaws.com/Ops', 'acme', {
      profile: 'ops',
      usualDuration: null,
      source: 'discovered',
    });
    window.backend.state = { ...window.backend.state, roles: [...window.backend.state.roles, role] };
    window.backend.emit({ type: 'catalog-changed' });
    await settled();
    await type(searchField(), 'ops');
    return { ...window, role };
  };

  it('that AWS sets are not guessed, and told once a session ran', async () => {
    const { backend, role } = await portal();
    expect(detail().getByText('AWS sets how long it lasts')).toBeInTheDocument();
    const running = sessionView(role, 'ops', 'active', Date.now(), 8 * 3600);
    backend.changeSession('started', { ...running, assumedRole: null });
    await settled();
    expect(detail().getByText('Lasts 8 hours, as AWS decides')).toBeInTheDocument();
    expect(detail().queryByText('Acting as')).toBeNull();
    backend.changeSession('stopped', { ...running, state: 'stopped' });
    await settled();
    expect(detail().getByText('AWS sets how long it lasts. Last time: 8 hours')).toBeInTheDocument();
    expect(detail().getByText('Renews automatically once it’s running')).toBeInTheDocument();
  });

  it('and other terms are not offered where AWS refuses them', async () => {
    await portal();
    await click('Set terms');
    await settled();
    const dialog = within(screen.getByRole('dialog'));
    expect(dialog.getByRole('textbox', { name: 'Profile' })).toBeInTheDocument();
    for (const name of ['Duration', 'Session name', 'Inline session policy', 'External ID', 'Source identity']) {
      expect(dialog.queryByLabelText(name), name).toBeNull();
    }
    expect(dialog.queryByText('More terms')).toBeNull();
  });

  it('are those of the session that runs', async () => {
    const { backend } = await openWindow({ ...main(), sessions: [] });
    const role = backend.state.roles[0] as RoleView;
    backend.changeSession('started', sessionView(role, role.profile, 'active', Date.now(), 4 * 3600));
    await type(searchField(), 'developer 104928374651');
    expect(detail().getByText('Lasts 4 hours')).toBeInTheDocument();
  });

  it('in words', () => {
    const of = (seconds: number) => lifetime({ issuedAt: new Date(0).toISOString(), expiresHere: new Date(seconds * 1000).toISOString() });
    expect([30, 900, 3599, 3600, 5400, 43_200].map(of)).toEqual(['30s', '15m', '1h', '1h', '1h 30m', '12h']);
  });
});

describe('the time left', () => {
  it('is told to the minute, and to the second only at its end', () => {
    const of = (seconds: number) => timeLeft(new Date(seconds * 1000).toISOString(), 0);
    expect([43_200, 5_399, 3_600, 3_599, 120, 119, 7].map(of)).toEqual(['12 h 00 min', '1 h 29 min', '1 h 00 min', '59 min', '2 min', '1:59', '0:07']);
  });

  it('changes nothing in the window from one second to the next', async () => {
    vi.useFakeTimers({ now: Date.parse('2026-03-01T12:00:10Z'), shouldAdvanceTime: true });
    const { container } = await openWindow(main());
    let changes = 0;
    const watcher = new MutationObserver((records) => (changes += records.length));
    watcher.observe(container, { subtree: true, childList: true, characterData: true, attributes: true });
    await vi.advanceTimersByTimeAsync(20_000);
    watcher.disconnect();
    vi.useRealTimers();
    expect(changes, 'a change each second is painted each second').toBeLessThan(20);
  });
});

describe('a clock that is wrong', () => {
  const behind = (session: SessionView, minutes: number): SessionView => ({
    ...session,
    expiresAt: new Date(Date.parse(session.expiresHere ?? '') + minutes * 60_000).toISOString(),
  });

  it('is told, and the time left counts by AWS’s', async () => {
    const state = main();
    const role = state.roles[0] as RoleView;
    state.sessions = [behind(sessionView(role, role.profile, 'active', Date.now(), 43_200), 10)];
    await openWindow(state);
    expect(screen.getByText('Your clock is 10 minutes behind')).toBeInTheDocument();
    expect(screen.getByRole('timer').textContent).toMatch(/^(12 h 00 min|11 h 59 min)$/);
    document.body.innerHTML = '';
    state.sessions = state.sessions.map((one) => behind(one, -3));
    await openWindow(state);
    expect(screen.getByText('Your clock is 3 minutes ahead')).toBeInTheDocument();
  });

  it('is not called so for seconds', async () => {
    expect(clockError([])).toBe(0);
    const state = main();
    state.sessions = state.sessions.map((one) => behind(one, 0.3));
    await openWindow(state);
    expect(screen.queryByText(/Your clock is/)).toBeNull();
  });
});

describe('a mistake in config.toml at the start', () => {
  it('shows no welcome, and no form that cannot save', async () => {
    const mistake = problem('config-mistake', 'invalid', 'config.toml, line 3: unknown field');
    const { backend } = await openWindow({ ...empty(), configProblem: mistake });
    expect(screen.queryByText('Welcome to Daypass')).toBeNull();
    expect(screen.getByRole('heading', { name: 'Fix your config file to continue' })).toBeInTheDocument();
    expect(screen.getByText('config.toml, line 3: unknown field')).toBeInTheDocument();
    await press('n', { ctrlKey: true });
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(document.activeElement).toHaveTextContent('Open config file');
    document.activeElement?.dispatchEvent(new MouseEvent('click', { bubbles: true }));
    await settled();
    expect(backend.asked).toEqual(['open_config_file']);
    // Saved without it.
    backend.state = main();
    backend.emit({ type: 'catalog-changed' });
    await settled();
    expect(searchField()).toHaveFocus();
  });

  it('shows what runs all the same', async () => {
    const state = main();
    const mistake = problem('config-mistake', 'invalid', 'config.toml, line 3: unknown field');
    await openWindow({ ...empty(), sessions: state.sessions, configProblem: mistake });
    expect(heard('Running')).toHaveLength(3);
  });
});

describe('a machine without a keyring', () => {
  it('is told at the first start, with a remedy', async () => {
    const vaultProblem = problem('keyring-absent', 'failed', 'there is no keyring for the vault’s key');
    const { backend } = await openWindow({ ...empty(), vaultProblem });
    await click('Keep the key in a file…');
    const dialog = screen.getByRole('dialog', { name: 'Keep the vault’s key in a file?' });
    expect(within(dialog).getByRole('button', { name: 'Cancel' })).toHaveFocus();
    expect(backend.asked).toEqual([]);
    await click('Keep it in a file');
    expect(backend.asked).toEqual(['keep_key_in_file']);
    expect(screen.queryByText('No keyring was found')).toBeNull();
  });
});

describe('a vault that was locked', () => {
  it('is told, and unlocked from there', async () => {
    const { backend } = await openWindow(locked());
    expect(screen.getByText('Your vault is locked')).toBeVisible();
    expect(screen.queryByRole('button', { name: 'Sign in' }), 'unlocking comes before it').toBeNull();
    expect(screen.getAllByText('Locked', { selector: 'nav *' })).toHaveLength(main().identities.length);
    expect(screen.queryByText('Not started'), 'that isn’t known').toBeNull();
    expect(screen.queryByRole('button', { name: 'Start' })).toBeNull();
    const strip = within(screen.getByRole('region', { name: 'Needs you' }));
    expect(strip.getByRole('button', { name: 'Unlock…' })).toHaveClass('primary');
    searchField().focus();
    await press('Enter');
    expect(backend.asked, 'Enter does the first thing').toEqual(['unlock_vault']);
    await settled();
    expect(screen.queryByText('Your vault is locked')).toBeNull();
    expect(screen.getByRole('button', { name: 'Start' })).toBeEnabled();
  });

  it('says so where nothing else is known', async () => {
    const { backend } = await openWindow({ ...locked(), roles: [] });
    expect(screen.getByRole('heading', { name: 'Your vault is locked' })).toBeVisible();
    expect(screen.queryByText('Sign in to see your roles')).toBeNull();
    for (const button of screen.getAllByRole('button', { name: 'Unlock…' })) button.click();
    await settled();
    expect(backend.asked).toContain('unlock_vault');
  });
});

describe('the region', () => {
  it('of an identity is filled in from the one that it names', async () => {
    await openWindow(empty());
    await pickKind('IAM Identity Center');
    await type(screen.getByRole('combobox', { name: 'Region of Identity Center' }), 'eu-north-1');
    await settled();
    const usual = screen.getByRole('combobox', { name: 'Default region' });
    expect(usual).toHaveValue('eu-north-1');
    await type(usual, 'us-east-2');
    await type(screen.getByRole('combobox', { name: 'Region of Identity Center' }), 'eu-west-1');
    await settled();
    expect(usual).toHaveValue('us-east-2');
  });

  it('that a role has from elsewhere stays with where it is from', async () => {
    const state = { ...main(), sessions: [] };
    state.roles[0] = { ...(state.roles[0] as RoleView), region: 'eu-north-1', usualRegion: 'eu-north-1' };
    const { backend } = await openWindow(state);
    await type(searchField(), 'developer 104928374651');
    await click('Edit role');
    const region = screen.getByRole('combobox', { name: 'Region' });
    expect(region).toHaveValue('');
    expect(region).toHaveAttribute('placeholder', 'eu-north-1');
    await click('Save changes');
    expect(backend.calls.find(({ command }) => command === 'put_role')?.args).toMatchObject({ region: null });
  });

  it('can be that of all roles of an account', async () => {
    const { backend } = await openWindow(main());
    await type(searchField(), 'developer 104928374651');
    await click('Edit role');
    await settled();
    await type(screen.getByRole('combobox', { name: 'Region' }), 'us-east-2');
    await settled();
    await click('For all roles of account 104928374651', 'switch');
    await click('Save changes');
    expect(backend.calls.find(({ command }) => command === 'put_account_region')?.args).toEqual({ account: '104928374651', region: 'us-east-2' });
    expect(backend.calls.find(({ command }) => command === 'put_role')?.args).toMatchObject({ region: null });
  });
});
