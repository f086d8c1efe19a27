import { screen, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { kinds, problem } from '../lib/fake-scenarios';
import { click, lastAsked, openWindow, press, settled, type } from './window';

const dialog = (name: string) => screen.getByRole('dialog', { name });

/** The button of the dialog: the rail has one of that name too. */
async function submit() {
  within(screen.getByRole('dialog')).getByRole('button', { name: 'Sign in' }).click();
  await settled();
  await settled();
}

/** The window, as a notification that wants a sign-in leaves it. */
async function signingIn(identity: string) {
  const window = await openWindow(kinds());
  window.backend.navigate({ to: 'sign-in', identity });
  await settled();
  return window;
}

describe('a sign-in', () => {
  it('in the browser goes on with a code when the person wants that', async () => {
    const { backend } = await signingIn('acme');
    expect(screen.getByText('Continue in your browser')).toBeInTheDocument();
    screen.getByRole('button', { name: 'Use a code instead' }).focus();
    await click('Use a code instead');
    await settled();
    expect(dialog('Sign in to acme')).toHaveTextContent('QWER-TYUI');
    // The button is gone; the keys still go to the dialog.
    expect(dialog('Sign in to acme')).toContainElement(document.activeElement as HTMLElement);
    expect(screen.getByRole('timer', { name: 'Time left for the code' })).toHaveTextContent(/^(10:00|9:5\d)$/);
    expect(screen.queryByRole('button', { name: 'Use a code instead' })).toBeNull();
    await click('Copy address');
    await click('Open here');
    backend.finishSignIn('acme');
    await settled();
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(backend.asked).toEqual(['sign_in', 'cancel_sign_in', 'sign_in', 'copy_sign_in_url', 'open_sign_in_url']);
    expect(backend.calls.filter((call) => call.command === 'sign_in').map((call) => call.args)).toEqual([
      { identity: 'acme', device: false, given: [] },
      { identity: 'acme', device: true, given: [] },
    ]);
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('tells what works but is not as it could be, until it is dismissed or begins again', async () => {
    const { backend } = await signingIn('acme');
    const caution = { message: 'the provider sent no refresh token', hint: 'set scopes of the identity' };
    backend.emit({ type: 'sign-in-cautioned', identity: 'acme', caution });
    backend.finishSignIn('acme');
    await settled();
    expect(screen.getByText(caution.message)).toBeInTheDocument();
    expect(screen.getByText(caution.hint)).toBeInTheDocument();
    await click('Dismiss');
    expect(screen.queryByText(caution.message)).toBeNull();
    backend.emit({ type: 'sign-in-cautioned', identity: 'acme', caution });
    backend.emit({ type: 'sign-in-began', identity: 'acme', ask: { by: 'window', host: 'idp', browser: null }, browserOpened: false });
    await settled();
    expect(screen.queryByText(caution.message)).toBeNull();
  });

  it('names the browser that it continues in', async () => {
    const { backend } = await signingIn('acme');
    const ask = { by: 'window', host: 'login.acme.example', browser: 'Google Chrome' } as const;
    backend.emit({ type: 'sign-in-began', identity: 'acme', ask, browserOpened: false });
    await settled();
    expect(screen.getByText('Continue in the Google Chrome window that opened')).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Show window' })).toBeNull();
  });

  it('that cannot be given up for one with a code goes on as it is', async () => {
    const { backend } = await signingIn('acme');
    backend.failing.set('cancel_sign_in', problem('agent-gone', 'failed', 'the agent ended'));
    await click('Use a code instead');
    expect(screen.getByRole('alert')).toHaveTextContent(/the agent ended/i);
    backend.failSignIn('acme', problem('sts-access-denied', 'needs-sign-in', 'refused'));
    await settled();
    expect(backend.asked).toEqual(['sign_in', 'cancel_sign_in']);
  });

  it('takes back what it said of the last try', async () => {
    const { backend } = await signingIn('acme');
    backend.failSignIn('acme', problem('identity-center-consent-refused', 'refused', 'The person denied the request'));
    await settled();
    expect(screen.getByText(/denied the request/)).toBeInTheDocument();
    void backend.signIn('acme', false, {});
    await settled();
    backend.finishSignIn('acme');
    await settled();
    expect(screen.queryByText(/denied the request/)).toBeNull();
  });

  it('does not say Copied of what was not', async () => {
    const { backend } = await signingIn('acme');
    backend.failing.set('copy_sign_in_url', problem('clipboard', 'failed', 'there is no clipboard'));
    await click('Copy address');
    expect(screen.queryByRole('button', { name: 'Copied' })).toBeNull();
    await click('Copy address');
    expect(screen.getByRole('button', { name: 'Copied' })).toBeInTheDocument();
    // The code comes with an address of its own.
    await click('Use a code instead');
    expect(screen.queryByRole('button', { name: 'Copied' })).toBeNull();
  });

  it('with a code begins in the menu of the identity', async () => {
    const { backend } = await openWindow(kinds());
    screen.getAllByRole('button', { name: 'More' })[0]?.click();
    await settled();
    await click('Sign in with a code', 'menuitem');
    await settled();
    expect(screen.getByTestId('user-code')).toHaveTextContent('QWER-TYUI');
    await click('Cancel sign-in');
    expect(backend.asked).toEqual(['sign_in', 'cancel_sign_in']);
  });

  it('in a window of the app names the host', async () => {
    const { backend } = await signingIn('adfs');
    expect(dialog('Sign in to adfs')).toHaveTextContent('login.adfs.example');
    await click('Show window');
    expect(backend.asked).toEqual(['sign_in', 'show_sign_in_window']);
  });

  it('that is typed sends what was typed, and forgets it', async () => {
    const { backend, container } = await signingIn('corp');
    const password = screen.getByLabelText<HTMLInputElement>('Password');
    expect(screen.getByLabelText('User name')).toHaveValue('mara');
    expect(password).toHaveFocus();
    expect(password).toHaveAttribute('type', 'password');
    await type(password, 'wrong');
    await submit();
    expect(screen.getByText('Wrong user name or password')).toBeInTheDocument();
    expect(password).toHaveFocus();
    expect(password).toHaveValue('');
    expect(screen.getByLabelText('User name')).toHaveValue('mara');
    await type(password, ' right ');
    await submit();
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(container.innerHTML).not.toContain('right ');
    expect(lastAsked(backend)?.args).toEqual({ identity: 'corp', device: false, given: ['user', 'password'] });
  });

  it('with an MFA code wants six digits', async () => {
    const { backend } = await signingIn('mara-key');
    const code = screen.getByLabelText('MFA code');
    expect(code).toHaveFocus();
    expect(code).toHaveAttribute('autocomplete', 'one-time-code');
    await type(code, '12345');
    await submit();
    expect(code).toHaveAccessibleDescription('Enter the 6 digits of the code.');
    expect(backend.asked).toEqual([]);
    await type(code, '123456');
    await submit();
    expect(backend.asked).toEqual(['sign_in']);
  });

  it('of a pool is that of the identity behind it', async () => {
    const { backend } = await signingIn('app-pool');
    expect(dialog('Sign in to northwind')).toBeInTheDocument();
    expect(lastAsked(backend)?.args).toMatchObject({ identity: 'northwind' });
  });

  it('comes before a role that is started, and the role goes on', async () => {
    const { backend } = await openWindow(kinds());
    backend.navigate({ to: 'role', id: 'corp:arn:aws:sts::104928374651:federated-user/mara' });
    await settled();
    expect(screen.getByRole('complementary', { name: 'Chosen role' })).toHaveTextContent('Federated user');
    await click('Start');
    await type(screen.getByLabelText('Password'), 'x');
    await submit();
    expect(backend.asked).toEqual(['start', 'sign_in', 'start']);
  });

  it('that is closed starts nothing', async () => {
    const { backend } = await openWindow(kinds());
    backend.navigate({ to: 'role', id: 'corp:arn:aws:sts::104928374651:federated-user/mara' });
    await settled();
    const before = backend.state.sessions;
    await click('Start');
    await press('Escape');
    await settled();
    expect(screen.queryByRole('dialog')).toBeNull();
    // Asked once, and told to sign in first.
    expect(backend.asked).toEqual(['start']);
    expect(backend.state.sessions).toEqual(before);
  });

  it('offers the settings where they are what is wrong', async () => {
    const { backend } = await openWindow(kinds());
    const wrong = problem('iam-user-key-unknown', 'refused', 'AWS does not know AKIA…');
    backend.emit({ type: 'sign-in-needed', identity: 'mara-key', profiles: ['mara'], problem: wrong });
    await settled();
    await click('Edit identity');
    expect(dialog('Edit identity mara-key')).toBeInTheDocument();
  });
});
