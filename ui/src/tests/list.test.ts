/** The list of roles: what is above the accounts, filters, groups, several roles at once, and answers that come late. */
import { fireEvent, screen, within } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import type { RoleView } from '../bindings/RoleView';
import type { RolesAsked } from '../bindings/RolesAsked';
import { roleView, sessionView } from '../lib/fake-backend';
import { main } from '../lib/fake-scenarios';
import { chosenOption, click, heard, lastAsked, openWindow, press, searchField, settled, type } from './window';

const quiet = () => ({ ...main(), sessions: [] });
/** Takes an item of an open or a closed menu, whether it can be checked or not. */
async function take(button: string | RegExp, item: string | RegExp) {
  await click(button);
  const items = within(screen.getByRole('menu')).getAllByText(item, { exact: true });
  await fireEvent.click(items[0] as HTMLElement);
  await settled();
}

describe('above the accounts', () => {
  it('stands what runs, whatever is searched for and whatever the filter is', async () => {
    await openWindow(main());
    const running = heard('Running');
    expect(running).toHaveLength(3);
    await type(searchField(), 'northwind');
    expect(heard('Running')).toEqual(running);
    await type(searchField(), 'nothing like this');
    expect(heard('Running')).toEqual(running);
    await type(searchField(), '');
    await click('Needs sign-in');
    expect(heard('Running')).toEqual(running);
  });

  it('a session that starts comes last, until the person comes back to the window', async () => {
    const { backend } = await openWindow(main());
    const role = backend.state.roles.find((one) => one.accountName === 'acme-data') as RoleView;
    backend.changeSession('started', sessionView(role, role.profile, 'active', Date.now(), 3600));
    await settled();
    expect(heard('Running').findIndex((text) => text.includes('acme-data'))).toBe(3);
    document.dispatchEvent(new Event('visibilitychange'));
    await settled();
    expect(heard('Running').findIndex((text) => text.includes('acme-data'))).toBe(0);
  });

  it('become favourites by the star that comes with the cursor or the pointer, and on their page', async () => {
    const { backend } = await openWindow(main());
    await type(searchField(), 'billing 318274650912');
    const id = 'acme:arn:aws:iam::318274650912:role/Billing';
    await fireEvent.click(within(screen.getByRole('group', { name: 'Accounts' })).getByTitle('Add to favourites (Ctrl+D)'));
    await settled();
    expect(lastAsked(backend)).toEqual({ command: 'add_favourites', args: { roles: [id] } });
    expect(searchField()).toHaveFocus();
    await click('Remove from favourites');
    expect(lastAsked(backend)).toEqual({ command: 'remove_favourites', args: { roles: [id] } });
    expect(screen.getByRole('button', { name: 'Add to favourites' })).toBeVisible();
  });

  it('stand favourites, by a key and for good', async () => {
    const { backend } = await openWindow(quiet());
    await type(searchField(), 'acme-prod billing');
    await press('d', { ctrlKey: true });
    expect(lastAsked(backend)).toEqual({ command: 'add_favourites', args: { roles: ['acme:arn:aws:iam::318274650912:role/Billing'] } });
    await type(searchField(), '');
    expect(heard('Favourites')).toEqual(['Billing, acme-prod, production account, favourite']);
    await press('d', { ctrlKey: true });
    expect(lastAsked(backend)?.command, 'the favourite is chosen, because it is first').toBe('remove_favourites');
    expect(screen.queryByRole('group', { name: 'Favourites' })).toBeNull();
  });

  it('recent roles keep their order while the person works', async () => {
    const state = quiet();
    state.recentRoles = [4, 8].map((at) => (state.roles[at] as RoleView).id);
    const { backend } = await openWindow(state);
    const before = heard('Recent');
    expect(before).toHaveLength(2);
    backend.state = { ...backend.state, recentRoles: [...state.recentRoles].reverse() };
    backend.emit({ type: 'catalog-changed' });
    await settled();
    expect(heard('Recent')).toEqual(before);
    document.dispatchEvent(new Event('visibilitychange'));
    await settled();
    expect(heard('Recent')).toEqual([...before].reverse());
  });

  it('a profile is copied by a click on it', async () => {
    const writeText = vi.fn(() => Promise.resolve());
    vi.stubGlobal('navigator', { ...navigator, clipboard: { writeText } });
    await openWindow(main());
    await fireEvent.click(screen.getByTitle('Copy acme-dev-power'));
    await settled();
    expect(writeText).toHaveBeenCalledWith('acme-dev-power');
    vi.unstubAllGlobals();
  });
});

