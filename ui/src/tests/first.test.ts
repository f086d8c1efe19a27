/** The first minute: what is pasted is recognised, and saving leads to signing in. */
import { fireEvent, screen, within } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import type { FakeBackend } from '../lib/fake-backend';
import { empty, main } from '../lib/fake-scenarios';
import { secretOfKey } from '../lib/typed';
import { click, lastAsked, openWindow, pickKind, press, searchField, settled, type } from './window';

const field = () => screen.getByRole<HTMLInputElement>('textbox', { name: 'Paste the address your company gave you' });
const dialog = () => screen.getByRole('dialog');
const nameField = () => screen.getByRole<HTMLInputElement>('textbox', { name: 'Name' });

/** Pastes as a browser does: the event comes first, then the text is in the field. */
async function pasteText(text: string) {
  await fireEvent.paste(field());
  await type(field(), text);
  await settled();
}

const added = (backend: FakeBackend) => backend.calls.find(({ command }) => command === 'add_identity')?.args;

describe('a pasted address', () => {
  it('of an access portal needs one paste and one Enter to be signed in to', async () => {
    const { backend } = await openWindow(empty());
    expect(field()).toHaveFocus();
    await pasteText('Hi Ann, your portal: https://acme.awsapps.com/start');
    expect(dialog()).toHaveTextContent('AWS access portal of acme');
    expect(nameField()).toHaveValue('acme');
    expect(nameField()).toHaveFocus();
    await fireEvent.submit(nameField().form as HTMLFormElement);
    await settled();
    expect(added(backend)).toMatchObject({
      name: 'acme',
      settings: { kind: 'identity-center', start_url: 'https://acme.awsapps.com/start', region: 'eu-west-1', default_region: 'eu-west-1' },
    });
    expect(backend.asked).toContain('sign_in');
  });

  it('asks for what it does not tell, and for nothing else', async () => {
    const { backend } = await openWindow(empty());
    await pasteText('https://silent.awsapps.com/start');
    const region = within(dialog()).getByRole('combobox', { name: 'Region of Identity Center' });
    expect(region).toHaveFocus();
    expect(within(dialog()).getByText('Advanced').closest('details')).not.toHaveAttribute('open');
    await type(region, 'eu-central-1');
    await click('Save and sign in');
    expect(added(backend)).toMatchObject({ settings: { region: 'eu-central-1', default_region: 'eu-central-1' } });
  });

  it('fills in the same form that the question leads to', async () => {
    const fields = () => [...dialog().querySelectorAll('label')].map((label) => label.textContent);
    await openWindow(empty());
    await pasteText('https://silent.awsapps.com/start');
    const pasted = fields();
    expect(screen.getByLabelText('Start URL')).toHaveValue('https://silent.awsapps.com/start');
    await click('Other ways');
    await fireEvent.click(within(dialog()).getByRole('button', { name: /: IAM Identity Center$/ }));
    await settled();
    expect(fields()).toEqual(pasted);
  });

  it('fills in the form of its kind', async () => {
    const { backend } = await openWindow(empty());
    await pasteText('https://acme.okta.com/home/amazon_aws/0oa1/272');
    expect(dialog()).toHaveAccessibleName('Add identity: SAML 2.0');
    expect(dialog()).toHaveTextContent('Okta’s page for AWS');
    await click('Save and sign in');
    expect(added(backend)).toMatchObject({
      settings: { kind: 'saml', start_url: 'https://acme.okta.com/home/amazon_aws/0oa1/272', sso_url: null },
    });
  });

  it('of a directory shows the whole form, because much is left to say', async () => {
    await openWindow(empty());
    await pasteText('ldaps://ldap.acme.example');
    expect(screen.getByRole('textbox', { name: /Server/ })).toHaveValue('ldaps://ldap.acme.example');
    expect(screen.getByRole('textbox', { name: /Bind as/ })).toBeVisible();
    expect(nameField()).toHaveValue('acme');
  });

  it('that no one knows is taken for a page with AWS on it, and says so', async () => {
    await openWindow(empty());
    await pasteText('https://unreachable.example/aws');
    expect(dialog()).toHaveTextContent('Daypass doesn’t recognise it');
    expect(dialog()).toHaveTextContent('connection refused');
  });

  it('gets a name that is free', async () => {
    await openWindow(main());
    await click('Add identity');
    await pasteText('https://acme.awsapps.com/start');
    expect(nameField()).toHaveValue('acme-2');
  });

  it('is forgotten on the way back', async () => {
    await openWindow(empty());
    await pasteText('https://acme.awsapps.com/start');
    await click('Other ways');
    expect(within(dialog()).getByRole('textbox', { name: 'Paste the address your company gave you' })).toHaveValue('');
  });
});

