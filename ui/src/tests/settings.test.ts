import { fireEvent, screen, within } from '@testing-library/svelte';
import axe from 'axe-core';
import { describe, expect, it } from 'vitest';
import type { Problem } from '../bindings/Problem';
import { main } from '../lib/fake-scenarios';
import { matching, partsOf } from '../lib/settings-parts';
import { FakeSettings } from '../lib/fake-settings';
import { click, openWindow, press, searchField, settled } from './window';

async function openSettings(part = 'General', state = main()) {
  const opened = await openWindow(state);
  await press(',', { ctrlKey: true });
  expect(screen.getByRole('heading', { name: 'Settings' })).toBeInTheDocument();
  await click(part, 'button');
  return opened;
}

const put = (backend: { calls: { command: string; args: unknown }[] }) =>
  backend.calls.filter(({ command }) => command === 'put_setting').map(({ args }) => args);

async function choose(field: HTMLElement, value: string) {
  await fireEvent.change(field, { target: { value } });
  await settled();
}

describe('the settings', () => {
  it('open by a key, and Escape leads back', async () => {
    await openSettings();
    await press('Escape');
    expect(searchField()).toHaveFocus();
  });

  it('shows each setting of the table, with its name in config.toml', async () => {
    await openSettings();
    for (const part of partsOf(new FakeSettings().all())) {
      const names = new FakeSettings().all().filter((one) => one.section === part);
      const nav = screen.getByRole('navigation', { name: 'Sections of the settings' });
      const buttons = within(nav).getAllByRole('button');
      const button = buttons[partsOf(new FakeSettings().all()).indexOf(part)] as HTMLElement;
      await fireEvent.click(button);
      await settled();
      expect(button).toHaveAttribute('aria-current', 'page');
      for (const { name } of names) {
        expect(screen.getByRole('button', { name: `Copy settings.${name}` })).toBeInTheDocument();
      }
      const { violations } = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false } } });
      expect(violations.map((one) => one.id), part).toEqual([]);
    }
  });

  it('writes a theme, and the window has it at once', async () => {
    const { backend } = await openSettings();
    await choose(screen.getByRole('combobox', { name: 'Theme' }), 'dark');
    expect(put(backend)).toEqual([{ name: 'window.theme', value: 'dark' }]);
    expect(document.documentElement.dataset['theme']).toBe('dark');
    await click('Reset Theme to system');
    expect(document.documentElement.dataset['theme']).toBe('system');
    expect(put(backend).at(-1)).toEqual({ name: 'window.theme', value: null });
  });

  it('follows what is written into the file elsewhere', async () => {
    const { backend } = await openSettings();
    backend.config.file.set('window.density', 'compact');
    backend.config.file.set('window.text_size', '125%');
    backend.emit({ type: 'catalog-changed' });
    await settled();
    expect(screen.getByRole('combobox', { name: 'Density' })).toHaveValue('compact');
    expect(screen.getByRole('textbox', { name: 'Text size' })).toHaveValue('125%');
    expect(document.documentElement.dataset['density']).toBe('compact');
    expect(backend.calls.filter(({ command }) => command === 'set_zoom').at(-1)?.args).toEqual({ factor: 1.25 });
  });

  it('keeps what was typed and says why it isn’t written', async () => {
    const { backend } = await openSettings('Regions');
    const field = screen.getByRole('combobox', { name: 'Region' });
    field.focus();
    await fireEvent.input(field, { target: { value: 'mars' } });
    await press('Enter');
    expect(screen.getByRole('alert')).toHaveTextContent('Region "mars" isn\'t valid');
    expect(field).toHaveValue('mars');
    expect(field).toHaveAttribute('aria-invalid', 'true');
    await fireEvent.input(field, { target: { value: 'eu-north-1' } });
    await press('Enter');
    expect(screen.queryByRole('alert')).toBeNull();
    expect(backend.config.file.get('region')).toBe('eu-north-1');
  });

  it('gives up what was typed at Escape, and leaves only at the next one', async () => {
    const { backend } = await openSettings();
    const field = screen.getByRole('textbox', { name: 'Text size' });
    field.focus();
    await fireEvent.input(field, { target: { value: '150%' } });
    await press('Escape');
    expect(field).toHaveValue('100%');
    expect(put(backend)).toEqual([]);
    await press('Escape');
    expect(searchField()).toBeInTheDocument();
  });

  it('adds to a list and removes from it', async () => {
    const { backend } = await openSettings();
    const field = screen.getByRole('textbox', { name: 'Sessions that start with Daypass' });
    field.focus();
    await fireEvent.input(field, { target: { value: 'dev, 123456789012/ReadOnly' } });
    await press('Enter');
    expect(backend.config.file.get('start_sessions')).toBe('dev,123456789012/ReadOnly');
    await click('Remove dev from Sessions that start with Daypass');
    expect(backend.config.file.get('start_sessions')).toBe('123456789012/ReadOnly');
    expect(field).toHaveFocus();
  });

  it('takes a text where words don’t do', async () => {
    const { backend } = await openSettings('Network');
    const proxy = screen.getByRole('combobox', { name: 'Proxy' });
    await choose(proxy, [...proxy.querySelectorAll('option')].at(-1)?.value as string);
    expect(put(backend)).toEqual([]);
    await choose(screen.getByRole('textbox', { name: 'Proxy, something else' }), 'http://proxy:8080');
    expect(put(backend)).toEqual([{ name: 'network.proxy', value: 'http://proxy:8080' }]);
    expect(screen.getByRole('textbox', { name: 'Proxy, something else' })).toHaveValue('http://proxy:8080');
  });

  it('keeps the proxy’s password out of everything that is kept', async () => {
    const { backend } = await openSettings('Network');
    await fireEvent.input(screen.getByRole('textbox', { name: 'User name' }), { target: { value: 'ann' } });
    await fireEvent.input(screen.getByLabelText('Password'), { target: { value: 'PLANTED' } });
    await click('Keep in the vault');
    expect(screen.getByText('Saved the sign-in for http://proxy.example.org:8080')).toBeInTheDocument();
    expect(screen.getByLabelText('Password')).toHaveValue('');
    expect(JSON.stringify([backend.calls, localStorage])).not.toContain('PLANTED');
  });

  it('finds a setting by its name, its words or its value', async () => {
    await openSettings();
    const all = new FakeSettings().all();
    expect(matching(all, 'console browser_profile').map((one) => one.name)).toEqual(['console.browser_profile']);
    expect(matching(all, 'idle').map((one) => one.name)).toEqual(['vault.lock_after_idle']);
    expect(matching(all, 'dark').map((one) => one.name)).toEqual(['window.theme']);
    const field = screen.getByRole('textbox', { name: 'Search settings' });
    field.focus();
    await fireEvent.input(field, { target: { value: 'fips' } });
    await settled();
    expect(screen.getByText('2 settings')).toHaveAttribute('role', 'status');
    await fireEvent.input(field, { target: { value: 'zzz' } });
    expect(screen.getByText('No setting matches “zzz”.')).toBeInTheDocument();
    await press('Escape');
    expect(field).toHaveValue('');
    expect(screen.getByRole('combobox', { name: 'Theme' })).toBeInTheDocument();
  });

  it('can be changed within what the organization allows', async () => {
    const { backend } = await openWindow(main());
    const limited = 'only process, set by your organization (/etc/daypass/policy.toml)';
    backend.config.limited.set('delivery', { limited, allowed: ['process'] });
    backend.config.limited.set('console.duration', { limited: '4h at most, set by your organization (/etc/daypass/policy.toml)' });
    await press(',', { ctrlKey: true });
    backend.emit({ type: 'settings-changed' });
    await settled();
    await click('Delivery and profiles');
    const delivery = screen.getByRole('combobox', { name: 'Delivery' });
    expect(within(delivery).getByRole('option', { name: 'Credentials file' })).toBeDisabled();
    expect(screen.getByText(/^Only process, set by your organization/)).toBeInTheDocument();
    await fireEvent.change(delivery, { target: { value: 'process' } });
    expect(backend.calls.at(-1)).toMatchObject({ command: 'put_setting', args: { name: 'delivery', value: 'process' } });
    await click('Browsers and console');
    expect(screen.getByText(/^4h at most, set by your organization/)).toBeInTheDocument();
    const duration = screen.getByRole('textbox', { name: 'Signed in for' });
    const longer = { kind: 'refused', code: 'not-allowed-by-policy', message: 'sessions last 4h at most', hint: 'ask' } as Problem;
    backend.failing.set('put_setting', longer);
    await fireEvent.input(duration, { target: { value: '8h' } });
    await fireEvent.blur(duration);
    await settled();
    expect(screen.getByRole('alert')).toHaveTextContent('Sessions last 4h at most');
  });

  it('cannot be changed while config.toml has a mistake', async () => {
    const { backend } = await openSettings();
    const mistake = { kind: 'invalid', code: 'config-mistake', message: 'config.toml, line 3' } as Problem;
    backend.failing.set('settings', mistake);
    backend.emit({ type: 'settings-changed' });
    await settled();
    expect(screen.getByRole('combobox', { name: 'Theme' })).toBeDisabled();
    expect(screen.getByText('config.toml, line 3')).toBeInTheDocument();
    backend.emit({ type: 'settings-changed' });
    await settled();
    expect(screen.getByRole('combobox', { name: 'Theme' })).toBeEnabled();
  });
});

