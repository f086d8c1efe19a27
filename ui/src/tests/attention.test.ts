/** One place for what needs the person: the line at the top, the badge, and the list. */
import { screen, within } from '@testing-library/svelte';
import axe from 'axe-core';
import { describe, expect, it } from 'vitest';
import type { SessionView } from '../bindings/SessionView';
import type { FakeState } from '../lib/fake-state';
import { main, morning, problem, scenario, shared } from '../lib/fake-scenarios';
import { click, openWindow, press, settled } from './window';

const denied = problem('sts-access-denied', 'refused', 'not authorized', { requestId: 'req-1' });
const badge = () => screen.queryByRole('button', { name: /needs? you$/ });
const group = (name: string) => within(screen.getByRole('region', { name }));

/** A session that can't be renewed, whose role isn't the chosen one. */
function failing(state = main()): FakeState {
  const sessions = state.sessions.map((one, i) =>
    i === 2 ? ({ ...one, state: 'failed', problem: denied } as SessionView) : one,
  );
  return { ...state, sessions };
}

async function openList() {
  await press('j', { ctrlKey: true });
  expect(screen.getByRole('heading', { name: 'Needs you' })).toBeInTheDocument();
}

describe('what needs the person', () => {
  it('shows neither badge nor line on a calm day, and an empty list says so', async () => {
    await openWindow(main());
    expect(badge()).toBeNull();
    await openList();
    expect(screen.getByText('Nothing needs you')).toBeInTheDocument();
  });

  it('is counted on the badge, which opens the list', async () => {
    await openWindow(scenario('problems').state);
    const count = Number(badge()?.textContent);
    expect(count).toBeGreaterThan(3);
    badge()?.click();
    await settled();
    expect(screen.getAllByRole('listitem')).toHaveLength(count);
    expect(screen.queryByRole('button', { name: 'Show all' }), 'the line goes while the list is open').toBeNull();
    await press('Escape');
    expect(screen.queryByRole('heading', { name: 'Needs you' })).toBeNull();
  });

  it('is grouped by identity, each with its one action', async () => {
    const { backend } = await openWindow(scenario('problems').state);
    await openList();
    const whole = group('Daypass');
    expect(whole.getByText('Your keyring is locked')).toBeInTheDocument();
    await click('Open config file');
    expect(backend.asked).toEqual(['open_config_file']);
    const acme = group('What acme needs');
    acme.getByRole('button', { name: 'Sign in' }).click();
    await settled();
    expect(screen.getByRole('dialog', { name: 'Sign in to acme' })).toBeInTheDocument();
    await click('Hide');
    for (const item of screen.getAllByRole('listitem')) {
      expect(within(item).queryAllByRole('button').length, item.textContent ?? '').toBeLessThanOrEqual(1);
    }
  });

  it('is said in full in the line if it is one thing', async () => {
    const { backend } = await openWindow(shared());
    expect(screen.getByText('2 changes are waiting for you to accept them.')).toBeInTheDocument();
    await click('Review');
    await click('Accept');
    expect(backend.asked).toEqual(['accept_catalog']);
    await settled();
    expect(badge()).toBeNull();
    expect(screen.queryByText(/changes wait/)).toBeNull();
  });

  it('says where a sign-in is open that was left', async () => {
    await openWindow(main());
    await click('Sign in');
    await click('Hide');
    expect(screen.getByText('Finish signing in to northwind')).toBeVisible();
    expect(screen.getByText('Its page is open in your browser. Continue shows its address.')).toBeVisible();
  });

  it('leads to the role of a session that failed', async () => {
    const state = failing();
    await openWindow(state);
    const { profile } = state.sessions[2] as SessionView;
    expect(screen.getByText(new RegExp(`^Can’t renew ${profile} `))).toBeInTheDocument();
    await click('Show role');
    expect(screen.getAllByText('Request ID req-1'), 'the role says it now, and the line does not').toHaveLength(1);
    expect(screen.queryByText(/^Can’t renew/)).toBeNull();
    expect(badge()).toHaveAccessibleName('One thing needs you');
  });

  it('takes a failed sign-in in, so that no notice repeats it', async () => {
    const { backend } = await openWindow(main());
    const why = problem('oidc-unreachable', 'passing', 'login.acme.example did not answer');
    const { signIn } = backend;
    backend.signIn = async (name, device, given) => {
      backend.emit({ type: 'sign-in-failed', identity: name, problem: why });
      backend.failing.set('sign_in', why);
      return signIn.call(backend, name, device, given);
    };
    await click('Sign in');
    await settled();
    expect(screen.getByText('Sign-in to northwind failed')).toBeInTheDocument();
    expect(screen.getAllByText('login.acme.example did not answer')).toHaveLength(1);
    expect(screen.getByRole('button', { name: 'Try again' })).toBeInTheDocument();
  });

  it('stays hidden until something new comes', async () => {
    const { backend } = await openWindow(shared());
    await click('Hide until something new comes up');
    expect(screen.queryByText('Shared catalog team has changed')).toBeNull();
    expect(badge()).toHaveAccessibleName('One thing needs you');
    backend.emit({ type: 'catalog-changed' });
    await settled();
    expect(screen.queryByText('Shared catalog team has changed')).toBeNull();
    backend.emit({ type: 'sign-in-needed', identity: 'northwind', profiles: ['x'], problem: denied });
    await settled();
    expect(screen.getByText('and 1 more')).toBeInTheDocument();
  });
});

describe('several sign-ins', () => {
  it('begin with one click, one after the other', async () => {
    const { backend } = await openWindow(morning(), { signInAfter: 1 });
    expect(screen.getByText('Sign in to 3 identities')).toBeInTheDocument();
    await click('Sign in to all');
    for (let wait = 0; wait < 5; wait++) await settled();
    const asked = backend.calls.filter(({ command }) => command === 'sign_in').map(({ args }) => args);
    expect(asked).toMatchObject([{ identity: 'acme' }, { identity: 'northwind' }, { identity: 'globex' }]);
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(badge()).toBeNull();
  });

  it('end when the person gives one up', async () => {
    const { backend } = await openWindow(morning());
    backend.navigate({ to: 'sign-in-all' });
    await settled();
    await click('Cancel sign-in');
    await settled();
    expect(backend.calls.filter(({ command }) => command === 'sign_in')).toHaveLength(1);
    expect(screen.queryByRole('dialog')).toBeNull();
  });
});

describe('the list for everyone', () => {
  it.each([
    ['with everything', () => scenario('problems').state],
    ['empty', main],
    ['of sign-ins', morning],
  ])('is clean under axe, %s', async (_, state) => {
    const { backend } = await openWindow(state());
    backend.navigate({ to: 'attention' });
    await settled();
    expect(document.activeElement).toHaveAccessibleName('Back to your roles');
    const { violations } = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false } } });
    expect(violations.map((v) => `${v.id}: ${v.nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
  });
});
