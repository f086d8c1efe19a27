/** Keys that work anywhere in the window. Those of the list are in `SearchField.svelte`. */
import { type Actions, hasCredentials } from './actions';

export interface Shortcut {
  keys: readonly string[];
  does: string;
}

export function shortcuts(platform: string): Shortcut[] {
  const mod = platform === 'macos' ? '⌘' : 'Ctrl';
  return [
    { keys: ['↑', '↓'], does: 'Choose a role' },
    { keys: ['Enter'], does: 'Start or stop the chosen role' },
    { keys: [mod, 'Enter'], does: 'Open its console' },
    { keys: [mod, 'C'], does: 'Copy its credentials as env' },
    { keys: ['Alt', 'Enter'], does: 'Show its details in a narrow window' },
    { keys: [mod, 'K'], does: 'Commands, identities and roles' },
    { keys: [mod, 'N'], does: 'Add identity' },
    { keys: [mod, 'Shift', 'N'], does: 'Add role' },
    { keys: ['F5'], does: 'List roles again, where that takes asking' },
    { keys: ['F2'], does: 'Edit the identity of the chosen role' },
    { keys: [mod, 'F'], does: 'Back to the search field' },
    { keys: ['Esc'], does: 'Clear the search, close a dialog' },
    { keys: ['?'], does: 'These shortcuts, in an empty search field' },
    { keys: [mod, '/'], does: 'These shortcuts, anywhere' },
  ];
}

/** Does what the key means here, if anything. */
export function pressed(event: KeyboardEvent, actions: Actions): void {
  if (event.isComposing || event.defaultPrevented || actions.desk.dialog) return;
  const meaning = event.ctrlKey || event.metaKey ? withModifier(event, actions) : plain(event, actions);
  if (!meaning) return;
  event.preventDefault();
  meaning();
}

type Meaning = (() => void) | undefined;

function withModifier(event: KeyboardEvent, actions: Actions): Meaning {
  const { desk, store } = actions;
  const role = desk.chosen;
  switch (event.key.toLowerCase()) {
    case 'k':
      return () => (desk.dialog = { is: 'palette' });
    case 'n':
      if (!event.shiftKey) return () => (desk.dialog = { is: 'identity', edit: null });
      return store.identities.length ? () => (desk.dialog = { is: 'role', identity: null }) : undefined;
    case '/':
      return () => (desk.dialog = { is: 'shortcuts' });
    case 'f':
      return focusSearch;
    case 'enter':
      return role ? () => void actions.openConsole(role) : undefined;
    case 'c': {
      const session = role && desk.sessionOf(role);
      // Where text is selected, copying means that text.
      return hasCredentials(session) && !textIsSelected() ? () => void actions.copyEnv(session) : undefined;
    }
    default:
      return undefined;
  }
}

function plain(event: KeyboardEvent, actions: Actions): Meaning {
  const { desk, store } = actions;
  // Some web views would load the page again.
  if (event.key === 'F5') return () => actions.listShownRoles();
  if (event.key === 'F2') {
    const name = desk.filter.by === 'identity' ? desk.filter.name : desk.chosen?.identity;
    const edit = name === undefined ? undefined : store.identityByName.get(name);
    return edit && (() => (desk.dialog = { is: 'identity', edit }));
  }
  if (event.key === 'Escape') {
    if (desk.sheetOpen || desk.railOpen) return () => ((desk.sheetOpen = false), (desk.railOpen = false));
    return focusSearch;
  }
  // Typing where no field has the focus searches.
  const nowhere = document.activeElement === document.body || document.activeElement === null;
  if (nowhere && event.key.length === 1 && event.key !== ' ' && !event.altKey) focusSearch();
  return undefined;
}

export function focusSearch(): void {
  document.querySelector<HTMLInputElement>('#search')?.focus();
}

function textIsSelected(): boolean {
  const focused = document.activeElement;
  if (focused instanceof HTMLInputElement && focused.selectionStart !== focused.selectionEnd) return true;
  return (getSelection()?.toString() ?? '') !== '';
}
