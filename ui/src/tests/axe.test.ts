import { fireEvent, screen } from '@testing-library/svelte';
import axe from 'axe-core';
import { describe, expect, it } from 'vitest';
import type { FakeState } from '../lib/fake-state';
import { empty, identity, kinds, main, scenario, shared } from '../lib/fake-scenarios';
import { KINDS } from '../lib/kinds';
import { somethingToImport } from '../lib/fake-import';
import { click, openWindow, pickKind, press, searchField, settled, type } from './window';

const nothing = () => Promise.resolve();

async function more(i: number) {
  screen.getAllByRole('button', { name: 'More' })[i]?.click();
  await settled();
}

async function pasted(text: string) {
  const field = screen.getByRole('textbox', { name: 'Paste the address your company gave you' });
  await fireEvent.paste(field);
  await type(field, text);
  await settled();
}

async function tool(name: string) {
  await press('k', { ctrlKey: true });
  await type(screen.getByRole('combobox', { name: /Search commands/ }), name);
  await press('Enter');
}

async function explain() {
  await type(screen.getByLabelText('Encoded message'), 'x');
  await click('Explain');
}

const screens: [string, () => FakeState, () => Promise<void>][] = [
  ['first start', empty, nothing],
  ['no roles', () => ({ ...empty(), identities: [identity('acme')] }), nothing],
  ['work', main, nothing],
  ['nothing found', main, () => type(searchField(), 'qqq')],
  ['an unstarted role', main, () => type(searchField(), 'billing')],
  ['sandbox', () => ({ ...main(), sandbox: true }), nothing],
  ['problems', () => scenario('problems').state, nothing],
  ['copy menu', main, () => click('Copy as env')],
  ['kinds of identity', main, () => click('Add identity')],
  ['add identity', empty, () => pickKind('OpenID Connect')],
  ['add identity, with mistakes', empty, () => pickKind('OpenID Connect').then(() => click('Save and sign in'))],
  ['edit identity', main, () => press('F2')],
  ['add role', main, () => click('Add role')],
  ['remove role', main, () => click('Remove role')],
  ['sign-in', main, () => click('Sign in').then(settled)],
  ...KINDS.map((kind): (typeof screens)[number] => [`add ${kind.title}`, empty, () => pickKind(kind.title)]),
  ['all kinds', kinds, nothing],
  ['menu of an identity', kinds, () => more(3)],
  ['edit secrets', kinds, () => more(3).then(() => click('Edit, secrets…', 'menuitem'))],
  ['a check of the settings', kinds, () => more(0).then(() => click('Check settings…', 'menuitem'))],
  ['sign-in with a code', kinds, () => more(0).then(() => click('Sign in with a code', 'menuitem')).then(settled)],
  ['sign-in in a window', kinds, () => more(1).then(() => click('Sign in', 'menuitem')).then(settled)],
  ['sign-in form', kinds, () => more(4).then(() => click('Sign in', 'menuitem'))],
  ['sign-in form, with mistakes', kinds, () => more(4).then(() => click('Sign in', 'menuitem')).then(() => press('Enter'))],
  ['a chain', kinds, () => type(searchField(), 'auditor')],
  ['edit a role with terms', kinds, () => type(searchField(), 'auditor').then(() => click('Edit role'))],
  ['root', kinds, () => type(searchField(), 'root').then(() => click('Edit role'))],
  ['why was I denied', kinds, () => tool('why was i denied').then(explain)],
  ['whose key', kinds, () => tool('whose key')],
  ['what waits in a catalog', shared, () => click('Review')],
  ['what was pasted and can’t be used', empty, () => pasted('arn:aws:iam::111122223333:role/Admin')],
  ['what was pasted and is asked about', empty, () => pasted('https://silent.awsapps.com/start')],
  ['what was pasted and is known', empty, () => pasted('https://acme.awsapps.com/start')],
  ['import plan', empty, () => click(/^Import from/)],
  ['imported', empty, () => click(/^Import from/).then(() => click('Import'))],
  ['palette', main, () => press('k', { ctrlKey: true })],
  ['shortcuts', main, () => press('?')],
];

describe('axe finds nothing on the screen', () => {
  it.each(screens)('%s', async (_, state, go) => {
    await openWindow(state(), { plan: somethingToImport() });
    await go();
    // Colours need a layout: contrast is computed from the tokens in contrast.test.ts.
    const { violations } = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false } } });
    expect(violations.map((v) => `${v.id}: ${v.help} ${v.nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
  });
});