describe('what is not an address of a sign-in', () => {
  it.each([
    ['arn:aws:iam::111122223333:role/Admin', 'A role', 'paste the address where you sign in'],
    ['https://awsapps.com', 'An AWS access portal, but whose?', 'acme.awsapps.com/start'],
    ['my company', 'Daypass doesn’t recognise this', 'answer the question below'],
  ])('is told what it is, and what to look for: %s', async (text, title, advice) => {
    await openWindow(empty());
    await pasteText(text);
    expect(screen.queryByRole('dialog')).toBeNull();
    const told = screen.getAllByRole('status').find((one) => one.textContent?.includes(title));
    expect(told).toHaveTextContent(advice);
    expect(field()).toHaveFocus();
  });

  it('does not stay in the field if it is a secret', async () => {
    const { container } = await openWindow(empty());
    await pasteText('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY');
    expect(field()).toHaveValue('');
    expect(screen.getByText('That looks like a secret')).toBeInTheDocument();
    expect(container.innerHTML).not.toContain('wJalr');
  });

  it('keeps only the ID of a pasted key, and asks for its secret in a hidden field', async () => {
    await openWindow(empty());
    await pasteText('AKIAIOSFODNN7EXAMPLE');
    expect(field()).toHaveValue('AKIAIOSFODNN7EXAMPLE');
    expect(screen.getByLabelText('Access key ID')).toHaveValue('AKIAIOSFODNN7EXAMPLE');
    expect(screen.getByLabelText('Secret access key')).toHaveValue('');
    expect(screen.getByLabelText('Secret access key')).toHaveFocus();
    expect(screen.getByLabelText('Secret access key')).toHaveAttribute('type', 'password');
  });
});

describe('the file of an access key', () => {
  const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
  const FILE = `Access key ID,Secret access key\nAKIAIOSFODNN7EXAMPLE,${SECRET}\n`;
  const secret = () => screen.queryByLabelText('Secret access key', { selector: 'input' });

  function watched(backend: FakeBackend): () => unknown {
    let sent: unknown;
    const add = backend.addIdentity;
    backend.addIdentity = (name, settings, secrets) => {
      sent = { ...secrets };
      return add(name, settings, secrets);
    };
    return () => sent;
  }

  it('is pasted once: its secret is never shown, isn’t asked for again and goes to the vault', async () => {
    const { backend, container } = await openWindow(empty());
    const sent = watched(backend);
    await pasteText(FILE);
    expect(field()).toHaveValue('AKIAIOSFODNN7EXAMPLE');
    expect(screen.getByRole('group', { name: 'Secret access key' })).toHaveTextContent('From what you pasted');
    expect(nameField()).toHaveFocus();
    const shown = () => container.innerHTML + [...document.querySelectorAll('input')].map((one) => one.value).join();
    expect(shown()).not.toContain(SECRET);
    await click('Save identity');
    expect(sent()).toEqual({ access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: SECRET });
    expect(shown()).not.toContain(SECRET);
  });

  it('also gives its secret to the form when it was typed and read first', async () => {
    const { backend } = await openWindow(empty());
    const sent = watched(backend);
    await type(field(), FILE.replace(/\n/g, ' '));
    await click(await screen.findByText('Continue').then(() => 'Continue'));
    expect(secret()).toBeNull();
    await click('Save identity');
    expect(sent()).toMatchObject({ secret_access_key: SECRET });
  });

  it('can have its secret replaced by another one', async () => {
    const { backend } = await openWindow(empty());
    const sent = watched(backend);
    await pasteText(FILE);
    await click('Replace');
    expect(secret()).toHaveFocus();
    expect(secret()).toHaveValue('');
    await type(secret() as HTMLElement, 'another');
    await click('Save identity');
    expect(sent()).toMatchObject({ secret_access_key: 'another' });
  });

  it('is one key: of two, neither secret is taken', () => {
    expect(secretOfKey(FILE)).toBe(SECRET);
    expect(secretOfKey(`aws_secret_access_key = ${SECRET}`)).toBe(SECRET);
    expect(secretOfKey(`${FILE}AKIAIOSFODNN7EXAMPLF,${SECRET.replace('wJ', 'xK')}`)).toBeNull();
    expect(secretOfKey('a'.repeat(40))).toBeNull();
    expect(secretOfKey(`${SECRET}${SECRET}`)).toBeNull();
  });
});

