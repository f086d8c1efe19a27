/** What every shortcut does. */
import type { ShortcutId, Where } from '../lib/shortcuts';

export const shortcutWords = {
  title: 'Keyboard shortcuts',
  off: 'Off',
};

export const shortcutWhere: Record<Where, string> = {
  list: 'The chosen role, from the search field',
  roles: 'Your roles',
  anywhere: 'Everywhere',
  always: 'Everywhere, in dialogs too',
  fixed: 'These can’t be changed',
};

export const shortcutDoes: Record<ShortcutId, string> = {
  move: 'Choose an account',
  'move-roles': 'Choose one of its roles',
  'move-far': 'Go to the first or last account, or a page further',
  'pick-more': 'Select more roles',
  'role-menu': 'Show what you can do with the chosen role',
  pick: 'Select several roles (empty search field)',
  favourite: 'Add the chosen role to your favourites',
  rail: 'Show or hide identities',
  start: 'Start the chosen role',
  stop: 'Stop the chosen role',
  details: 'Show its details (narrow window)',
  console: 'Open the console for the chosen role',
  'copy-env': 'Copy its credentials as environment variables',
  'list-roles': 'List roles again',
  'edit-identity': 'Edit the identity of the chosen role',
  search: 'Go to the search field',
  find: 'Find commands, identities and roles',
  'add-identity': 'Add identity',
  'add-role': 'Add role',
  shortcuts: 'Show these shortcuts',
  larger: 'Show everything larger',
  smaller: 'Show everything smaller',
  'usual-size': 'Show everything at its usual size',
  back: 'Clear the search, close a dialog or go back',
};
