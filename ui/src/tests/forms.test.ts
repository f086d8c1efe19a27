import { fireEvent, screen, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { empty, identity, main, problem } from '../lib/fake-scenarios';
import { NO_TERMS } from '../lib/terms';
import { click, openWindow, pickKind, settled, type } from './window';

const field = (name: string) => screen.getByRole<HTMLInputElement>(name === 'Region' || name === 'Duration' ? 'combobox' : 'textbox', { name });

describe('add identity', () => {
  it('goes from the first start to an identity', async () => {
    const { backend } = await openWindow(empty());
    await pickKind('OpenID Connect');
    await type(field('Name'), 'acme');
    await type(field('Issuer URL'), 'https://login.acme.example');
    await type(field('Client ID'), 'daypass');
    await click('Check settings');
    expect(screen.getByText('The provider answers')).toBeInTheDocument();
    expect(screen.getByText('84 ms')).toBeInTheDocument();
    await click('Save and sign in');
    await settled();
    expect(backend.calls.find((call) => call.command === 'add_identity')?.args).toEqual({
      name: 'acme',
      settings: {
        kind: 'oidc',
        issuer: 'https://login.acme.example',
        client_id: 'daypass',
        scopes: ['email', 'offline_access'],
        redirect_port: null,
        redirect_host: null,
        redirect_path: null,
        authorization_parameters: {},
        session_name: null,
        roles_claim: null,
        ca_file: null,
        default_region: 'eu-central-1',
      },
      secrets: [],
    });
    expect(backend.asked).toContain('sign_in');
    expect(screen.getByRole('dialog', { name: /acme/ })).toBeInTheDocument();
  });

  it('explains what is wrong, goes there, and asks nothing', async () => {
    const { backend } = await openWindow(empty());
    await pickKind('OpenID Connect');
    await type(field('Name'), 'my company');
    await click('Save and sign in');
    expect(field('Name')).toHaveFocus();
    expect(field('Name')).toHaveAccessibleDescription(/letters, digits/);
    expect(field('Issuer URL')).toBeInvalid();
    expect(backend.asked).toEqual([]);
  });

  it('keeps what was typed when saving fails', async () => {
    const { backend } = await openWindow(empty());
    backend.failing.set('add_identity', problem('config-not-written', 'failed', 'config.toml is read-only'));
    await pickKind('OpenID Connect');
    await type(field('Name'), 'acme');
    await type(field('Issuer URL'), 'https://login.acme.example');
    await type(field('Client ID'), 'daypass');
    await click('Save and sign in');
    expect(screen.getByRole('alert')).toHaveTextContent('config.toml is read-only');
    expect(field('Issuer URL')).toHaveValue('https://login.acme.example');
  });

  it('lists what a trial found, until the settings change', async () => {
    await openWindow(empty());
    await pickKind('OpenID Connect');
    await type(field('Issuer URL'), 'https://unreachable.example');
    await type(field('Client ID'), 'daypass');
    await click('Check settings');
    expect(screen.getByText(/could not be reached/)).toBeInTheDocument();
    await type(field('Issuer URL'), 'https://other.example');
    expect(screen.queryByText(/could not be reached/)).toBeNull();
  });
});

describe('add role', () => {
  it('judges the ARN as it is typed, and suggests a profile', async () => {
    const { backend } = await openWindow({ ...empty(), identities: [identity('acme')] });
    await click('Add role');
    await type(field('Role ARN'), 'arn:aws:iam::1234:role/Dev');
    await settled();
    expect(field('Role ARN')).toHaveAccessibleDescription(/12 digits/);
    await type(field('Role ARN'), 'arn:aws:iam::123456789012:role/Dev');
    await settled();
    expect(field('Role ARN')).toHaveAccessibleDescription('Role Dev in account 123456789012');
    expect(field('Profile')).toHaveValue('dev');
    await type(field('Region'), 'eu-central-1');
    await click('Save role');
    await settled();
    expect(backend.calls.find((call) => call.command === 'put_role')?.args).toEqual({
      arn: 'arn:aws:iam::123456789012:role/Dev',
      identity: 'acme',
      via: null,
      profile: 'dev',
      region: 'eu-central-1',
      terms: NO_TERMS,
    });
    expect(screen.getByRole('heading', { name: 'Dev' })).toBeInTheDocument();
  });

  it('says whether Daypass asks before a program gets the credentials, and how tools get them', async () => {
    const { backend } = await openWindow({ ...empty(), identities: [identity('acme')] });
    const arn = 'arn:aws:iam::123456789012:role/Dev';
    const choice = (name: string) => screen.getByRole<HTMLSelectElement>('combobox', { name });
    await click('Add role');
    expect(screen.queryByRole('combobox', { name: 'Delivery' }), 'nothing to say of no role').toBeNull();
    await type(field('Role ARN'), arn);
    await settled();
    expect(choice('Delivery').selectedOptions[0]).toHaveTextContent('As usual: Credentials file');
    await fireEvent.change(choice('Delivery'), { target: { value: 'process' } });
    await click('Save role');
    await settled();
    expect(backend.handOuts.get(`acme:${arn}`)).toEqual({ ask: null, delivery: 'process' });

    await click('Edit role');
    await settled();
    expect(choice('Delivery')).toHaveValue('process');
    await fireEvent.change(choice('Delivery'), { target: { value: '' } });
    await fireEvent.change(choice('Ask before a program gets it'), { target: { value: 'first-use' } });
    expect(choice('Delivery'), 'what is asked about is in no file').toBeDisabled();
    expect(choice('Delivery')).toHaveAccessibleDescription('If Daypass asks first, keys aren’t written to a file.');
    await click('Save changes');
    await settled();
    expect(backend.handOuts.get(`acme:${arn}`)).toEqual({ ask: 'first-use', delivery: null });
  });

  it('does not put its suggestion between the letters that a person types', async () => {
    const { backend } = await openWindow({ ...empty(), identities: [identity('acme')] });
    await click('Add role');
    const profile = field('Profile');
    await type(field('Role ARN'), 'arn:aws:iam::123456789012:role/Dev');
    await fireEvent.focusIn(profile);
    await settled();
    expect(field('Role ARN')).toHaveAccessibleDescription('Role Dev in account 123456789012');
    expect(profile).toHaveValue('');
    await fireEvent.focusOut(profile);
    expect(profile).toHaveValue('dev');
    await fireEvent.focusIn(profile);
    await type(profile, '');
    await settled();
    expect(profile).toHaveValue('');
    await type(profile, 'mine');
    await fireEvent.focusOut(profile);
    expect(profile).toHaveValue('mine');
    await click('Save role');
    await settled();
    expect(backend.calls.find((call) => call.command === 'put_role')?.args).toMatchObject({ profile: 'mine' });
  });

  it('saves with the suggestion also while the empty field has the focus', async () => {
    const { backend } = await openWindow({ ...empty(), identities: [identity('acme')] });
    await click('Add role');
    await fireEvent.focusIn(field('Profile'));
    await type(field('Role ARN'), 'arn:aws:iam::123456789012:role/Dev');
    await click('Save role');
    await settled();
    expect(backend.calls.find((call) => call.command === 'put_role')?.args).toMatchObject({ profile: 'dev' });
  });

  it('does not accept a profile name that could inject a line', async () => {
    const { backend } = await openWindow(main());
    await click('Add role');
    const dialog = within(screen.getByRole('dialog'));
    await type(dialog.getByRole('textbox', { name: 'Role ARN' }), 'arn:aws:iam::123456789012:role/Dev');
    await type(dialog.getByRole('textbox', { name: 'Profile' }), 'a]b');
    await click('Save role');
    expect(dialog.getByRole('textbox', { name: 'Profile' })).toBeInvalid();
    expect(backend.asked).toEqual([]);
  });
});

describe('removing', () => {
  it('says what else goes with an identity', async () => {
    const { backend } = await openWindow(main());
    const [more] = screen.getAllByRole('button', { name: 'More' });
    more?.click();
    await settled();
    await click('Remove…', 'menuitem');
    const dialog = screen.getByRole('dialog', { name: 'Remove identity acme?' });
    expect(dialog).toHaveTextContent(/its sign-in, its \d+ roles and its 3 sessions \(acme-/);
    await click('Remove identity');
    expect(backend.asked).toEqual(['remove_identity']);
  });
});