describe('an answer that comes late', () => {
  /** Answers to these queries wait until they are let go. */
  async function withLate(...queries: string[]) {
    const opened = await openWindow(quiet());
    const { backend } = opened;
    const waiting = new Map<string, () => void>();
    const answer = backend.rolesFound;
    backend.rolesFound = async (asked: RolesAsked) => {
      if (queries.includes(asked.query)) await new Promise<void>((go) => waiting.set(asked.query, go));
      return answer(asked);
    };
    const arrives = async (query: string) => {
      waiting.get(query)?.();
      await settled();
    };
    return { ...opened, arrives };
  }

  it('starts the role that was typed, and not the one before it', async () => {
    const { backend, arrives } = await withLate('acme-prod admin');
    await type(searchField(), 'acme-prod admin');
    await press('Enter');
    expect(backend.asked).toEqual([]);
    await arrives('acme-prod admin');
    expect(lastAsked(backend)?.args).toMatchObject({ role: 'acme:arn:aws:iam::318274650912:role/AdministratorAccess' });
  });

  it('is what arrow keys begin from', async () => {
    const { arrives } = await withLate('acme-data');
    await type(searchField(), 'acme-data');
    await press('ArrowRight');
    await press('End');
    await arrives('acme-data');
    expect(chosenOption()).toHaveAccessibleName(/^AdministratorAccess, acme-data/);
  });

  it('stops no session that the person has typed away from', async () => {
    const { backend, arrives } = await withLate('northwind');
    const role = backend.state.roles[0] as RoleView;
    backend.changeSession('started', sessionView(role, role.profile, 'active', Date.now(), 3600));
    await settled();
    backend.navigate({ to: 'role', id: role.id });
    await settled();
    await type(searchField(), 'northwind');
    await press('Enter', { shiftKey: true });
    await arrives('northwind');
    expect(backend.asked).toEqual([]);
  });

  it('is dropped where another one was asked for after it', async () => {
    const { arrives } = await withLate('acme');
    await type(searchField(), 'acme');
    await type(searchField(), 'northwind-test');
    expect(heard('Accounts').every((text) => text.includes('northwind-test'))).toBe(true);
    await arrives('acme');
    expect(heard('Accounts').every((text) => text.includes('northwind-test'))).toBe(true);
  });

  it('still moves to the best match, though a session changed meanwhile', async () => {
    const { backend, arrives } = await withLate('billing');
    backend.navigate({ to: 'role', id: 'acme:arn:aws:iam::230495867120:role/Billing' });
    await settled();
    await type(searchField(), 'billing');
    const role = backend.state.roles[0] as RoleView;
    backend.changeSession('started', sessionView(role, role.profile, 'active', Date.now(), 3600));
    await settled();
    await arrives('billing');
    expect(chosenOption()).toHaveAttribute('aria-posinset', '1');
  });

  it('keeps the choice when only the catalog changed', async () => {
    const { backend } = await openWindow(quiet());
    await type(searchField(), 'developer');
    await press('ArrowDown');
    const before = chosenOption()?.getAttribute('aria-label');
    const first = roleView('arn:aws:iam::000000000001:role/Developer', 'acme', { accountName: 'aaa' });
    backend.state = { ...backend.state, roles: [first, ...backend.state.roles] };
    backend.emit({ type: 'catalog-changed' });
    await settled();
    expect(chosenOption()).toHaveAccessibleName(before ?? '');
    expect(chosenOption()).toHaveAttribute('aria-posinset', '3');
  });

  it('says what is wrong where there is none, and asks again', async () => {
    const { backend } = await openWindow(quiet());
    backend.failing.set('roles_found', { code: 'agent-gone', kind: 'failed', message: 'the agent ended', hint: null, requestId: null });
    await type(searchField(), 'acme');
    expect(screen.getByText('The agent ended')).toBeInTheDocument();
    await click('Try again');
    expect(screen.queryByText('The agent ended')).toBeNull();
    expect(heard('Accounts').length).toBeGreaterThan(0);
  });
});

