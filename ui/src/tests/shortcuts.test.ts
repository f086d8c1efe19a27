import { screen } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { main } from '../lib/fake-scenarios';
import { ShortcutKeys } from '../lib/shortcut-keys.svelte';
import { caps, chordOf, inWords, SHORTCUTS } from '../lib/shortcuts';
import { openWindow, press, searchField, type } from './window';

const event = (key: string, more: KeyboardEventInit = {}) => new KeyboardEvent('keydown', { key, ...more });

describe('the table of shortcuts', () => {
  it('gives no key to two of them', () => {
    const keys = SHORTCUTS.flatMap((one) => one.keys);
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(SHORTCUTS.map((one) => one.id)).size).toBe(SHORTCUTS.length);
  });

  it.each([
    ['Ctrl+K', event('k', { ctrlKey: true })],
    ['Ctrl+K', event('k', { metaKey: true })],
    ['Ctrl+Shift+N', event('N', { ctrlKey: true, shiftKey: true })],
    ['Ctrl+K', event('л', { ctrlKey: true, code: 'KeyK' })],
    ['Alt+A', event('å', { altKey: true, code: 'KeyA' })],
    // The keys of some keyboards need Shift for these, those of others don't.
    ['?', event('?', { shiftKey: true })],
    ['Ctrl+/', event('/', { ctrlKey: true, shiftKey: true })],
    ['Ctrl+Plus', event('+', { ctrlKey: true, shiftKey: true })],
    ['Ctrl+-', event('-', { ctrlKey: true })],
    ['Shift+Enter', event('Enter', { shiftKey: true })],
    ['Alt+Up', event('ArrowUp', { altKey: true })],
    ['Space', event(' ')],
    ['F5', event('F5')],
    [undefined, event('Control', { ctrlKey: true })],
    [undefined, event('Dead', { altKey: true })],
  ])('reads %s', (chord, pressed) => expect(chordOf(pressed)).toBe(chord));

  it('shows keys as they are printed', () => {
    expect(caps('Ctrl+Shift+N', 'linux')).toEqual(['Ctrl', 'Shift', 'N']);
    expect(caps('Ctrl+Shift+N', 'macos')).toEqual(['⌘', '⇧', 'N']);
    expect(inWords('Ctrl+Plus', 'windows')).toBe('Ctrl++');
    expect(caps('Up', 'macos')).toEqual(['↑']);
  });

  it('lets a chosen key go before a default one', () => {
    const keys = new ShortcutKeys();
    expect(keys.pressed(event('F5'))).toBe('list-roles');
    keys.chosen = { console: ['F5'], find: [], stop: ['Ctrl+Delete'] };
    expect(keys.pressed(event('F5'))).toBe('console');
    expect(keys.keys('list-roles')).toEqual([]);
    expect(keys.pressed(event('k', { ctrlKey: true }))).toBeUndefined();
    expect(keys.pressed(event('Delete', { ctrlKey: true }))).toBe('stop');
    expect(keys.pressed(event('Enter', { shiftKey: true }))).toBeUndefined();
  });
});

describe('a key that also writes', () => {
  it('is a shortcut only where it would be the first letter', async () => {
    await openWindow(main());
    await type(searchField(), 'acme');
    await press('?', { shiftKey: true });
    expect(screen.queryByRole('dialog')).toBeNull();
    await press('Escape');
    await press('?', { shiftKey: true });
    expect(screen.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeInTheDocument();
  });
});