describe('the MFA device of an IAM user', () => {
  const device = () => screen.getByRole<HTMLInputElement>('combobox', { name: 'MFA device' });

  it('is suggested as soon as the key tells whose it is, in a field that stays where it is', async () => {
    const { backend } = await openWindow(empty());
    await pickKind('IAM user');
    await type(nameField(), 'kim');
    await type(screen.getByLabelText('Access key ID'), 'AKIAIOSFODNN7EXAMPLE');
    await type(screen.getByLabelText('Secret access key'), 'planted');
    const before = device();
    await fireEvent.focusOut(screen.getByLabelText('Secret access key'));
    before.focus();
    await settled();
    expect(device()).toBe(before);
    expect(screen.getByRole('option', { name: 'arn:aws:iam::111122223333:mfa/kim' })).toBeVisible();
    await press('ArrowDown');
    await press('Enter');
    expect(device()).toHaveValue('arn:aws:iam::111122223333:mfa/kim');
    const labels = [...dialog().querySelectorAll('label')].map((label) => label.textContent?.trim());
    expect(labels.findIndex((label) => label?.startsWith('MFA secret'))).toBe(labels.findIndex((label) => label?.startsWith('MFA device')) + 1);
    await fireEvent.focusOut(device());
    expect(backend.calls.filter(({ command }) => command === 'likely_mfa_serial'), 'a key is asked about once').toHaveLength(1);
  });
});

describe('the answers', () => {
  it.each([[360, 1, false], [500, 2, true], [672, 3, false]] as const)('leave none alone at %i px', async (width, columns, alone) => {
    const room = vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(width);
    await openWindow(empty());
    const toolbar = screen.getByRole('toolbar');
    expect(toolbar.style.gridTemplateColumns).toBe(`repeat(${columns}, minmax(0, 1fr))`);
    expect(toolbar.classList.contains('alone')).toBe(alone);
    room.mockRestore();
  });

  it('move by arrows in rows of any length, also to one that has the last row for itself', async () => {
    await openWindow(empty());
    const answers = within(screen.getByRole('toolbar')).getAllByRole('button');
    const toolbar = screen.getByRole('toolbar');
    for (const [columns, from, to] of [[1, 7, 8], [2, 6, 8], [2, 7, 8], [2, 8, 8], [3, 5, 8], [3, 7, 7]] as const) {
      toolbar.style.gridTemplateColumns = Array(columns).fill('1fr').join(' ');
      answers[from]?.focus();
      await press('ArrowDown');
      expect(document.activeElement, `${columns}: ${from}`).toBe(answers[to]);
    }
  });
});

