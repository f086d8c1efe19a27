import { screen, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import type { IdentitySettings } from '../bindings/IdentitySettings';
import { empty, identity, kinds as allKinds } from '../lib/fake-scenarios';
import { identityView } from '../lib/fake-backend';
import { KINDS } from '../lib/kinds';
import { emptyForm, formOf, gaps, settingsOf } from '../lib/kinds/form';
import type { Draft } from '../lib/backend';
import type { Kind } from '../lib/kinds/kind';
import { click, openWindow, pickKind, press, settled, type } from './window';

const kind = (word: string) => KINDS.find((one) => one.word === word) as Kind;
const field = (name: string) => screen.getByLabelText<HTMLInputElement>(new RegExp(`^${name}( · optional)?$`));

describe('the kinds', () => {
  it.each(KINDS)('$title says what it is, and settles what its fields hold', (one) => {
    expect(one.about.length).toBeGreaterThan(20);
    const settings = settingsOf(one, emptyForm(one)) as unknown as Record<string, unknown>;
    expect(Object.keys(settings).sort()).toEqual(['kind', ...Object.keys(one.fields)].sort());
    // What must be filled in is shown at once, not under "Advanced".
    for (const name of Object.keys(gaps(one, emptyForm(one)))) {
      expect(one.fields[name]?.advanced, name).not.toBe(true);
    }
  });

  it('go there and back', () => {
    const settings = {
      kind: 'directory',
      url: 'ldap://ldap.corp.example',
      start_tls: true,
      ca_file: null,
      bind_dn: 'uid={user},dc=corp',
      search_base: null,
      search_filter: null,
      bind_user: null,
      group_base: null,
      group_filter: null,
      role_pattern: 'AWS-{account}-{role}',
      role_path: null,
      partition: null,
      roles: {
        'cn=devs,dc=corp': 'arn:aws:iam::123456789012:role/Dev',
        ops: ['arn:aws:iam::123456789012:role/A', 'arn:aws:iam::123456789012:role/B'],
      },
      session_name: '{mail}',
      tags: { team: 'departmentNumber' },
      federate: { account: '123456789012', policy_arns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'], policy: null },
      hours: 8,
      default_region: null,
    };
    const form = formOf(kind('directory'), settings as IdentitySettings);
    expect(gaps(kind('directory'), form)).toEqual({});
    expect(settingsOf(kind('directory'), form)).toEqual(settings);
  });

  it('send only what belongs to the way that was chosen', () => {
    const saml = kind('saml');
    const form = { ...emptyForm(saml), start_url: 'https://a.example', sso_url: 'https://b.example', issuer: 'x' };
    expect(settingsOf(saml, form)).toMatchObject({ start_url: 'https://a.example', sso_url: null, issuer: null });
    expect(settingsOf(saml, { ...form, either: 'sso' })).toMatchObject({
      start_url: null,
      sso_url: 'https://b.example',
      issuer: 'x',
    });
  });

  it('need a role for each group', () => {
    const directory = kind('directory');
    const form = { ...emptyForm(directory), url: 'ldaps://x', bind_dn: '{user}@x', roles: [{ key: 'devs', value: '' }] };
    expect(gaps(directory, form)['roles']).toMatch(/Fill in both/);
  });
});

describe('the form of a directory', () => {
  const openForm = async () => {
    const { backend } = await openWindow(empty());
    await pickKind('Directory (LDAP)');
    await type(field('Name'), 'corp');
    await type(field('Bind as'), 'uid={user},ou=people,dc=corp,dc=example');
    return backend;
  };

  it('does not accept a policy that is not JSON, nor a short account', async () => {
    const backend = await openForm();
    await type(field('Server'), 'ldaps://ldap.corp.example');
    await type(field('Account'), '1');
    await type(field('Inline policy of the federated user'), '{');
    await click('Save and sign in');
    expect(field('Account')).toHaveAccessibleDescription(/12 digits/);
    expect(field('Inline policy of the federated user')).toHaveAccessibleDescription(/JSON/);
    expect(backend.asked).toEqual([]);
  });

  it('does not let a password go over plain ldap', async () => {
    const backend = await openForm();
    await type(field('Server'), 'ldap://ldap.corp.example');
    await click('Save and sign in');
    expect(field('Server')).toHaveAccessibleDescription(/“StartTLS”/);
    expect(backend.asked).toEqual([]);
    screen.getByRole<HTMLInputElement>('switch', { name: 'StartTLS' }).click();
    await settled();
    expect(field('Server')).not.toBeInvalid();
  });
});

describe('the form', () => {
  it('marks the pairs that are there, not the row for the next one', async () => {
    await openWindow(empty());
    await pickKind('Directory (LDAP)');
    await type(screen.getByRole('textbox', { name: 'Group 1' }), 'devs');
    await click('Save and sign in');
    const invalid = (name: string) => screen.getByRole('textbox', { name }).getAttribute('aria-invalid');
    expect([invalid('Group 1'), invalid('Role ARN 1')]).toEqual(['true', 'true']);
    expect([invalid('Group 2'), invalid('Role ARN 2')]).toEqual([null, null]);
    await click('Remove devs');
    expect(screen.queryByRole('textbox', { name: 'Group 2' })).toBeNull();
  });

  it('says of a region that is not one what a region looks like, while it is typed', async () => {
    await openWindow(empty());
    await pickKind('IAM Identity Center');
    await type(field('Region of Identity Center'), 'Frankfurt');
    field('Region of Identity Center').dispatchEvent(new Event('blur'));
    await settled();
    expect(field('Region of Identity Center')).toHaveAccessibleDescription(/eu-central-1/);
    await type(field('Region of Identity Center'), 'eu-central-1');
    await settled();
    expect(field('Region of Identity Center')).not.toBeInvalid();
  });
});

describe('secrets', () => {
  it('go to the broker once, and are kept nowhere', async () => {
    const { backend, container } = await openWindow(empty());
    let sent: unknown;
    const add = backend.addIdentity;
    backend.addIdentity = (name, settings, secrets) => {
      sent = { ...secrets };
      return add(name, settings, secrets);
    };
    await pickKind('IAM user');
    await type(field('Name'), 'me');
    await type(field('Access key ID'), 'AKIAIOSFODNN7EXAMPLE');
    await type(field('Secret access key'), 'PLANTED');
    expect(field('Secret access key')).toHaveAttribute('type', 'password');
    await click('Save identity');
    await settled();
    expect(sent).toEqual({ access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: 'PLANTED' });
    expect(container.innerHTML).not.toContain('PLANTED');
    expect(JSON.stringify(localStorage)).not.toContain('PLANTED');
    expect(JSON.stringify(backend.state)).not.toContain('PLANTED');

    // Nothing of it comes back.
    await click('More');
    await click('Edit, secrets…', 'menuitem');
    const dialog = screen.getByRole('dialog');
    expect(within(dialog).getAllByText('In the vault')).toHaveLength(2);
    expect(within(dialog).queryByLabelText('Secret access key', { selector: 'input' })).toBeNull();
  });

  const keyUser = () => {
    const settings = { kind: 'iam-user', mfa_serial: 'arn:aws:iam::104928374651:mfa/mara', region: null };
    const view = identityView('me', settings as unknown as IdentitySettings);
    return { ...view, secrets: view.secrets.map((one) => ({ ...one, isSet: true })) };
  };

  it('stay as they are unless they are replaced or removed', async () => {
    const { backend } = await openWindow({ ...empty(), identities: [keyUser()] });
    let sent: unknown;
    backend.updateIdentity = (_, __, secrets) => Promise.resolve(void (sent = { ...secrets }));
    const edit = async () => {
      await click('More');
      await click('Edit, secrets…', 'menuitem');
    };
    await edit();
    await click('Save changes');
    expect(sent).toEqual({});

    await edit();
    await click('Remove');
    expect(screen.getByText('Removed when you save')).toBeInTheDocument();
    await click('Save changes');
    expect(sent).toEqual({ totp_secret: '' });

    await edit();
    const group = screen.getByRole('group', { name: 'Secret access key' });
    within(group).getByRole('button', { name: 'Replace' }).click();
    await settled();
    await type(field('Secret access key'), 'new');
    await click('Save changes');
    expect(sent).toEqual({ secret_access_key: 'new' });
  });

  it('that were just typed are used to try it, and kept in the form alone', async () => {
    const { backend, container } = await openWindow(empty());
    let sent: Draft | undefined;
    const trySettings = backend.trySettings;
    backend.trySettings = (draft, watch) => {
      sent = structuredClone(draft);
      return trySettings(draft, watch);
    };
    await pickKind('IAM user');
    await type(field('Name'), 'my company');
    await type(field('Secret access key'), 'PLANTED');
    await click('Check settings');
    // A name that cannot be saved is no obstacle, and none of another identity's.
    expect(sent).toMatchObject({ name: kind('iam-user').example, secrets: { secret_access_key: 'PLANTED' }, exists: false });
    expect(screen.getByText('Everything that can be checked without you works.')).toBeInTheDocument();
    expect(field('Secret access key')).toHaveValue('PLANTED');
    expect(JSON.stringify([backend.calls, backend.state, localStorage])).not.toContain('PLANTED');

    // Another secret is another trial.
    await type(field('Secret access key'), 'PLANTED 2');
    expect(screen.queryByText('Everything that can be checked without you works.')).toBeNull();
    await click('Cancel');
    expect(container.innerHTML).not.toContain('PLANTED');
  });

  it('that were not typed again are tried from the vault', async () => {
    const { backend } = await openWindow({ ...empty(), identities: [keyUser()] });
    const sent: Draft[] = [];
    const trySettings = backend.trySettings;
    backend.trySettings = (draft, watch) => {
      sent.push(structuredClone(draft));
      return trySettings(draft, watch);
    };
    await click('More');
    await click('Edit, secrets…', 'menuitem');
    await click('Check settings');
    // Open to be replaced, and still empty.
    const group = screen.getByRole('group', { name: 'Secret access key' });
    within(group).getByRole('button', { name: 'Replace' }).click();
    await settled();
    await click('Check settings');
    await click('Remove');
    await click('Check settings');
    expect(sent.map(({ name, secrets, exists }) => ({ name, secrets, exists }))).toEqual([
      { name: 'me', secrets: {}, exists: true },
      { name: 'me', secrets: {}, exists: true },
      { name: 'me', secrets: { totp_secret: '' }, exists: true },
    ]);
  });

  it('are asked for before anything is sent', async () => {
    const { backend } = await openWindow(empty());
    await pickKind('IAM user');
    await type(field('Name'), 'me');
    await click('Save identity');
    expect(field('Access key ID')).toHaveFocus();
    expect(field('Secret access key')).toHaveAccessibleDescription('Enter the secret access key.');
    expect(backend.asked).toEqual([]);
  });
});

describe('a check of the settings', () => {
  it('tells each step with its time, in the menu of an identity', async () => {
    await openWindow({ ...empty(), identities: [identity('acme')] });
    await click('More');
    await click('Check settings…', 'menuitem');
    const steps = within(screen.getByRole('dialog')).getAllByRole('listitem');
    expect(steps.map((step) => step.textContent?.replace(/\s+/g, ' ').trim())).toEqual([
      'Done: The settings are well-formed 0 ms',
      'Done: The provider answers 84 ms',
      'Done: Its keys are there · 2 keys 31 ms',
    ]);
  });

  const lines = () =>
    within(screen.getByRole('dialog'))
      .getAllByRole('listitem')
      .map((step) => step.textContent?.replace(/\s+/g, ' ').trim());

  it('tells each step when it ends', async () => {
    const { backend } = await openWindow({ ...empty(), identities: [identity('acme')] }, { stepLatency: null });
    await click('More');
    await click('Check settings…', 'menuitem');
    expect(lines()).toEqual([
      'Checking: The settings are well-formed …',
      'Waiting: The provider answers',
      'Waiting: Its keys are there',
    ]);
    expect(screen.getByRole('button', { name: 'Checking…' })).toBeDisabled();
    backend.nextStep();
    await settled();
    expect(lines()).toEqual([
      'Done: The settings are well-formed 0 ms',
      'Checking: The provider answers …',
      'Waiting: Its keys are there',
    ]);
    expect(screen.queryByText(/Everything that can be checked/)).toBeNull();
    backend.nextStep();
    await settled();
    backend.nextStep();
    await settled();
    expect(lines()[2]).toBe('Done: Its keys are there · 2 keys 31 ms');
    expect(screen.getByText('Everything that can be checked without you works.')).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Check again' })).toBeEnabled();
  });

  it('ends when its dialog is closed, and so does that of a form', async () => {
    const { backend } = await openWindow({ ...empty(), identities: [identity('acme')] }, { stepLatency: null });
    const signals: AbortSignal[] = [];
    const { tryIdentity, trySettings } = backend;
    backend.tryIdentity = (name, watch) => (signals.push(watch.signal), tryIdentity(name, watch));
    backend.trySettings = (draft, watch) => (signals.push(watch.signal), trySettings(draft, watch));
    await click('More');
    await click('Check settings…', 'menuitem');
    expect(signals[0]?.aborted).toBe(false);
    await press('Escape');
    expect(signals[0]?.aborted).toBe(true);
    backend.nextStep();
    await settled();
    expect(screen.queryByRole('dialog')).toBeNull();

    await click('More');
    await click('Edit, secrets…', 'menuitem');
    await click('Check settings');
    // What is changed meanwhile is not what is tried.
    await type(field('Client ID'), 'other');
    await settled();
    expect(signals[1]?.aborted).toBe(true);
    expect(screen.queryByText(/well-formed/)).toBeNull();
    await click('Check settings');
    await click('Cancel');
    expect(signals[2]?.aborted).toBe(true);
  });

  it('says why a step failed and what to do', async () => {
    const broken = identity('acme', {});
    (broken.settings as { issuer: string }).issuer = 'https://unreachable.example';
    await openWindow({ ...empty(), identities: [broken] });
    await click('More');
    await click('Check settings…', 'menuitem');
    expect(screen.getByText(/could not be reached/)).toBeInTheDocument();
    expect(screen.getByText(/VPN/)).toBeInTheDocument();
    expect(screen.getByText('Something doesn’t work yet.')).toBeInTheDocument();
    expect(lines()[2]).toBe('Not checked: Its keys are there not checked');
  });
});

describe('the rail', () => {
  it('says what goes with an identity', async () => {
    await openWindow(allKinds());
    const more = screen.getAllByRole('button', { name: 'More' })[4] as HTMLElement;
    more.click();
    await settled();
    await click('Remove…', 'menuitem');
    expect(screen.getByRole('dialog')).toHaveTextContent(
      'its sign-in, its secrets in the vault (access key ID of the broker, secret access key of the broker, password of the search account) and its 1 role',
    );
  });
});
