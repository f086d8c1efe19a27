/** The window follows changes, wherever they were made. */
import { screen, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import type { RoleView } from '../bindings/RoleView';
import type { SessionView } from '../bindings/SessionView';
import type { FakeState } from '../lib/fake-state';
import { roleView, sessionView } from '../lib/fake-backend';
import { kinds, main, problem } from '../lib/fake-scenarios';
import { click, heard, openWindow, press, searchField, settled, type } from './window';

const refused = problem('sts-access-denied', 'refused', 'the trust policy does not name you');
const detail = () => screen.getByRole('complementary', { name: 'Chosen role' });

describe('what went wrong with a role', () => {
  /** The chosen role runs, and renewing it was refused. */
  async function refusedRenewal() {
    const window = await openWindow(main());
    const session = window.backend.state.sessions[0] as SessionView;
    window.backend.navigate({ to: 'role', id: session.roleId });
    await settled();
    window.backend.failing.set('renew', refused);
    await click('Renew now');
    expect(within(detail()).getByText('Refused')).toBeInTheDocument();
    return { ...window, session };
  }

  it.each(['stopped', 'renewed', 'started'] as const)('ends when its session was %s elsewhere', async (change) => {
    const { backend, session } = await refusedRenewal();
    backend.changeSession(change, { ...session, state: change === 'stopped' ? 'stopped' : 'active', problem: null });
    await settled();
    expect(within(detail()).queryByText('Refused')).toBeNull();
  });

  it('stays while its session only failed, and where it was another role’s that began', async () => {
    const { backend, session } = await refusedRenewal();
    backend.changeSession('failed', { ...session, state: 'failed', problem: refused });
    backend.changeSession('renewed', { ...(backend.state.sessions[0] as SessionView), renewals: 9 });
    await settled();
    expect(within(detail()).getByText('Refused')).toBeInTheDocument();
  });

  it('gives way to what went wrong after it', async () => {
    const { backend, session } = await refusedRenewal();
    const away = problem('sts-unreachable', 'passing', 'no answer came from STS');
    backend.changeSession('renewal-delayed', { ...session, problem: away });
    await settled();
    expect(within(detail()).queryByText('Refused')).toBeNull();
    expect(within(detail()).getByText('No answer came from STS')).toBeInTheDocument();
  });

  it('is over as a notice too, where the role is not the one that is shown', async () => {
    const { backend } = await openWindow(main());
    const role = backend.state.roles[0] as RoleView;
    backend.navigate({ to: 'role', id: role.id });
    await settled();
    backend.failing.set('start', refused);
    // In one go: the person looks elsewhere before the answer can be there.
    screen.getByRole('button', { name: 'Start' }).click();
    void type(searchField(), 'northwind');
    expect(await screen.findByText('The trust policy does not name you')).toBeInTheDocument();
    expect(within(detail()).queryByText('Refused')).toBeNull();
    backend.changeSession('started', sessionView(role, role.profile, 'active', Date.now(), 3600));
    await settled();
    expect(screen.queryByText('The trust policy does not name you')).toBeNull();
  });

  it('is closed for good: the session that never came to be does not say it again', async () => {
    const { backend } = await openWindow(main());
    const role = backend.state.roles[0] as RoleView;
    backend.navigate({ to: 'role', id: role.id });
    await settled();
    backend.failing.set('start', refused);
    await click('Start');
    backend.emit({
      type: 'session-changed',
      change: 'failed',
      session: { ...sessionView(role, role.profile, 'failed', Date.now(), null), problem: refused },
    });
    await settled();
    expect(within(detail()).getAllByText('Refused')).toHaveLength(1);
    await click('Dismiss');
    expect(within(detail()).queryByText('Refused')).toBeNull();
    expect(within(detail()).getByText('Not started')).toBeInTheDocument();
  });
});

describe('roles that several identities reach', () => {
  const shared = (): FakeState => {
    const state = main();
    const more = { accountName: 'acme-dev', profile: 'dev-2' };
    return { ...state, roles: [...state.roles, roleView('arn:aws:iam::104928374651:role/Developer', 'northwind', more)] };
  };

  it('say which one, and no others do', async () => {
    await openWindow(shared());
    await type(searchField(), '104928374651');
    const told = heard('Accounts');
    const developers = told.filter((text) => text.startsWith('Developer'));
    expect(developers).toHaveLength(2);
    expect(developers.some((text) => text.includes(', as acme,'))).toBe(true);
    expect(developers.some((text) => text.includes(', as northwind,'))).toBe(true);
    for (const other of told.filter((text) => !text.startsWith('Developer'))) expect(other).not.toMatch(/\bas /);
    expect(screen.getByRole('option', { name: /^Developer, as acme/ })).toHaveTextContent('Developer as acme');
  });

  it('are found by the identity’s name', async () => {
    await openWindow(shared());
    await type(searchField(), 'developer acme-dev northwind');
    expect(heard('Accounts')).toEqual([expect.stringContaining('as northwind')]);
  });

  it('are told apart in the palette', async () => {
    await openWindow(shared());
    await press('k', { ctrlKey: true });
    await type(screen.getByRole('combobox', { name: /Search commands/ }), 'developer 104928374651');
    await settled();
    const list = within(screen.getByRole('listbox', { name: 'Commands' })).getAllByRole('option');
    const told = list.map((option) => option.textContent?.replace(/\s+/g, ' ') ?? '').filter((text) => text.includes('104928374651'));
    expect(told.some((text) => text.includes('northwind · acme-dev'))).toBe(true);
    expect(told.some((text) => text.includes('acme · acme-dev'))).toBe(true);
  });
});

describe('listing roles again', () => {
  const menuItems = async (identity: string) => {
    const menu = screen.getAllByRole('button', { name: 'More' }).find((one) => one.getAttribute('aria-describedby') === `identity-${identity}`);
    menu?.click();
    await settled();
    return screen.getAllByRole('menuitem').map((item) => item.textContent?.trim() ?? '');
  };

  it('is offered for a signed-in identity that lists its roles', async () => {
    await openWindow(kinds());
    expect(await menuItems('acme')).toContain('List roles again');
    await press('Escape');
    expect(await menuItems('mara-key')).not.toContain('List roles again');
  });

  it('says how many there are', async () => {
    const { backend } = await openWindow(kinds());
    await menuItems('acme');
    await click('List roles again', 'menuitem');
    expect(backend.calls).toContainEqual({ command: 'list_roles', args: { identity: 'acme' } });
    expect(screen.getByText(/^Found \d+ roles for acme$/)).toBeInTheDocument();
  });

  it('shows once why it failed, with a way to try again', async () => {
    const { backend } = await openWindow(kinds());
    backend.failing.set('listing', problem('identity-center-busy', 'passing', 'the portal is busy'));
    await press('F5');
    expect(backend.asked).toEqual(['list_roles']);
    expect(screen.getByText('Couldn’t list the roles of acme')).toBeInTheDocument();
    expect(screen.getAllByText('The portal is busy')).toHaveLength(1);
    await click('Try again');
    expect(backend.asked).toEqual(['list_roles', 'list_roles']);
    expect(screen.queryByText('The portal is busy')).toBeNull();
  });

  it('asks nothing for an identity that does not list its roles', async () => {
    const { backend } = await openWindow(kinds());
    await click(/^SAML 2\.0 adfs/);
    await press('F5');
    expect(backend.asked).toEqual([]);
  });
});
