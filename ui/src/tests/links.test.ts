/** The question about a link that another program opened. */
import { screen, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LinkQuestion } from '../bindings/LinkQuestion';
import { main } from '../lib/fake-scenarios';
import { LINK_WAITS } from '../lib/links.svelte';
import { click, openWindow, press, settled } from './window';

const usual = LINK_WAITS.ms;
beforeEach(() => (LINK_WAITS.ms = 0));
afterEach(() => (LINK_WAITS.ms = usual));

function roleToStart() {
  const state = main();
  const role = state.roles.find((one) => one.name === 'Billing');
  if (!role) throw new Error('the scenario has no such role');
  return { state, role };
}

async function ask(question: (role: ReturnType<typeof roleToStart>['role']) => LinkQuestion) {
  const { state, role } = roleToStart();
  const opened = await openWindow(state);
  opened.backend.link = question(role);
  opened.backend.navigate({ to: 'link' });
  await settled();
  return { ...opened, role };
}

async function agree(verb: string) {
  within(screen.getByRole('dialog')).getByRole('button', { name: verb }).click();
  await settled();
}

describe('a link', () => {
  it('does nothing by itself, and Cancel has the focus', async () => {
    const { backend, role } = await ask((role) => ({ is: 'start', role }));
    const dialog = screen.getByRole('dialog', { name: 'A link wants to start a role' });
    expect(dialog).toHaveTextContent(role.account);
    expect(dialog).toHaveTextContent(role.name);
    expect(dialog).toHaveTextContent('Any web page, message or file can open such a link');
    expect(screen.getByRole('button', { name: 'Cancel' })).toHaveFocus();
    expect(backend.asked).toEqual([]);
    await click('Cancel');
    expect(backend.asked).toEqual(['end_link']);
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('starts the role once the person agrees', async () => {
    const { backend } = await ask((role) => ({ is: 'start', role }));
    await agree('Start');
    expect(backend.asked).toEqual(['end_link', 'start']);
  });

  it('opens the page that was shown', async () => {
    const page = 'eu-west-1.console.aws.amazon.com/s3/buckets/logs';
    const { backend } = await ask((role) => ({ is: 'console', role, to: 'arn:aws:s3:::logs', page }));
    expect(screen.getByRole('dialog')).toHaveTextContent(page);
    expect(screen.getByRole('dialog')).toHaveTextContent('may have filled in the page');
    await agree('Open console');
    const opened = backend.calls.find((call) => call.command === 'open_console');
    expect(JSON.stringify(opened?.args)).toContain('arn:aws:s3:::logs');
  });

  it('signs in once the person agrees', async () => {
    const state = main();
    const identity = state.identities[0];
    if (!identity) throw new Error('no identity');
    const { backend } = await openWindow(state);
    backend.link = { is: 'sign-in', identity };
    backend.navigate({ to: 'link' });
    await settled();
    expect(screen.getByRole('dialog', { name: 'A link wants you to sign in' })).toHaveTextContent(identity.provider);
    await agree('Sign in');
    expect(backend.asked).toContain('sign_in');
  });

  it('can’t be agreed to in the first moment', async () => {
    LINK_WAITS.ms = 60_000;
    const { backend } = await ask((role) => ({ is: 'start', role }));
    expect(within(screen.getByRole('dialog')).getByRole('button', { name: 'Start' })).toBeDisabled();
    await press('Enter');
    expect(backend.asked).not.toContain('start');
  });

  it('waits until the open dialog is closed, so that nothing typed is lost', async () => {
    const { state, role } = roleToStart();
    const { backend } = await openWindow(state);
    await press('n', { ctrlKey: true });
    const form = screen.getByRole('dialog');
    backend.link = { is: 'start', role };
    backend.navigate({ to: 'link' });
    await settled();
    expect(screen.getByRole('dialog')).toBe(form);
    await press('Escape');
    expect(screen.getByRole('dialog', { name: 'A link wants to start a role' })).toBeVisible();
  });

  it('that can’t be followed is told and not asked about', async () => {
    const { backend } = await openWindow(main());
    const message = 'Daypass doesn\'t follow this link: it is too long';
    backend.failing.set('asked_by_link', { kind: 'invalid', code: 'bad-link', message, hint: null, next: null } as never);
    backend.navigate({ to: 'link' });
    await settled();
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(screen.getByText(message)).toBeVisible();
  });
});
