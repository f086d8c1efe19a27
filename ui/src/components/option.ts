/** What each option of the list of roles has, whatever it shows. */
export interface OptionProps {
  id: string;
  /** All of it, for a screen reader. */
  label: string;
  /** Its place from 1 on, and how many there are. */
  at: number;
  of: number;
  /** It has the cursor. */
  active: boolean;
  /** What a screen reader takes as selected: those that were picked, or else the one with the cursor. */
  selected: boolean;
  /** One of several that were picked. */
  picked: boolean;
  mouse: Mouse;
}

/** The attributes of an option. Keys belong to the search field, which keeps the focus. */
export const optionAttributes = ({ id, label, at, of, selected }: OptionProps) => ({
  id,
  role: 'option' as const,
  tabindex: -1,
  'aria-label': label,
  'aria-selected': selected,
  'aria-posinset': at,
  'aria-setsize': of,
  onmousedown: (event: MouseEvent) => event.preventDefault(),
});

export interface Mouse {
  click: (event: MouseEvent) => void;
  enter: () => void;
  menu: (event: MouseEvent) => void;
}
