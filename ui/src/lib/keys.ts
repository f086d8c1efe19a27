/** Keys that work anywhere in the window. Those of the list are in `SearchField.svelte`. */
import type { Actions } from './actions';
import { hasCredentials, isLive } from './states';

export interface Shortcut {
  keys: readonly string[];
  does: string;
}

export function shortcuts(platform: string): Shortcut[] {
  const mod = platform === 'macos' ? '⌘' : 'Ctrl';
  return [
    { keys: ['↑', '↓'], does: 'Choose a role' },
    { keys: ['Enter'], does: 'Start the chosen role' },
    { keys: ['Shift', 'Enter'], does: 'Stop the chosen role' },
    { keys: [mod, 'Enter'], does: 'Open the console for the chosen role' },
    { keys: [mod, 'C'], does: 'Copy its credentials as environment variables' },
    { keys: ['Alt', 'Enter'], does: 'Show its details (narrow window)' },
    { keys: [mod, 'K'], does: 'Find commands, identities and roles' },
    { keys: [mod, 'N'], does: 'Add identity' },
    { keys: [mod, 'Shift', 'N'], does: 'Add role' },
    { keys: ['F5'], does: 'List roles again' },
    { keys: ['F2'], does: 'Edit the identity of the chosen role' },
    { keys: [mod, 'F'], does: 'Go to the search field' },
    { keys: ['Esc'], does: 'Clear the search or close a dialog' },
    { keys: ['?'], does: 'Show these shortcuts (empty search field)' },
    { keys: [mod, '/'], does: 'Show these shortcuts' },
    { keys: [mod, '+'], does: 'Show everything larger' },
    { keys: [mod, '−'], does: 'Show everything smaller' },
    { keys: [mod, '0'], does: 'Show everything at its usual size' },
  ];
}

/** Does what the key stands for, if anything. */
export function pressed(event: KeyboardEvent, actions: Actions): void {
  if (event.isComposing || event.defaultPrevented) return;
  const resized = event.ctrlKey || event.metaKey ? zoomed(event, actions) : undefined;
  if (actions.ui.dialog && !resized) return;
  const meaning =
    resized ?? (event.ctrlKey || event.metaKey ? withModifier(event, actions) : plain(event, actions));
  if (!meaning) return;
  event.preventDefault();
  meaning();
}

type Meaning = (() => void) | undefined;

/** Works in dialogs too. */
function zoomed({ key }: KeyboardEvent, { zoom }: Actions): Meaning {
  switch (key) {
    case '+':
    case '=':
      return () => zoom.larger();
    case '-':
    case '_':
      return () => zoom.smaller();
    case '0':
      return () => zoom.usual();
    default:
      return undefined;
  }
}

/** Stops the chosen role's session. */
export function stopChosen(actions: Actions): void {
  const { session } = actions.ui;
  if (isLive(session)) void actions.stop(session);
}

function withModifier(event: KeyboardEvent, actions: Actions): Meaning {
  const { ui, store } = actions;
  const role = ui.chosen;
  switch (event.key.toLowerCase()) {
    case 'k':
      return () => (ui.dialog = { is: 'palette' });
    case 'n':
      // What would be saved is refused until config.toml is right.
      if (store.facts?.configProblem) return undefined;
      if (!event.shiftKey) return () => (ui.dialog = { is: 'identity', edit: null });
      return store.identities.length ? () => (ui.dialog = { is: 'role', identity: null }) : undefined;
    case '/':
      return () => (ui.dialog = { is: 'shortcuts' });
    case 'f':
      return focusSearch;
    case 'enter':
      return role ? () => void actions.openConsole(role) : undefined;
    case 'c': {
      const session = role && ui.sessionOf(role);
      // If text is selected, that text is copied.
      return hasCredentials(session) && !textIsSelected() ? () => void actions.copyEnv(session) : undefined;
    }
    default:
      return undefined;
  }
}

function plain(event: KeyboardEvent, actions: Actions): Meaning {
  const { ui, store } = actions;
  // Some web views would reload the page.
  if (event.key === 'F5') return () => actions.listShownRoles();
  if (event.key === 'F2') {
    const name = ui.filter.by === 'identity' ? ui.filter.name : ui.chosen?.identity;
    const edit = name === undefined ? undefined : store.identityByName.get(name);
    return edit && (() => (ui.dialog = { is: 'identity', edit }));
  }
  if (event.key === 'Escape') {
    if (ui.screen.is !== 'roles') return () => (ui.screen = { is: 'roles' });
    if (ui.sheetOpen || ui.railOpen) return () => ((ui.sheetOpen = false), (ui.railOpen = false));
    return focusSearch;
  }
  // Typing while no field has the focus searches.
  const nowhere = document.activeElement === document.body || document.activeElement === null;
  if (nowhere && event.key === 'Enter' && event.shiftKey) return () => stopChosen(actions);
  if (nowhere && event.key.length === 1 && event.key !== ' ' && !event.altKey) focusSearch();
  return undefined;
}

/** Focuses the search field, or on the first page the first kind of identity. */
export function focusSearch(): void {
  document.querySelector<HTMLElement>('#search, .welcome [role=toolbar] [tabindex="0"]')?.focus();
}

function textIsSelected(): boolean {
  const focused = document.activeElement;
  if (focused instanceof HTMLInputElement && focused.selectionStart !== focused.selectionEnd) return true;
  return (getSelection()?.toString() ?? '') !== '';
}
