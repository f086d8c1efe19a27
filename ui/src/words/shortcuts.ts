/** What every shortcut does. */
import type { ShortcutId, Where } from '../lib/shortcuts';
import does from './shortcuts.json';

export const shortcutWords = {
  title: 'Keyboard shortcuts',
  change: 'Change shortcuts',
  off: 'Off',
};

/** Where those work that can be changed. What is used most comes first. */
export const SHORTCUT_PLACES = ['list', 'roles', 'anywhere', 'always', 'desktop'] as const;

export const shortcutWhere: Record<Where, string> = {
  list: 'The chosen role, from the search field',
  roles: 'Your roles',
  anywhere: 'Everywhere',
  always: 'Everywhere, in dialogs too',
  desktop: 'In every program',
  fixed: 'These can’t be changed',
};

export const shortcutDoes: Record<ShortcutId, string> = does;

/** What is printed on keys, where it isn't their name. */
export const keyNames: Readonly<Record<string, string>> = {
  Escape: 'Esc',
  Up: '↑',
  Down: '↓',
  Left: '←',
  Right: '→',
  PageUp: 'Page Up',
  PageDown: 'Page Down',
};
