import axe from 'axe-core';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../bindings/Snapshot';
import { empty, identity, main, scenario } from '../lib/fake-scenarios';
import { click, openWindow, press, searchField, settled, type } from './window';

const nothing = () => Promise.resolve();

const screens: [string, () => Snapshot, () => Promise<void>][] = [
  ['first start', empty, nothing],
  ['no roles', () => ({ ...empty(), identities: [identity('acme')] }), nothing],
  ['work', main, nothing],
  ['nothing found', main, () => type(searchField(), 'qqq')],
  ['an unstarted role', main, () => type(searchField(), 'billing')],
  ['sandbox', () => ({ ...main(), sandbox: true }), nothing],
  ['problems', () => scenario('problems').state, nothing],
  ['copy menu', main, () => click('Copy as env')],
  ['kinds of identity', main, () => click('Add identity')],
  ['add identity', empty, () => click('OpenID Connect')],
  ['add identity, with mistakes', empty, () => click('OpenID Connect').then(() => click('Save identity'))],
  ['edit identity', main, () => press('F2')],
  ['add role', main, () => click('Add role')],
  ['remove role', main, () => click('Remove role')],
  ['sign-in', main, () => click('Sign in').then(settled)],
  ['palette', main, () => press('k', { ctrlKey: true })],
  ['shortcuts', main, () => press('?')],
];

describe('axe finds nothing on the screen', () => {
  it.each(screens)('%s', async (_, state, go) => {
    await openWindow(state());
    await go();
    // Colours need a layout: contrast is computed from the tokens in contrast.test.ts.
    const { violations } = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false } } });
    expect(violations.map((v) => `${v.id}: ${v.help} ${v.nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
  });
});
