import { screen, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { foreignProfile } from '../lib/fake-answers';
import { main } from '../lib/fake-scenarios';
import { chosenOption, click, lastAsked, openWindow, pickKind, press, searchField, settled, type } from './window';

describe('the day of someone who never touches the mouse', () => {
  it('searches, starts, copies, opens the console, stops', async () => {
    const { backend } = await openWindow(main());
    expect(searchField()).toHaveFocus();
    await type(searchField(), 'acme-prod admin');
    expect(chosenOption()).toHaveAccessibleName(/^AdministratorAccess, acme-prod, production account/);
    expect(chosenOption()).toHaveAttribute('aria-selected', 'true');
    await press('Enter');
    expect(backend.calls.find((call) => call.command === 'start')?.args).toEqual({
      role: 'acme:arn:aws:iam::318274650912:role/AdministratorAccess',
      profile: null,
      replaceForeign: false,
      readOnly: false,
      person: 'can-sign-in',
    });
    expect(screen.getByRole('button', { name: 'Stop' })).toBeEnabled();
    expect(screen.getByRole('log')).toHaveTextContent('AdministratorAccess, profile acme-prod-administrator: started.');
    expect(searchField()).toHaveFocus();

    await press('c', { ctrlKey: true });
    await press('Enter', { metaKey: true });
    const profile = 'acme-prod-administrator';
    expect(backend.calls.find((call) => call.command === 'copy_env')?.args).toEqual({
      profile,
      shell: 'sh',
      person: 'can-sign-in',
    });
    expect(backend.calls.find((call) => call.command === 'open_console')?.args).toMatchObject({ profile, role: null });
    const before = backend.asked.length;
    await press('Enter');
    expect(backend.asked.length, 'a running role keeps running').toBe(before);
    await press('Enter', { shiftKey: true });
    expect(backend.asked.at(-1)).toBe('stop');
    expect(screen.getByRole('button', { name: 'Start' })).toBeEnabled();
    await press('Escape');
    expect(searchField()).toHaveValue('');
  });

  it('moves through the list while the focus stays in the field', async () => {
    await openWindow(main());
    const place = () => ['aria-posinset', 'aria-setsize'].map((name) => chosenOption()?.getAttribute(name)).join(' of ');
    const accounts = new Set(main().roles.map((role) => role.account)).size;
    expect(chosenOption(), 'what runs comes first').toHaveAccessibleName(/^PowerUser, acme-dev, Active, \d+ minutes left, profile acme-dev-power/);
    expect(place()).toBe('1 of 3');
    await press('ArrowDown');
    await press('ArrowDown');
    await press('ArrowUp');
    expect(place()).toBe('2 of 3');
    await press('ArrowDown');
    await press('ArrowDown');
    expect(place(), 'then the accounts').toBe(`1 of ${accounts}`);
    await press('PageDown');
    await press('PageDown');
    expect(place()).toBe(`${accounts} of ${accounts}`);
    await press('ArrowDown');
    expect(place()).toBe(`${accounts} of ${accounts}`);
    await press('Home');
    expect(place()).toBe('1 of 3');
    await press('End');
    expect(place()).toBe(`${accounts} of ${accounts}`);
    expect(searchField()).toHaveFocus();
  });

  it('moves through the roles of an account, while the caret has nothing to the right of it', async () => {
    await openWindow(main());
    await type(searchField(), 'acme-data');
    expect(chosenOption()).toHaveAccessibleName(/^AdministratorAccess, acme-data, role 1 of 3/);
    await press('ArrowRight');
    expect(chosenOption()).toHaveAccessibleName(/^Developer, acme-data, role 2 of 3/);
    await press('ArrowRight');
    await press('ArrowRight');
    expect(chosenOption()).toHaveAccessibleName(/^PowerUser, acme-data, role 3 of 3/);
    await press('ArrowLeft');
    expect(chosenOption()).toHaveAccessibleName(/^Developer/);
    searchField().setSelectionRange(2, 2);
    await press('ArrowRight');
    expect(chosenOption(), 'the caret moves').toHaveAccessibleName(/^Developer/);
  });

  it('does not move a role away when it starts', async () => {
    await openWindow(main());
    for (let i = 0; i < 6; i++) await press('ArrowDown');
    const before = chosenOption()?.id;
    await press('Enter');
    expect(chosenOption()?.id).toBe(before);
    expect(chosenOption()).toHaveAccessibleName(/, Active, /);
  });

  it('leaves copying to selected text', async () => {
    const { backend } = await openWindow(main());
    await type(searchField(), 'acme');
    searchField().setSelectionRange(0, 4);
    await press('c', { ctrlKey: true });
    expect(backend.asked).toEqual([]);
  });

  it('signs in first where that is needed, and starts then', async () => {
    const { backend } = await openWindow(main());
    await type(searchField(), 'northwind prod');
    await press('Enter');
    const dialog = screen.getByRole('dialog', { name: 'Sign in to northwind' });
    expect(dialog).toHaveTextContent('Continue in your browser');
    expect(within(dialog).getByTestId('sign-in-url')).toHaveTextContent('https://login.example.com/authorize');
    backend.finishSignIn('northwind');
    await settled();
    await settled();
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(backend.asked).toEqual(['start', 'sign_in', 'start']);
    expect(lastAsked(backend)?.args).toMatchObject({ person: 'away' });
    expect(searchField()).toHaveFocus();
  });

  it('asks before it replaces someone else’s profile', async () => {
    const { backend } = await openWindow(main());
    backend.foreign.add('acme-dev');
    await type(searchField(), 'developer 104928374651');
    await press('Enter');
    const dialog = screen.getByRole('dialog', { name: 'Replace profile acme-dev?' });
    expect(dialog).toHaveTextContent(foreignProfile('acme-dev', main().credentialsFile).message);
    expect(within(dialog).getByRole('button', { name: 'Cancel' })).toHaveFocus();
    await click('Back up and replace');
    expect(lastAsked(backend)?.args).toMatchObject({ replaceForeign: true, readOnly: false });
    expect(screen.getByRole('button', { name: 'Stop' })).toBeInTheDocument();
  });

  it('finds commands in the palette, and gives the focus back', async () => {
    const { backend } = await openWindow(main());
    await press('k', { ctrlKey: true });
    const field = screen.getByRole('combobox', { name: 'Search commands, identities and roles' });
    expect(field).toHaveFocus();
    await type(field, 'sign out');
    expect(chosenOption(field)).toHaveTextContent('acme');
    await press('Enter');
    expect(backend.asked).toEqual([]);
    await click('Sign out only');
    expect(backend.asked).toEqual(['sign_out']);
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(searchField()).toHaveFocus();
    await press('k', { metaKey: true });
    await press('Escape');
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('opens forms and shortcuts by key', async () => {
    await openWindow(main());
    await press('?');
    expect(screen.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeInTheDocument();
    await press('Escape');
    await press('n', { ctrlKey: true });
    expect(screen.getByRole('textbox', { name: 'Paste the address your company gave you' })).toHaveFocus();
    await pickKind('OpenID Connect');
    expect(screen.getByRole('textbox', { name: 'Name' })).toHaveFocus();
    await press('Escape');
    await press('F2');
    expect(screen.getByRole('dialog', { name: 'Edit identity acme' })).toBeInTheDocument();
    expect(screen.getByRole('textbox', { name: 'Name' })).toHaveAttribute('readonly');
    await press('Escape');
    expect(searchField()).toHaveFocus();
  });

  it('keeps Tab inside a dialog', async () => {
    await openWindow(main());
    await press('/', { ctrlKey: true });
    const change = screen.getByRole('button', { name: 'Change shortcuts' });
    expect(change).toHaveFocus();
    await press('Tab');
    expect(screen.getByRole('button', { name: 'Close' })).toHaveFocus();
  });

  it('moves in the copy menu by arrows', async () => {
    const { backend } = await openWindow(main());
    screen.getByRole('button', { name: 'Copy as env' }).focus();
    await press('ArrowDown');
    expect(screen.getByRole('menuitem', { name: 'sh, bash, zsh' })).toHaveFocus();
    await press('ArrowDown');
    await press('ArrowDown');
    document.activeElement?.dispatchEvent(new MouseEvent('click', { bubbles: true }));
    await settled();
    expect(backend.calls.at(-1)?.args).toMatchObject({ shell: 'powershell' });
    expect(screen.getByRole('button', { name: 'Copy as env' })).toHaveFocus();
    expect(screen.getByText('Copied acme-dev-power for PowerShell')).toBeInTheDocument();
  });
});