describe('typing', () => {
  it('is read after a pause, without the network, and Enter goes on', async () => {
    await openWindow(empty());
    await type(field(), 'https://acme.awsapps.com/start');
    expect(await screen.findByText('AWS access portal of acme')).toBeInTheDocument();
    expect(screen.queryByRole('dialog')).toBeNull();
    field().focus();
    await press('Enter');
    expect(dialog()).toHaveTextContent('IAM Identity Center in eu-west-1');
  });

  it('of a start URL in its form finds the region, once the field is left', async () => {
    await openWindow(empty());
    await click(/: IAM Identity Center$/);
    const start = screen.getByLabelText('Start URL');
    await type(start, 'https://acme.awsapps.com/start');
    expect(screen.getByRole('combobox', { name: 'Region of Identity Center' })).toHaveValue('');
    await fireEvent.focusOut(start);
    await settled();
    expect(screen.getByRole('combobox', { name: 'Region of Identity Center' })).toHaveValue('eu-west-1');
    expect(screen.getByRole('combobox', { name: 'Default region' })).toHaveValue('eu-west-1');
  });

  it('of no sign-in at all names no region, so the profiles get the one of the other tools', async () => {
    const { backend } = await openWindow(empty());
    await pickKind('AWS profile');
    await fireEvent.input(nameField(), { target: { value: 'corp' } });
    await fireEvent.input(screen.getByRole('textbox', { name: /^Profile/ }), { target: { value: 'corp-cli' } });
    await click('Save identity');
    expect(added(backend)).toMatchObject({ settings: { kind: 'profile', default_region: 'eu-central-1', region: null } });
  });

  it('of an address in a form names the identity, until the person does', async () => {
    await openWindow(empty());
    await click(/: OpenID Connect$/);
    await type(screen.getByLabelText('Issuer URL'), 'https://login.globex.example/realms/staff');
    await settled();
    expect(nameField()).toHaveValue('globex');
    await type(nameField(), 'mine');
    await type(screen.getByLabelText('Issuer URL'), 'https://login.acme.example/realms/staff');
    await settled();
    expect(nameField()).toHaveValue('mine');
  });
});

describe('after signing in', () => {
  it('leaves the keys to the list, wherever the person began', async () => {
    const { backend } = await openWindow(main());
    backend.signIn = () => Promise.resolve();
    await click('Add identity');
    await pasteText('https://globex.awsapps.com/start');
    await click('Save and sign in');
    await settled();
    expect(searchField()).toHaveFocus();
  });

  it('says what to do with the roles', async () => {
    const { backend } = await openWindow(empty());
    backend.signIn = () => Promise.resolve();
    await pasteText('https://acme.awsapps.com/start');
    await click('Save and sign in');
    await settled();
    expect(screen.getByText(/Choose a role and press Enter/)).toBeInTheDocument();
  });

  it('asks for a role where the provider lists none', async () => {
    const { backend } = await openWindow(empty());
    backend.signIn = () => Promise.resolve();
    await pasteText('https://login.acme.example/realms/staff');
    await type(screen.getByLabelText('Client ID'), 'daypass');
    await click('Save and sign in');
    await settled();
    expect(screen.getByRole('dialog', { name: 'Add role' })).toBeInTheDocument();
    expect(dialog()).toHaveTextContent('acme doesn’t tell Daypass which roles you have');
    const arn = screen.getByRole('textbox', { name: 'Role ARN' });
    await fireEvent.paste(arn);
    await type(arn, 'https://signin.aws.amazon.com/switchrole?account=111122223333&roleName=Developer');
    await settled();
    expect(arn).toHaveValue('arn:aws:iam::111122223333:role/Developer');
  });

  it('of an IAM user shows the user itself, which needs no role', async () => {
    const { backend } = await openWindow(empty());
    await pickKind('IAM user');
    await type(nameField(), 'kim');
    await type(screen.getByLabelText('Access key ID'), 'AKIAIOSFODNN7EXAMPLE');
    await type(screen.getByLabelText('Secret access key'), 'planted');
    await click('Save identity');
    await settled();
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(screen.getByText(/Choose a role and press Enter/)).toBeInTheDocument();
    await press('Enter');
    expect(lastAsked(backend)).toMatchObject({ command: 'start', args: { role: 'kim:arn:aws:iam::111122223333:user/kim' } });
  });
});