describe('filters', () => {
  it('narrow the list together, and are cleared together', async () => {
    await openWindow(quiet());
    await click('Production');
    expect(screen.getByRole('button', { name: 'Production' })).toHaveAttribute('aria-pressed', 'true');
    expect(heard('Accounts').every((text) => text.includes('production account'))).toBe(true);
    await click('Needs sign-in');
    expect(heard('Accounts').every((text) => text.includes('northwind-prod'))).toBe(true);
    await click('Clear filters');
    expect(heard('Accounts').some((text) => text.includes('acme-dev'))).toBe(true);
  });

  it('by identity come from the rail and from their menu, and go the same ways', async () => {
    await openWindow(quiet());
    await click(/^OpenID Connect northwind/);
    expect(heard('Accounts').every((text) => text.includes('northwind'))).toBe(true);
    await click(/^OpenID Connect northwind/);
    expect(heard('Accounts').some((text) => text.includes('acme'))).toBe(true);
    await take('Identity', 'acme');
    expect(heard('Accounts').every((text) => text.includes('acme'))).toBe(true);
    await take('Identity: acme', 'Any identity');
    expect(heard('Accounts').some((text) => text.includes('northwind'))).toBe(true);
  });

  it('are saved with the search under a name, applied, and deleted', async () => {
    const { backend } = await openWindow(quiet());
    await click('Production');
    await type(searchField(), 'admin');
    await take('Saved filters', 'Save this filter…');
    await press('Enter');
    await fireEvent.submit(screen.getByRole('dialog').querySelector('form') as HTMLFormElement);
    await settled();
    expect(screen.getByText('Enter a name')).toBeInTheDocument();
    await type(screen.getByRole('textbox', { name: 'Name' }), 'Dangerous');
    await fireEvent.submit(screen.getByRole('dialog').querySelector('form') as HTMLFormElement);
    await settled();
    expect(lastAsked(backend)?.args).toMatchObject({ name: 'Dangerous', query: 'admin', filter: { production: true } });
    const found = heard('Accounts');
    await click('Clear filters');
    await type(searchField(), '');
    await take('Saved filters', 'Dangerous');
    expect(searchField()).toHaveValue('admin');
    expect(heard('Accounts')).toEqual(found);
    await take('Saved filters', 'Delete Dangerous');
    expect(lastAsked(backend)).toEqual({ command: 'remove_filter', args: { name: 'Dangerous' } });
  });

  it('that nothing passes say so', async () => {
    await openWindow(quiet());
    await click('Running');
    expect(screen.getByRole('heading', { name: 'No active sessions' })).toBeInTheDocument();
    await click('Show all roles');
    await click('Favourites');
    expect(screen.getByRole('heading', { name: 'No favourites yet' })).toBeInTheDocument();
    await click('Production');
    expect(screen.getByRole('heading', { name: 'No roles match these filters' })).toBeInTheDocument();
  });
});

describe('groups', () => {
  it('are by identity, fold by keys, and come back with the next window', async () => {
    await openWindow(quiet());
    await take('Grouping: By account', 'By identity');
    expect(heard('Accounts')[0]).toMatch(/^acme, \d accounts, unfolded$/);
    searchField().focus();
    await press('Home');
    await press('ArrowLeft');
    expect(heard('Accounts')[0]).toMatch(/, folded$/);
    expect(heard('Accounts').some((text) => text.includes('acme-dev'))).toBe(false);
    await press('Enter');
    expect(heard('Accounts').some((text) => text.includes('acme-dev'))).toBe(true);
    expect(localStorage.getItem('daypass.grouping')).toBe('"identity"');
  });

  it('are by folder, which an account gets in its menu', async () => {
    const { backend } = await openWindow(quiet());
    await type(searchField(), 'acme-dev');
    await press('F10', { shiftKey: true });
    await click('Move account to a folder…', 'menuitem');
    await type(screen.getByRole('textbox', { name: /^Folder/ }), 'Customers');
    await fireEvent.submit(screen.getByRole('dialog').querySelector('form') as HTMLFormElement);
    await settled();
    expect(lastAsked(backend)).toEqual({ command: 'put_account_folder', args: { account: '104928374651', folder: 'Customers' } });
    await type(searchField(), '');
    await take('Grouping: By account', 'By folder');
    expect(heard('Accounts')[0]).toMatch(/^Customers, 1 account/);
    expect(heard('Accounts').some((text) => text.startsWith('No folder'))).toBe(true);
  });
});

