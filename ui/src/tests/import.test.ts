/** Importing what other tools have: one plan, one confirmation, and the way back. */
import { screen, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import type { ImportPlan } from '../bindings/ImportPlan';
import { somethingToImport } from '../lib/fake-import';
import { empty, main, problem } from '../lib/fake-scenarios';
import { listed } from '../lib/time';
import { click, openWindow, press, settled, type } from './window';

const dialog = () => screen.getByRole('dialog', { name: 'Import from other tools' });
const button = (name: string) => within(dialog()).getByRole('button', { name });

async function firstStart(plan: ImportPlan = somethingToImport()) {
  const opened = await openWindow(empty(), { plan });
  return opened.backend;
}

async function openPlan(plan?: ImportPlan) {
  const backend = await firstStart(plan);
  await click('Import from AWS CLI, aws-vault and Leapp');
  return backend;
}

describe('an import', () => {
  it('is offered on the first start if there is something, and changes nothing before it is confirmed', async () => {
    const backend = await openPlan();
    expect(dialog()).toHaveTextContent('acme.awsapps.com');
    expect(dialog()).toHaveTextContent('For acme-admin and acme-read');
    expect(dialog()).toHaveTextContent('− sso_session = acme');
    expect(dialog()).toHaveTextContent('+ credential_process = /usr/bin/daypass');
    expect(dialog()).toHaveTextContent('Its chain forms a loop. Name another source_profile there.');
    expect(dialog()).toHaveTextContent('~/.aws/config:41');
    expect(button('Not now')).toHaveFocus();
    await click('Not now');
    expect(backend.asked).toEqual([]);
    expect(backend.state.identities).toEqual([]);
  });

  it('isn’t offered where nothing was found', async () => {
    await openWindow(empty());
    expect(screen.queryByRole('button', { name: /^Import from/ })).toBeNull();
  });

  it('is done by one confirmation, and undone by another', async () => {
    const backend = await openPlan();
    await type(within(dialog()).getAllByLabelText(/access key ID/i)[0] as HTMLElement, 'AKIAIOSFODNN7EXAMPLE');
    await type(within(dialog()).getByLabelText(/Passphrase of aws-vault/), 'open sesame');
    await click('Import');
    const { args } = backend.calls.find((call) => call.command === 'import_planned') ?? {};
    expect(args).toEqual({ moveKeys: false, typed: ['old-key access_key_id', 'aws-vault'] });
    expect(dialog()).toHaveTextContent('Imported acme, kim, old-key and vaulted with 2 roles.');
    expect(dialog()).toHaveTextContent('Tools get the credentials of acme-admin and acme-read from Daypass.');
    expect(button('Sign in to acme')).toBeVisible();
    expect(screen.getByRole('navigation', { name: 'Identities' })).toHaveTextContent('acme');
    await click('Undo');
    expect(dialog()).toHaveTextContent('Import undone.');
    expect(backend.state.identities).toEqual([]);
    await click('Done');
    expect(screen.getByRole('heading', { name: 'Welcome to Daypass' })).toBeVisible();
  });

  it('goes on with the sign-in', async () => {
    const backend = await openPlan();
    await click('Import');
    button('Sign in to acme').click();
    await settled();
    expect(backend.asked).toEqual(['import_planned', 'sign_in']);
  });

  it('keeps access keys in their file unless the person moves them', async () => {
    const backend = await openPlan();
    const move = within(dialog()).getByRole('switch', { name: 'Move access keys into the vault' });
    expect(move).not.toBeChecked();
    move.click();
    await settled();
    await click('Import');
    expect(backend.calls.find((call) => call.command === 'import_planned')?.args).toMatchObject({ moveKeys: true });
  });

  it('shows the plan again if the files have changed', async () => {
    const backend = await openPlan();
    backend.plan = { ...somethingToImport(), remarks: [] };
    await click('Import');
    expect(dialog()).toHaveTextContent('nothing was imported. This is the new plan.');
    expect(dialog()).not.toHaveTextContent('Not imported');
    expect(backend.state.identities).toEqual([]);
    await click('Import');
    expect(dialog()).toHaveTextContent('Imported acme');
  });

  it('says that everything is here already', async () => {
    await openPlan();
    await click('Import');
    await click('Done');
    await press('k', { ctrlKey: true });
    await type(screen.getByRole('combobox', { name: /Search commands/ }), 'import from');
    await press('Enter');
    expect(dialog()).toHaveTextContent('You already have everything. Nothing changes.');
    expect(within(dialog()).queryByRole('button', { name: 'Import' })).toBeNull();
  });

  it('shows why it failed, and tries again', async () => {
    const backend = await firstStart();
    backend.failing.set('plan_import', problem('no-command-path', 'failed', 'the command isn’t installed'));
    await click(/^Import from AWS CLI/);
    expect(within(dialog()).getByRole('alert')).toHaveTextContent('The command isn’t installed');
    await click('Try again');
    expect(dialog()).toHaveTextContent('acme.awsapps.com');
  });

  it('can begin where identities are added, but not in the sandbox', async () => {
    await openWindow(main());
    await click('Add identity');
    await click('Import from other tools');
    expect(dialog()).toHaveTextContent('didn’t find any files from other tools');
  });

  it('isn’t there in the sandbox', async () => {
    await openWindow({ ...main(), sandbox: true });
    await click('Add identity');
    expect(screen.queryByRole('button', { name: 'Import from other tools' })).toBeNull();
  });
});

it('names are listed as in a sentence', () => {
  expect(['', 'a', 'a b', 'a b c'].map((names) => listed(names.split(' ')))).toEqual(['', 'a', 'a and b', 'a, b and c']);
  expect(listed(['a', 'b', 'c'], 2)).toBe('a, b and 1 more');
});
