/** Where the console opens, and pages that are pasted into the palette. */
import { screen, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { main } from '../lib/fake-scenarios';
import { click, openWindow, press, settled, type } from './window';

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
    await type(field, 'arn:aws:s3:::bucket');
    await settled();
    expect(screen.getByText(/doesn't say in which account/)).toBeVisible();
  });
});