describe('a shortcut', () => {
  it('is changed by pressing other keys, and works at once', async () => {
    const { backend } = await openSettings('Shortcuts');
    const button = screen.getByRole('button', { name: 'Change the keys of: Find commands, identities and roles' });
    button.focus();
    await fireEvent.click(button);
    await press('Control', { ctrlKey: true });
    await press('p', { ctrlKey: true });
    expect(backend.config.file.get('shortcuts.find')).toBe('Ctrl+P');
    await press('k', { ctrlKey: true });
    expect(screen.queryByRole('dialog')).toBeNull();
    await press('p', { ctrlKey: true });
    expect(screen.getByRole('dialog')).toBeInTheDocument();
    await press('Escape');
    await click('Reset Find commands, identities and roles to Ctrl+K');
    await press('k', { ctrlKey: true });
    expect(screen.getByRole('dialog')).toBeInTheDocument();
  });

  it('is switched off, and keeps its keys at Escape', async () => {
    const { backend } = await openSettings('Shortcuts');
    const button = screen.getByRole('button', { name: 'Change the keys of: Add role' });
    button.focus();
    await fireEvent.click(button);
    await press('Escape');
    expect(put(backend)).toEqual([]);
    expect(screen.getByRole('heading', { name: 'Settings' })).toBeInTheDocument();
    await click('Turn off: Add role');
    expect(backend.config.file.get('shortcuts.add-role')).toBe('');
  });

  it('says why keys can’t be taken', async () => {
    await openSettings('Shortcuts');
    const button = screen.getByRole('button', { name: 'Change the keys of: Add role' });
    button.focus();
    await fireEvent.click(button);
    await press('k');
    expect(screen.getByRole('alert')).toHaveTextContent('K can\'t be a shortcut');
  });
});

