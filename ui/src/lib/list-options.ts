/** What every option of the list does and is, whatever it shows. */
import type { OptionProps } from '../components/option';
import type { Actions } from './actions';
import type { Cursor, Listed } from './cursor';

export const LIST_ID = 'roles';

/** Opens the menu of a role, or of the one with this id, at a point of the window. */
export type OpenMenu = (role: Listed | string, at: { x: number; y: number }) => void;

export type OptionOf = (at: Cursor, of: Listed | null) => Omit<OptionProps, 'label' | 'at' | 'of'>;

/** The id of the option at a place. */
export function optionId(cursor: Cursor): string {
  switch (cursor.in) {
    case 'running':
      return `running-${cursor.profile}`;
    case 'favourites':
    case 'recent':
      return `${cursor.in}-${cursor.id}`;
    case 'accounts':
      return `role-${cursor.line}-${cursor.role}`;
  }
}

export function optionsOf(actions: Actions, openMenu: OpenMenu): OptionOf {
  const { ui } = actions;
  return (at, of) => {
    const { list, selection } = ui;
    const active = list.cursor !== null && optionId(at) === optionId(list.cursor);
    const picked = at.id !== null && selection.all.has(at.id);
    return {
      id: optionId(at),
      active,
      selected: selection.all.size ? picked : active,
      picked,
      mouse: {
        click: (event) => {
          event.stopPropagation();
          void ui.point(at, event);
        },
        enter: () => void ui.withChosen((role) => actions.enter(role)),
        menu: (event) => {
          event.preventDefault();
          event.stopPropagation();
          list.put(at);
          if (at.id !== null) openMenu(of ?? at.id, { x: event.clientX, y: event.clientY });
        },
      },
    };
  };
}
