/** Which keys each shortcut has: those that the person chose, or else its own. */
import { chordOf, SHORTCUTS, type ShortcutId } from './shortcuts';

/** By shortcut. An empty list switches it off. */
export type ChosenKeys = Readonly<Partial<Record<ShortcutId, readonly string[]>>>;

export class ShortcutKeys {
  /** What the person chose. */
  chosen = $state.raw<ChosenKeys>({});

  /** If the person gives a key to one shortcut, it stops being the default of another. */
  readonly #byId = $derived.by(() => {
    const taken = new Set(Object.values(this.chosen).flat());
    return new Map(SHORTCUTS.map(({ id, keys }) => [id, this.chosen[id] ?? keys.filter((key) => !taken.has(key))]));
  });
  readonly #byKeys = $derived(new Map([...this.#byId].flatMap(([id, keys]) => keys.map((key) => [key, id] as const))));

  keys(id: ShortcutId): readonly string[] {
    return this.#byId.get(id) ?? [];
  }

  /** The shortcut that these keys stand for. */
  pressed(event: KeyboardEvent): ShortcutId | undefined {
    const chord = chordOf(event);
    return chord === undefined ? undefined : this.#byKeys.get(chord);
  }
}
