/** How large the window shows everything, as in a browser. */
import type { Backend } from './backend';
import type { Recents } from './recents';

const STEPS = [0.5, 0.67, 0.75, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3] as const;

export class Zoom {
  readonly #backend: Backend;
  readonly #recents: Recents;

  constructor(backend: Backend, recents: Recents) {
    this.#backend = backend;
    this.#recents = recents;
  }

  /** As it was when the window was last open. */
  restore(): void {
    if (this.#recents.zoom !== 1) this.#set(this.#recents.zoom);
  }

  larger(): void {
    const { zoom } = this.#recents;
    this.#set(STEPS.find((step) => step > zoom + 0.01) ?? zoom);
  }

  smaller(): void {
    const { zoom } = this.#recents;
    this.#set(STEPS.findLast((step) => step < zoom - 0.01) ?? zoom);
  }

  usual(): void {
    this.#set(1);
  }

  #set(factor: number): void {
    this.#recents.useZoom(factor);
    void this.#backend.setZoom(factor);
  }
}
