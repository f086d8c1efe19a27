/**
 * The settings of config.toml, kept as the file is: read again when it changed, and written through the broker. What the
 * window itself shows by them (theme, density, size, keys) follows at once.
 */
import type { Event } from '../bindings/Event';
import type { Problem } from '../bindings/Problem';
import type { SettingView } from '../bindings/SettingView';
import type { Backend } from './backend';
import { asProblem } from './problems';
import type { SettingChange } from './settings-backend';
import type { ShortcutKeys } from './shortcut-keys.svelte';
import { SHORTCUTS, type ShortcutId } from './shortcuts';

const CHANGED: ReadonlySet<Event['type']> = new Set(['settings-changed', 'catalog-changed'] as const);
const THEME = 'window.theme';
const DENSITY = 'window.density';
export const TEXT_SIZE = 'window.text_size';

export class Settings {
  /** In the order of the screen. */
  all = $state.raw<readonly SettingView[]>([]);
  /** Why they can't be read: config.toml has a mistake. What was last right is in force. */
  problem = $state.raw<Problem | null>(null);
  readonly #byName = $derived(new Map(this.all.map((setting) => [setting.name, setting])));

  readonly #backend: Backend;
  readonly #shortcuts: ShortcutKeys;
  /** A reading is on its way; another one comes after it if something changed meanwhile. */
  #reading: Promise<void> | null = null;
  #again = false;
  /** What the window shows now. */
  #size = '100%';
  #previewed = false;

  constructor(backend: Backend, shortcuts: ShortcutKeys) {
    this.#backend = backend;
    this.#shortcuts = shortcuts;
  }

  get(name: string): SettingView | undefined {
    return this.#byName.get(name);
  }

  value(name: string): string | null {
    return this.get(name)?.value ?? null;
  }

  /** Reads them again after what changes them. */
  follow(event: Event): void {
    if (CHANGED.has(event.type)) void this.load();
  }

  load(): Promise<void> {
    if (this.#reading) this.#again = true;
    else {
      this.#reading = this.#read().finally(() => {
        this.#reading = null;
        if (!this.#again) return;
        this.#again = false;
        void this.load();
      });
    }
    return this.#reading ?? Promise.resolve();
  }

  /** Throws the problem, for the row to show. Null: the default again. */
  async put(name: string, value: string | null): Promise<SettingChange> {
    if (name === TEXT_SIZE) this.#previewed = false;
    const change = await this.#backend.putSetting(name, value);
    const { vault: _, ...setting } = change;
    this.#take(this.all.map((one) => (one.name === name ? setting : one)));
    // One key is taken from another shortcut, and what goes with a browser depends on it.
    await this.load();
    return change;
  }

  /** Shows a size before it is written. What the file says meanwhile doesn't change it. */
  preview(percent: string): void {
    this.#previewed = true;
    this.#showSize(percent);
  }

  #showSize(percent: string): void {
    if (percent === this.#size) return;
    this.#size = percent;
    void this.#backend.setZoom(Number.parseFloat(percent) / 100);
  }

  async #read(): Promise<void> {
    try {
      this.#take(await this.#backend.settings());
      this.problem = null;
    } catch (thrown) {
      this.problem = asProblem(thrown);
    }
  }

  #take(all: readonly SettingView[]): void {
    this.all = all;
    const root = document.documentElement;
    show(root, 'theme', this.value(THEME));
    show(root, 'density', this.value(DENSITY));
    const size = this.value(TEXT_SIZE);
    if (size !== null && !this.#previewed) this.#showSize(size);
    this.#shortcuts.chosen = Object.fromEntries(
      SHORTCUTS.flatMap(({ id }): [ShortcutId, string[]][] => {
        const setting = this.get(`shortcuts.${id}`);
        return setting?.isSet ? [[id, (setting.value ?? '').split(' ').filter(Boolean)]] : [];
      }),
    );
  }
}

function show(root: HTMLElement, name: 'theme' | 'density', value: string | null): void {
  if (value === null) delete root.dataset[name];
  else root.dataset[name] = value;
}
