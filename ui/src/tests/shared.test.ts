/** What comes from a shared catalog, and what an organization's policy limits. */
import { screen, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { shared } from '../lib/fake-scenarios';
import { click, openWindow, pickKind, settled } from './window';

describe('a shared catalog', () => {
  it('shows what waits as a diff, and accepts exactly that', async () => {
    const { backend } = await openWindow(shared());
    expect(screen.getByText('Shared catalog team has changed')).toBeInTheDocument();
    await click('Review');
    const dialog = screen.getByRole('dialog', { name: 'Shared catalog team' });
    expect(within(dialog).getByRole('button', { name: 'Not now' })).toHaveFocus();
    const issuer = within(dialog).getByRole('region', { name: 'identity acme' });
    expect(issuer).toHaveTextContent('− issuerhttps://login.acme.example');
    expect(issuer).toHaveTextContent('+ issuerhttps://sso.acme.example');
    expect(within(dialog).getByRole('region', { name: 'account 111122223333' })).toHaveTextContent('− productiontrue');
    await click('Accept');
    expect(backend.asked).toEqual(['accept_catalog']);
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(screen.queryByText('Shared catalog team has changed')).toBeNull();
  });

  it('keeps a role from being edited, and says whose it is', async () => {
    await openWindow(shared());
    expect(screen.getByText(/Its maintainers can change it/)).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Edit role' })).toBeNull();
    expect(screen.queryByRole('button', { name: 'Remove role' })).toBeNull();
  });
});

describe('a policy of the organization', () => {
  it('says which kinds of identity it does not allow', async () => {
    await openWindow({ ...shared(), catalogs: [] });
    await click('Add identity');
    const saml = screen.getByRole('button', { name: /: SAML 2.0$/ });
    expect(saml).toHaveAttribute('aria-disabled', 'true');
    expect(saml).toHaveTextContent('Your organization doesn’t allow this');
    saml.click();
    await settled();
    expect(saml).toBeInTheDocument();
    await pickKind('OpenID Connect');
    expect(screen.getByRole('dialog', { name: 'Add identity: OpenID Connect' })).toBeInTheDocument();
  });
});
