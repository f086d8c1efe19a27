/** What the keys of `shortcuts.json` do. Those of the list are pressed in `SearchField.svelte`. */
import type { Actions } from './actions';
import { isOf, type ShortcutOf, chordOf, writes } from './shortcuts';
import { linkIn } from './pages';
import { hasCredentials, isLive } from './states';
import { identityOf } from './terms';

/** Does what the key stands for, if anything. */
export function pressed(event: KeyboardEvent, actions: Actions): void {
  if (event.isComposing || event.defaultPrevented) return;
  const meaning = meaningOf(event, actions);
  if (!meaning) return;
  event.preventDefault();
  meaning();
}

/** Does what a key of the list stands for, and says whether it was one. */
export function pressedInList(event: KeyboardEvent, actions: Actions): boolean {
  const id = actions.shortcuts.pressed(event);
  if (id === undefined || !isOf(id, 'list') || isText(event)) return false;
  LIST[id](event, actions);
  return true;
}

type Meaning = (() => void) | undefined;

function meaningOf(event: KeyboardEvent, actions: Actions): Meaning {
  const { ui, shortcuts } = actions;
  const id = isText(event) ? undefined : shortcuts.pressed(event);
  if (id && isOf(id, 'always')) return () => ALWAYS[id](actions);
  if (ui.dialog) return undefined;
  if (id && isOf(id, 'anywhere')) return ANYWHERE[id](actions);
  if (ui.screen.is === 'roles') {
    if (id && isOf(id, 'roles')) return ROLES[id](actions);
    if (id === 'stop' && isNowhere()) return () => void stopChosen(actions);
  }
  return plain(event, actions);
}

const ALWAYS: Record<ShortcutOf<'always'>, (actions: Actions) => void> = {
  larger: ({ zoom }) => zoom.larger(),
  smaller: ({ zoom }) => zoom.smaller(),
  'usual-size': ({ zoom }) => zoom.usual(),
};

const ANYWHERE: Record<ShortcutOf<'anywhere'>, (actions: Actions) => Meaning> = {
  find: ({ ui }) => () => (ui.dialog = { is: 'palette' }),
  attention: ({ ui }) => () => (ui.screen = { is: 'attention' }),
  settings: ({ ui }) => () => (ui.screen = { is: 'settings' }),
  // What would be saved is refused until config.toml is right.
  'add-identity': ({ ui, store }) =>
    store.facts?.configProblem ? undefined : () => (ui.dialog = { is: 'identity', edit: null }),
  'add-role': ({ ui, store }) =>
    store.facts?.configProblem || !store.identities.length
      ? undefined
      : () => (ui.dialog = { is: 'role', identity: null }),
  timeline: ({ ui }) => () => (ui.screen = { is: 'timeline', role: null }),
  shortcuts: ({ ui }) => () => (ui.dialog = { is: 'shortcuts' }),
};

const ROLES: Record<ShortcutOf<'roles'>, (actions: Actions) => Meaning> = {
  search: () => focusSearch,
  console: (actions) => {
    const { ui } = actions;
    const picked = [...ui.selection.all];
    if (picked.length) return () => void actions.openConsoles(picked);
    return ui.list.isSettled && ui.chosenId === null
      ? undefined
      : () => void ui.withChosen((role) => actions.openConsole(role, { to: ui.list.page }));
  },
  'copy-env': (actions) => {
    const { list, session } = actions.ui;
    // If text is selected, that text is copied.
    if (textIsSelected()) return undefined;
    if (list.isSettled) return hasCredentials(session) ? () => void actions.copyEnv(session) : undefined;
    return () => void list.settled().then(() => copyChosen(actions));
  },
  favourite: (actions) => () => void actions.favourChosen(),
  rail: ({ ui }) => () => (ui.compact ? (ui.railOpen = !ui.railOpen) : ui.foldRail(!ui.railFolded)),
  // Some web views would reload the page.
  'list-roles': (actions) => () => actions.listShownRoles(),
  'edit-identity': ({ ui, store }) => {
    const name = ui.onlyIdentity ?? (ui.chosenId === null ? null : identityOf(ui.chosenId));
    const edit = name === null ? undefined : store.identityByName.get(name);
    return edit && (() => (ui.dialog = { is: 'identity', edit }));
  },
};

const LIST: Record<ShortcutOf<'list'>, (event: KeyboardEvent, actions: Actions) => void> = {
  start: (event, actions) => {
    if (!event.repeat) void startChosen(actions);
  },
  stop: (event, actions) => {
    if (!event.repeat) void stopChosen(actions);
  },
  details: (_, { ui }) => (ui.sheetOpen = ui.narrow),
  pick: (_, { ui }) => {
    if (ui.chosenId !== null) ui.selection.toggle(ui.chosenId);
  },
};

/** The primary thing: what is typed is answered first, so that no other role starts than the one that is found. */
async function startChosen(actions: Actions): Promise<void> {
  const { ui } = actions;
  const { list, selection } = ui;
  if (selection.all.size) return actions.startAll(selection.all);
  const link = linkIn(ui.query);
  if (link !== null) return actions.followLink(link);
  if (!list.isSettled) await list.settled();
  if (list.chosenGroup) list.fold(list.chosenGroup.id, !list.chosenGroup.folded);
  else if (ui.chosenId !== null) await ui.withChosen((role) => actions.enter(role));
  else if (actions.store.isLocked) await actions.unlockVault();
  else if (ui.signInFirst) await actions.signIn(ui.signInFirst.name);
}

/** Stops the chosen role's session, or those of all that were picked. */
export async function stopChosen(actions: Actions): Promise<void> {
  const { list, selection } = actions.ui;
  if (selection.all.size) return actions.stopEach(selection.all);
  if (!list.isSettled) await list.settled();
  const { session } = actions.ui;
  if (isLive(session)) await actions.stop(session);
}

async function copyChosen(actions: Actions): Promise<void> {
  const { session } = actions.ui;
  if (hasCredentials(session)) await actions.copyEnv(session);
}

function plain(event: KeyboardEvent, { ui }: Actions): Meaning {
  if (event.ctrlKey || event.metaKey) return undefined;
  if (event.key === 'Escape') {
    if (ui.screen.is !== 'roles') return () => (ui.screen = { is: 'roles' });
    if (ui.sheetOpen || ui.railOpen) return () => ((ui.sheetOpen = false), (ui.railOpen = false));
    return focusSearch;
  }
  // Typing while no field has the focus searches.
  if (isNowhere() && event.key.length === 1 && event.key !== ' ' && !event.altKey) focusSearch();
  return undefined;
}

const isNowhere = (): boolean => document.activeElement === document.body || document.activeElement === null;

/** Whether the key writes into a field. What writes into an empty search field can be a shortcut. */
function isText(event: KeyboardEvent): boolean {
  const chord = chordOf(event);
  if (chord === undefined || !writes(chord)) return false;
  const field = document.activeElement;
  if (field instanceof HTMLInputElement && field.id === 'search') return field.value !== '';
  return field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement;
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