describe('the vault in the settings', () => {
  it('moves its key once the person agrees', async () => {
    const { backend } = await openSettings('Vault');
    const key = screen.getByRole('combobox', { name: 'Key' });
    await choose(key, [...key.querySelectorAll('option')].at(-1)?.value as string);
    await choose(screen.getByRole('textbox', { name: 'Key, something else' }), 'file:~/vault.key');
    expect(put(backend)).toEqual([]);
    expect(screen.getByRole('dialog', { name: 'Move the vault’s key?' })).toHaveTextContent('~/vault.key');
    await click('Move the key');
    expect(put(backend)).toEqual([{ name: 'vault.key', value: 'file:~/vault.key' }]);
  });

  it('asks for a passphrase outside of the page', async () => {
    const { backend } = await openSettings('Vault');
    await choose(screen.getByRole('combobox', { name: 'Key' }), 'passphrase');
    expect(backend.asked).toEqual(['use_passphrase']);
    backend.config.file.set('vault.key', 'passphrase');
    backend.emit({ type: 'catalog-changed' });
    await settled();
    await click('Change passphrase');
    expect(backend.asked.at(-1)).toBe('change_passphrase');
  });

  it('is locked and unlocked', async () => {
    const { backend } = await openSettings('Vault');
    await click('Lock now');
    expect(backend.asked).toEqual(['lock_vault']);
    await settled();
    await click('Unlock');
    expect(backend.asked).toEqual(['lock_vault', 'unlock_vault']);
  });
});

describe('a form on a machine with a policy', () => {
  it('says what the organization decides of a role', async () => {
    const state = main();
    const policy = { file: '/etc/daypass/policy.toml', longestSession: '4h', deliveries: null, kinds: null, providers: null, productionReadOnly: true, problem: null };
    await openWindow({ ...state, policy });
    await press('n', { ctrlKey: true, shiftKey: true });
    const arn = screen.getByRole('textbox', { name: 'Role ARN' });
    await fireEvent.input(arn, { target: { value: 'arn:aws:iam::104928374651:role/Builder' } });
    await settled();
    expect(screen.getByText('At most 4h. This is set by your organization. Daypass renews it.')).toBeInTheDocument();
    const readOnly = screen.getByRole('switch', { name: 'Always read-only' });
    expect(readOnly).toBeChecked();
    expect(readOnly).toBeDisabled();
    expect(screen.getByText('Set by your organization for production accounts.')).toBeInTheDocument();
  });
});
