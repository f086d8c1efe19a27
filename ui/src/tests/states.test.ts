import { fireEvent, screen, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import type { SessionView } from '../bindings/SessionView';
import { empty, main, problem, sandboxSignedOut, scenario } from '../lib/fake-scenarios';
import { asProblem, pieces, wordsFor } from '../lib/problems';
import { renewsAlone } from '../lib/states';
import { clockTime, countdown, partLeft, timeLeftInWords } from '../lib/time';
import { click, lastAsked, openWindow, press, searchField, settled, type } from './window';

describe('what the window says of itself', () => {
  it('offers two ways at the first start', async () => {
    const { backend } = await openWindow(empty());
    expect(screen.getByRole('heading', { name: 'Welcome to Daypass' })).toBeInTheDocument();
    await click('Nothing yet: try the sandbox');
    expect(backend.asked).toEqual(['start_sandbox']);
  });

  it('leads to the sign-in while signed out, if the sign-in lists the roles', async () => {
    const { backend } = await openWindow(sandboxSignedOut());
    expect(screen.getByRole('heading', { name: 'Sign in to see your roles' })).toBeInTheDocument();
    expect(searchField()).toHaveFocus();
    await press('Enter');
    expect(backend.asked).toEqual(['sign_in']);
    expect(screen.getByRole('dialog', { name: 'Sign in to sandbox' })).toBeInTheDocument();
  });

  it('says how far a listing of roles is, in place of who is signed in', async () => {
    const { backend } = await openWindow(main());
    const rail = within(screen.getByRole('navigation', { name: 'Identities' }));
    const person = backend.state.identities[0]?.person ?? '';
    backend.list('acme', { accounts: 1200, done: 45 });
    await settled();
    expect(rail.getByText('45 of 1,200 accounts…')).toBeInTheDocument();
    expect(rail.queryByText(person)).toBeNull();
    backend.list('acme', null, problem('identity-center-busy', 'passing', 'the portal is busy'));
    await settled();
    expect(rail.queryByText(/accounts…/)).toBeNull();
    expect(screen.getByText('Couldn’t list the roles of acme')).toBeInTheDocument();
    expect(screen.getByText('Couldn’t list the roles of acme: the portal is busy')).toBeInTheDocument();
    expect(rail.getByText(person)).toBeInTheDocument();
  });

  it('shows the sandbox, and the way out', async () => {
    const { backend } = await openWindow({ ...main(), sandbox: true });
    expect(screen.getByText(/Your own AWS files aren’t touched/)).toBeInTheDocument();
    await click('Copy for a terminal');
    expect(screen.getByText(/AWS tools there use the sandbox/)).toBeInTheDocument();
    await click('Leave sandbox');
    expect(backend.asked).toEqual(['copy_sandbox_env', 'leave_sandbox']);
  });

  it('says that closing quits where there is no tray, and nothing where there is one', async () => {
    await openWindow(main(), { shell: { tray: false, version: '0.1.0', platform: 'linux' } });
    expect(screen.getByText(/Closing the window quits Daypass/)).toBeInTheDocument();
    document.body.innerHTML = '';
    await openWindow(main());
    expect(screen.queryByText(/Closing the window quits Daypass/)).toBeNull();
  });

  it('shows a mistake in the configuration with a way to fix it', async () => {
    const { backend } = await openWindow(scenario('problems').state);
    await click('Show all');
    expect(screen.getByText('config.toml, line 14: unknown field “clientid”')).toBeInTheDocument();
    await click('Open config file');
    expect(backend.asked).toEqual(['open_config_file']);
    expect(screen.getByText('Your keyring is locked')).toBeInTheDocument();
  });
});

describe('what a problem says', () => {
  it('begins large, with code as code', () => {
    expect(pieces('sign in again: `daypass identity login work`')).toEqual([
      { text: 'Sign in again: ', code: false },
      { text: 'daypass identity login work', code: true },
    ]);
  });

  it('leaves paths, files and commands as they are', () => {
    for (const text of ['config.toml, line 3', '/home/a b', 'https://x.example is', 'daypass is', '`a` b', 'a ` b c']) {
      const said = pieces(text);
      expect(said.map((piece) => piece.text).join('').replaceAll('`', '').toLowerCase()).toBe(text.replaceAll('`', ''));
    }
    expect(pieces('config.toml, line 3')[0]?.text).toBe('config.toml, line 3');
    expect(pieces('daypass is')[0]?.text).toBe('daypass is');
  });
});

describe('the next renewal', () => {
  const session = main().sessions[0] as SessionView;
  const identity = main().identities.find(({ name }) => name === session.identity);
  const at = (minutes: number) => new Date(Date.parse(session.renewsAt ?? '') + minutes * 60_000).toISOString();

  it('needs no one while the sign-in lasts', () => {
    if (identity === undefined) throw new Error('no identity');
    expect(renewsAlone(session, { ...identity, state: 'signed-in', signedInUntil: null })).toBe(true);
    expect(renewsAlone(session, { ...identity, state: 'signed-in', signedInUntil: at(1) })).toBe(true);
    expect(renewsAlone(session, { ...identity, state: 'signed-in', signedInUntil: at(-1) })).toBe(false);
    expect(renewsAlone(session, { ...identity, state: 'needs-sign-in' })).toBe(false);
    expect(renewsAlone(session, { ...identity, state: 'signed-out', way: { by: 'none' } })).toBe(true);
    expect(renewsAlone({ ...session, renewsAt: null }, identity)).toBe(false);
  });

  it('is not promised while signed out', async () => {
    const state = main();
    for (const one of state.identities) if (one.name === session.identity) one.state = 'signed-out';
    const { backend } = await openWindow(state);
    backend.changeSession('started', session);
    await settled();
    expect(screen.getByText(/^Works until .*\. Sign in to keep it running$/)).toBeInTheDocument();
    expect(screen.queryByText(/^Renews automatically/)).toBeNull();
  });
});

describe('how tools get the credentials', () => {

  async function byProcess() {
    const window = await openWindow(main());
    const session: SessionView = { ...(window.backend.state.sessions[0] as SessionView), delivery: 'process' };
    window.backend.changeSession('started', session);
    await settled();
    return { ...window, session };
  }

  const chosen = () => screen.getByRole('radio', { checked: true });

  it('is shown with what it means', async () => {
    await openWindow(main());
    expect(chosen()).toHaveAccessibleName('Credentials file');
    expect(chosen()).toHaveAccessibleDescription(/which every tool reads/);
  });

  it('changes from the process to the file in one click', async () => {
    const { backend, session } = await byProcess();
    expect(chosen()).toHaveAccessibleName('credential_process');
    await click('Credentials file', 'radio');
    expect(backend.asked).toEqual(['change_session']);
    expect(backend.state.sessions.find(({ profile }) => profile === session.profile)?.delivery).toBe('credentials-file');
    expect(chosen()).toHaveAccessibleName('Credentials file');
  });

  it('asks before it replaces a profile of another tool', async () => {
    const { backend, session } = await byProcess();
    backend.foreign.add(session.profile);
    await click('Credentials file', 'radio');
    expect(screen.getByRole('dialog')).toBeInTheDocument();
    expect(backend.state.sessions.find(({ profile }) => profile === session.profile)?.delivery).toBe('process');
    await click('Cancel');
    expect(chosen()).toHaveAccessibleName('credential_process');
  });
});

describe('a session that is not well', () => {
  async function chosen(change: Partial<SessionView>) {
    const window = await openWindow(main());
    const session = { ...(window.backend.state.sessions[0] as SessionView), ...change };
    window.backend.changeSession('renewal-delayed', session);
    await settled();
    return window;
  }

  it('can be stopped, copied and renewed as long as its credentials work, though a renewal failed', async () => {
    const { backend } = await chosen({ state: 'failed', problem: problem('sts-access-denied', 'refused', 'no longer') });
    expect(screen.getByText(/^Works until .*\. Daypass doesn’t renew it/)).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Copy as env' })).toBeInTheDocument();
    await click('Renew now');
    await click('Stop');
    expect(backend.asked).toEqual(['renew', 'stop']);
  });

  it('is tried again by itself after a passing problem', async () => {
    const { backend } = await chosen({ problem: problem('sts-unreachable', 'passing', 'sts did not answer') });
    expect(screen.getByText('Renewal delayed')).toBeInTheDocument();
    expect(screen.getByText(/^Works until .*\. Next try at/)).toBeInTheDocument();
    await click('Try again');
    expect(backend.asked).toEqual(['renew']);
  });

  it('asks to sign in when the proof is spent', async () => {
    const { backend } = await chosen({
      state: 'needs-sign-in',
      problem: problem('oidc-sign-in-spent', 'needs-sign-in', 'the provider refused'),
    });
    expect(screen.getByText('The provider refused')).toBeInTheDocument();
    const detail = screen.getByRole('complementary', { name: 'Chosen role' });
    detail.querySelector<HTMLElement>('.actions .primary')?.click();
    await settled();
    expect(backend.asked).toEqual(['sign_in']);
  });

  it('says that AWS refused, with the request id', async () => {
    const denied = problem('sts-access-denied', 'refused', 'not authorized', { requestId: 'req-1' });
    await chosen({ state: 'failed', problem: denied, expiresAt: null });
    expect(screen.getByText('Request ID req-1')).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Start' })).toBeEnabled();
  });

  it('shows why an action failed where the role is', async () => {
    const { backend } = await openWindow(main());
    backend.failing.set('open_console', problem('console-unreachable', 'passing', 'signin.aws.amazon.com did not answer'));
    await click('Open console');
    expect(screen.getByText('signin.aws.amazon.com did not answer')).toBeInTheDocument();
    await click('Dismiss');
    expect(screen.queryByText('signin.aws.amazon.com did not answer')).toBeNull();
  });
});

describe('the role', () => {
  it('starts under another profile name when the person says so', async () => {
    const { backend } = await openWindow(main());
    await type(searchField(), 'developer 104928374651');
    const profile = screen.getByRole('textbox', { name: 'Profile' });
    await type(profile, 'bad[name');
    await settled();
    expect(screen.getByRole('button', { name: 'Start' })).toBeDisabled();
    await type(profile, 'mine');
    await settled();
    await click('Start');
    expect(lastAsked(backend)?.args).toMatchObject({ profile: 'mine' });
  });

  it('is shown when the tray wants it, whatever is searched for', async () => {
    const { backend } = await openWindow(main());
    await type(searchField(), 'nothing like this');
    expect(screen.getByText('Nothing matches “nothing like this”')).toBeInTheDocument();
    backend.navigate({ to: 'role', id: 'acme:arn:aws:iam::318274650912:role/Billing' });
    await settled();
    expect(screen.getByRole('heading', { name: 'Billing' })).toBeInTheDocument();
  });

  it('signs in when a notification asks for it', async () => {
    const { backend } = await openWindow(main());
    backend.navigate({ to: 'sign-in', identity: 'northwind' });
    await settled();
    expect(screen.getByRole('dialog', { name: 'Sign in to northwind' })).toBeInTheDocument();
    await fireEvent.click(screen.getByRole('button', { name: 'Copy address' }));
    await click('Cancel sign-in');
    expect(backend.asked).toEqual(['sign_in', 'copy_sign_in_url', 'cancel_sign_in']);
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('keeps only what can be seen in the document', async () => {
    await openWindow(scenario('huge').state);
    const accounts = new Set(screen.getAllByRole('option').map((option) => option.getAttribute('aria-posinset')));
    expect(accounts.size).toBeLessThan(40);
    expect(Number(screen.getAllByRole('option').at(-1)?.getAttribute('aria-setsize'))).toBeGreaterThan(10_000);
  });
});

describe('words', () => {
  it('of times', () => {
    const at = (seconds: number) => new Date(seconds * 1000).toISOString();
    expect(countdown(at(3849), 0)).toBe('1:04:09');
    expect(countdown(at(7), 0)).toBe('0:07');
    expect(countdown(at(600.9), 0)).toBe('10:00');
    expect(countdown(at(0), 5000)).toBe('0:00');
    expect(timeLeftInWords(at(3600), 0)).toBe('1 hour left');
    expect(timeLeftInWords(at(61), 0)).toBe('1 minute left');
    expect(partLeft(at(0), at(100), 25_000)).toBe(0.75);
    const day = 86_400;
    const [soon, tomorrow, later] = [60, day, 10 * day].map((seconds) => clockTime(at(seconds), 0).length) as [number, number, number];
    expect(soon, 'the day only where it is another').toBeLessThan(tomorrow);
    expect(tomorrow, 'the date only where its day of the week says too little').toBeLessThan(later);
  });

  it('of problems: its own, where the table has none', () => {
    expect(wordsFor(problem('keyring-locked', 'failed', '')).title).toBe('Your keyring is locked');
    expect(wordsFor(problem('sts-refused', 'needs-sign-in', '')).remedy).toBe('sign-in');
    // An agent of another version may know codes that this window doesn't.
    const unknown = 'never-heard-of' as Parameters<typeof problem>[0];
    expect(wordsFor(problem(unknown, 'needs-sign-in', '')).remedy).toBe('sign-in');
    expect(asProblem('bridge broke')).toMatchObject({ kind: 'failed', code: 'window-failed' });
  });
});
