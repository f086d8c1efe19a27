/** What is in the field where the person pastes what the company gave them, and what the broker says that it is. */
import type { Recognised } from '../bindings/Recognised';
import type { Backend } from './backend';

/** How long after the last key the text is read, ms. */
const PAUSE = 300;

export class Pasted {
  text = $state('');
  /** What it is. Null: nothing was said of this text yet. */
  found = $state.raw<Recognised | null>(null);
  /** The address is being asked. */
  busy = $state(false);

  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Raised with each question, so that an answer about an older text is dropped. */
  #round = 0;

  constructor(readonly backend: Backend) {}

  /** The text changed under the person's fingers: it is read without the network, after a pause. */
  typed(): void {
    this.#round++;
    this.found = null;
    this.busy = false;
    clearTimeout(this.#timer);
    if (this.text.trim() !== '') this.#timer = setTimeout(() => void this.#read(false), PAUSE);
  }

  /** The text is whole: the address in it is asked too. Returns what it is, unless the text changed meanwhile. */
  async whole(): Promise<Recognised | null> {
    clearTimeout(this.#timer);
    if (this.text.trim() === '') return null;
    this.busy = true;
    return this.#read(true);
  }

  stop(): void {
    this.#round++;
    clearTimeout(this.#timer);
  }

  async #read(ask: boolean): Promise<Recognised | null> {
    const round = ++this.#round;
    let found: Recognised | null = null;
    try {
      found = await this.backend.recognise(this.text, ask);
    } catch {
      // The window's own failure. The question below the field is another way.
    }
    if (round !== this.#round) return null;
    this.busy = false;
    this.found = found;
    // A secret doesn't stay where it can be read.
    if (found?.thing === 'secret' || found?.thing === 'access-key') this.text = found.of;
    return found;
  }
}
