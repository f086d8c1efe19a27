/** What every shortcut does. */
import type { ShortcutId, Where } from '../lib/shortcuts';
import does from './shortcuts.json';

export const shortcutWords = {
  title: 'Keyboard shortcuts',
  off: 'Off',
};

export const shortcutWhere: Record<Where, string> = {
  list: 'The chosen role, from the search field',
  roles: 'Your roles',
  anywhere: 'Everywhere',
  always: 'Everywhere, in dialogs too',
  desktop: 'In every program',
  fixed: 'These can’t be changed',
};

export const shortcutDoes: Record<ShortcutId, string> = does;