describe('several roles', () => {
  it('are picked by keys, and started and stopped together', async () => {
    const { backend } = await openWindow(quiet());
    await type(searchField(), 'acme-dev');
    await press(' ', { ctrlKey: true });
    await press('ArrowRight');
    await press(' ', { ctrlKey: true });
    const bar = within(screen.getByRole('toolbar', { name: 'Selected roles' }));
    expect(bar.getByRole('status')).toHaveTextContent('2 selected');
    await press('Enter');
    await settled();
    expect(backend.asked).toEqual(['start', 'start']);
    expect(heard('Running')).toHaveLength(2);
    await press('Enter', { shiftKey: true });
    expect(backend.asked.slice(2)).toEqual(['stop', 'stop']);
    expect(screen.getByText('Stopped 2 sessions')).toBeInTheDocument();
    await press('Escape');
    expect(screen.queryByRole('toolbar', { name: 'Selected roles' })).toBeNull();
    expect(searchField(), 'the search goes with the next Escape').toHaveValue('acme-dev');
  });

  it('of the same name are picked in each account between', async () => {
    await openWindow(quiet());
    await type(searchField(), 'readonly');
    const first = chosenOption();
    await press('ArrowDown', { shiftKey: true });
    await press('ArrowDown', { shiftKey: true });
    expect(first).toHaveAttribute('aria-selected', 'true');
    expect(screen.getByText('3 selected')).toBeInTheDocument();
  });

  it('are picked with the pointer, and a plain click gives them up', async () => {
    await openWindow(quiet());
    await type(searchField(), 'acme-dev');
    const [one, two] = screen.getAllByRole('option') as [HTMLElement, HTMLElement];
    await fireEvent.click(one, { ctrlKey: true });
    await fireEvent.click(two, { ctrlKey: true });
    await settled();
    expect(screen.getByText('2 selected')).toBeInTheDocument();
    await fireEvent.click(one);
    await settled();
    expect(screen.queryByText(/ selected$/)).toBeNull();
  });

  it('ask for one sign-in, and wait together if the person does not sign in', async () => {
    const { backend } = await openWindow(quiet());
    await type(searchField(), 'northwind-prod');
    await press(' ', { ctrlKey: true });
    await press('ArrowRight');
    await press(' ', { ctrlKey: true });
    await press('Enter');
    await settled();
    expect(screen.getByRole('dialog', { name: 'Sign in to northwind' })).toBeInTheDocument();
    await click('Cancel sign-in');
    await settled();
    expect(backend.asked).toEqual(['start', 'sign_in', 'cancel_sign_in']);
  });

  it('open many consoles only when the person agrees', async () => {
    const { backend } = await openWindow(quiet());
    await type(searchField(), 'acme');
    const options = screen.getAllByRole('option').slice(0, 6);
    for (const option of options) await fireEvent.click(option, { ctrlKey: true });
    await press('Enter', { ctrlKey: true });
    expect(screen.getByRole('dialog', { name: 'Open 6 consoles?' })).toBeInTheDocument();
    expect(backend.asked).toEqual([]);
    await click('Open all');
    await settled();
    expect(backend.asked).toEqual(Array(6).fill('open_console'));
  });
});

describe('the menu of a role', () => {
  it('opens by a key below its option, and gives the focus back', async () => {
    const { backend } = await openWindow(quiet());
    await type(searchField(), 'developer 104928374651');
    await press('F10', { shiftKey: true });
    expect(screen.getByRole('menu', { name: 'Actions for Developer' })).toBeInTheDocument();
    expect(screen.getByRole('menuitem', { name: 'Start' })).toHaveFocus();
    await press('Escape');
    expect(searchField()).toHaveFocus();
    await press('F10', { shiftKey: true });
    await click('Start', 'menuitem');
    expect(backend.asked).toEqual(['start']);
  });

  it('opens for a session too, whatever is searched for', async () => {
    const { backend } = await openWindow(main());
    await type(searchField(), 'northwind');
    await press('ArrowUp');
    await press('F10', { shiftKey: true });
    await click('Stop', 'menuitem');
    expect(backend.asked).toEqual(['stop']);
  });
});

describe('the rail', () => {
  it('folds away by a key, stays so, and leaves the focus in the field', async () => {
    await openWindow(main());
    await press('b', { ctrlKey: true });
    expect(screen.queryByRole('navigation', { name: 'Identities' })).toBeNull();
    expect(searchField()).toHaveFocus();
    expect(localStorage.getItem('daypass.rail')).toBe('"folded"');
    await click('Show identities');
    expect(screen.getByRole('navigation', { name: 'Identities' })).toBeInTheDocument();
    expect(searchField()).toHaveFocus();
  });
});

describe('names', () => {
  it('of either direction stand by themselves', async () => {
    const state = quiet();
    state.roles.push(roleView('arn:aws:iam::900000000003:role/ReadOnly', 'acme', { accountName: 'חשבון ייצור' }));
    await openWindow(state);
    await type(searchField(), 'חשבון');
    expect(screen.getByText('חשבון').closest('bdi')).toHaveTextContent('חשבון ייצור');
  });
});
