/** What can be done with a role of the list, by the pointer's other button or by a key. */
import type { MenuItem } from '../components/MenuList.svelte';
import { lineMenu } from '../words/list';
import type { Actions } from './actions';
import type { Listed } from './cursor';
import { isLive } from './states';

export interface PointMenu {
  label: string;
  items: readonly MenuItem[];
  /** Where it opens, px from the window's corner. */
  x: number;
  y: number;
}

export function roleMenu(actions: Actions, { role, account }: Listed): Omit<PointMenu, 'x' | 'y'> {
  const { ui } = actions;
  const session = ui.sessionShown(role.id);
  const isFavourite = ui.isFavourite(role.id);
  const item = (label: string, run: () => void): MenuItem => ({ label, run });
  return {
    label: lineMenu.label(role.name),
    items: [
      isLive(session)
        ? item(lineMenu.stop, () => void actions.stop(session))
        : item(lineMenu.start, () => void ui.withRole(role.id, (view) => void actions.start(view))),
      item(lineMenu.console, () => void ui.withRole(role.id, (view) => void actions.openConsole(view))),
      item(lineMenu.copyProfile, () => void actions.copyText(session?.profile ?? ui.profileOf(role), lineMenu.profileName)),
      item(lineMenu.copyAccount, () => void actions.copyText(account.account, lineMenu.accountId)),
      item(isFavourite ? lineMenu.unfavourite : lineMenu.favourite, () => void actions.favour([role.id], !isFavourite)),
      item(ui.selection.all.has(role.id) ? lineMenu.unselect : lineMenu.select, () => ui.selection.toggle(role.id)),
      item(lineMenu.folder, () => (ui.dialog = { is: 'folder', account })),
    ],
  };
}
