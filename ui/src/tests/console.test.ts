/** Where the console opens, and what is pasted into the search and into the palette. */
import { screen, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { main } from '../lib/fake-scenarios';
import { click, heard, lastAsked, openWindow, press, searchField, settled, type } from './window';

describe('the console', () => {
  it('opens in the browser that is chosen for a role', async () => {
    const { backend } = await openWindow(main());
    await click(/^Opens in System browser/);
    await click('Firefox, profile Work', 'menuitem');
    expect(backend.calls.at(-1)).toMatchObject({ command: 'choose_browser', args: { choice: { profile: 'Work' } } });
    expect(screen.getByRole('button', { name: /^Opens in Firefox, profile Work/ })).toBeVisible();
  });

  it('opens a pasted page as each role that reaches it', async () => {
    const { backend } = await openWindow(main());
    const role = backend.state.roles[0]!;
    await press('k', { ctrlKey: true });
    const field = screen.getByRole('combobox', { name: /Search commands/ });
    await type(field, `arn:aws:lambda:eu-west-1:${role.account}:function:f`);
    await settled();
    const offered = within(screen.getByRole('listbox', { name: 'Commands' })).getAllByRole('option');
    expect(offered.length).toBe(backend.state.roles.filter((one) => one.account === role.account).length);
    await type(field, 'https://example.org/');
    await settled();
    expect(screen.getByText(/doesn't say in which account/)).toBeVisible();
    await type(field, 'daypass://start/Billing');
    await press('Enter');
    expect(backend.asked).toEqual(['follow_link']);
  });
});

describe('the search', () => {
  const lines = () => heard('Accounts that reach this page');

  it('finds the roles that reach a pasted page, and Enter opens it as the chosen one', async () => {
    const { backend } = await openWindow(main());
    const role = backend.state.roles[0]!;
    const arn = `arn:aws:lambda:eu-west-1:${role.account}:function:f`;
    await type(searchField(), arn);
    expect(lines()).toHaveLength(backend.state.roles.filter((one) => one.account === role.account).length);
    expect(screen.getByText('Enter opens this page')).toBeVisible();
    await press('Enter');
    expect(lastAsked(backend)).toMatchObject({ command: 'open_console', args: { to: arn } });
    // Words beside it narrow the roles, and without it Enter starts again.
    await type(searchField(), `${arn} ${role.name.slice(0, 4)}`);
    expect(lines().every((line) => line.includes(role.name))).toBe(true);
    await type(searchField(), 'billing');
    await press('Enter');
    expect(lastAsked(backend)?.command).toBe('start');
  });

  it('offers all roles for a page that names no account', async () => {
    const { backend } = await openWindow(main());
    await type(searchField(), 'arn:aws:s3:::bucket');
    expect(lines()).toHaveLength(backend.state.roles.length);
  });

  it('starts a role whose own ARN is pasted', async () => {
    const { backend } = await openWindow(main());
    const role = backend.state.roles.find((one) => one.name === 'Billing')!;
    await type(searchField(), role.arn);
    await press('Enter');
    expect(lastAsked(backend)).toMatchObject({ command: 'start', args: { role: role.id } });
  });

  it('says why no role reaches what was pasted', async () => {
    await openWindow(main());
    await type(searchField(), 'https://example.org/');
    expect(screen.getByRole('heading', { name: 'None of your roles can reach this' })).toBeVisible();
    expect(screen.getByText(/doesn't say in which account/)).toBeVisible();
    await click('Clear search');
    expect(searchField()).toHaveValue('');
  });

  it('asks about a pasted link, as if another program had opened it', async () => {
    const { backend } = await openWindow(main());
    const role = backend.state.roles.find((one) => one.name === 'Billing')!;
    backend.link = { is: 'start', role };
    await type(searchField(), ' daypass://start/Billing');
    expect(screen.getByRole('heading', { name: 'A Daypass link' })).toBeVisible();
    expect(backend.asked).toEqual([]);
    await press('Enter');
    expect(backend.calls).toContainEqual({ command: 'follow_link', args: { link: 'daypass://start/Billing' } });
    expect(screen.getByRole('dialog', { name: 'A link wants to start a role' })).toBeVisible();
    expect(backend.asked).not.toContain('start');
  });
});
