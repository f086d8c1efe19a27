/** How large the window shows everything, as in a browser: the setting `window.text_size`, in steps. */
import { type Settings, TEXT_SIZE } from './settings.svelte';

/** In percent. */
const STEPS = [50, 67, 75, 80, 90, 100, 110, 125, 150, 175, 200, 250, 300] as const;
/** Several steps in a row are written once, ms. */
const PAUSE = 300;

export class Zoom {
  readonly #settings: Settings;
  readonly #failed: (thrown: unknown) => void;
  #shown: number | null = null;
  #write: ReturnType<typeof setTimeout> | undefined;

  constructor(settings: Settings, failed: (thrown: unknown) => void) {
    this.#settings = settings;
    this.#failed = failed;
  }

  larger(): void {
    const now = this.#now();
    this.#show(STEPS.find((step) => step > now) ?? now);
  }

  smaller(): void {
    const now = this.#now();
    this.#show(STEPS.findLast((step) => step < now) ?? now);
  }

  usual(): void {
    this.#show(null);
  }

  #now(): number {
    return this.#shown ?? (Number.parseFloat(this.#settings.value(TEXT_SIZE) ?? '') || 100);
  }

  /** Null: the usual size. */
  #show(percent: number | null): void {
    this.#shown = percent ?? 100;
    const text = `${this.#shown}%`;
    this.#settings.preview(text);
    clearTimeout(this.#write);
    this.#write = setTimeout(() => {
      const written = this.#settings.put(TEXT_SIZE, percent === null ? null : text);
      written.catch(this.#failed).finally(() => {
        // Unless it has changed again meanwhile, the setting says it now.
        if (this.#shown === (percent ?? 100)) this.#shown = null;
      });
    }, PAUSE);
  }
}
