/**
 * The one table of shortcuts is `shortcuts.json`: where each works, its id, and the keys that it
 * has by default. What each does is said in `words/shortcuts.ts` and done in `keys.ts`.
 *
 * `always`: in dialogs too. `anywhere`: on every screen. `roles`: on the screen of the roles. `list`: in the search field
 * of the roles. `desktop`: in every program, so it has no keys until the person chooses some. `fixed`: can't be changed,
 * because they are part of how lists and dialogs work everywhere.
 *
 * Keys are written as `Ctrl+Shift+N`: `Ctrl`, `Alt`, `Shift`, then one key. `Ctrl` is ⌘ on a Mac.
 */
import { keyNames } from '../words/shortcuts';
import table from './shortcuts.json';

export type Where = keyof typeof table;
export type ShortcutOf<W extends Where> = W extends Where ? keyof (typeof table)[W] : never;
export type ShortcutId = ShortcutOf<Where>;

export interface Shortcut {
  id: ShortcutId;
  where: Where;
  /** Those that it has unless the person chose others. */
  keys: readonly string[];
}

export const SHORTCUTS: readonly Shortcut[] = (Object.keys(table) as Where[]).flatMap((where) =>
  Object.entries(table[where]).map(([id, keys]) => ({ id: id as ShortcutId, where, keys })),
);

const WHERE: ReadonlyMap<string, Where> = new Map(SHORTCUTS.map(({ id, where }) => [id, where]));

export function isOf<W extends Where>(id: ShortcutId, where: W): id is ShortcutId & ShortcutOf<W> {
  return WHERE.get(id) === where;
}

/** The keys of an event in the words of the table. `undefined` for a modifier alone. */
export function chordOf(event: KeyboardEvent): string | undefined {
  const key = keyOf(event);
  if (key === undefined) return undefined;
  // Which of the others need Shift depends on the keyboard.
  const shifts = event.shiftKey && (key.length > 1 ? key !== 'Plus' : isLetter(key));
  return [event.ctrlKey || event.metaKey ? 'Ctrl' : '', event.altKey ? 'Alt' : '', shifts ? 'Shift' : '', key]
    .filter(Boolean)
    .join('+');
}

/** Whether these keys write something where text is typed. */
export const writes = (chord: string): boolean => chord.length === 1 || chord === 'Plus' || chord === 'Space';

/** The single keys of a chord as they are printed on the keyboard. */
export function caps(chord: string, platform: string): string[] {
  const names = platform === 'macos' ? MAC_CAPS : CAPS;
  return chord.split('+').map((part) => names[part] ?? CAPS[part] ?? part);
}

/** A chord in one word, such as `Ctrl+K`. */
export const inWords = (chord: string, platform: string): string =>
  caps(chord, platform).join(platform === 'macos' ? ' ' : '+');

const CAPS: Readonly<Record<string, string>> = {
  Plus: '+',
  '-': '−',
  ...keyNames,
};
const MAC_CAPS: Readonly<Record<string, string>> = { Ctrl: '⌘', Alt: '⌥', Shift: '⇧' };

const SPECIAL: Readonly<Record<string, string>> = { '+': 'Plus', ' ': 'Space' };
const MODIFIERS: ReadonlySet<string> = new Set(['Control', 'Shift', 'Alt', 'AltGraph', 'Meta', 'CapsLock', 'Fn']);
/** Keys of an input method, and of keyboards that aren't known. */
const UNKNOWN: ReadonlySet<string> = new Set(['Dead', 'Process', 'Unidentified', 'Compose']);

function keyOf({ key, code }: KeyboardEvent): string | undefined {
  if (MODIFIERS.has(key) || UNKNOWN.has(key)) return undefined;
  if (key.length > 1) return key.replace(/^Arrow/, '');
  if (/[\x21-\x7e ]/.test(key)) return SPECIAL[key] ?? key.toUpperCase();
  // Of a Greek or Cyrillic keyboard, or with Alt on a Mac: the letter that is printed beside it.
  return /^Key([A-Z])$/.exec(code)?.[1] ?? key.toUpperCase();
}

const isLetter = (key: string): boolean => key.toLowerCase() !== key.toUpperCase();
