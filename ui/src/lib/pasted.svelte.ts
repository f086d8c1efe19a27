/** What is in the field where the person pastes what the company gave them, and what the broker says that it is. */
import type { Recognised } from '../bindings/Recognised';
import type { Backend } from './backend';
import { secretOfKey } from './typed';

/** How long after the last key the text is read, ms. */
const PAUSE = 300;

/** What was pasted, read. A secret beside it is handed over once, to the form that has a hidden place for it. */
export interface FromPaste {
  is: Recognised;
  takeSecret: () => string | null;
}

export class Pasted {
  text = $state('');
  /** What it is. Null: nothing was said of this text yet. */
  found = $state.raw<Recognised | null>(null);
  /** The address is being asked. */
  busy = $state(false);

  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Of the access key in the text, until it is taken. */
  #secret: string | null = null;
  /** Raised with each question, so that an answer about an older text is dropped. */
  #round = 0;

  constructor(readonly backend: Backend) {}

  /** The text changed under the person's fingers: it is read without the network, after a pause. */
  typed(): void {
    this.#round++;
    this.found = null;
    this.busy = false;
    this.#secret = null;
    clearTimeout(this.#timer);
    if (this.text.trim() !== '') this.#timer = setTimeout(() => void this.#read(false), PAUSE);
  }

  /** The text is whole: the address in it is asked too. Returns what it is, unless the text changed meanwhile. */
  async whole(): Promise<FromPaste | null> {
    clearTimeout(this.#timer);
    if (this.text.trim() === '') return null;
    this.busy = true;
    const is = await this.#read(true);
    return is && { is, takeSecret: () => this.#take() };
  }

  stop(): void {
    this.#round++;
    this.#secret = null;
    clearTimeout(this.#timer);
  }

  #take(): string | null {
    const secret = this.#secret;
    this.#secret = null;
    return secret;
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
    // A secret doesn't stay where it can be read. The text of a key that was read before has its ID alone.
    if (found?.thing === 'access-key') this.#secret = secretOfKey(this.text) ?? this.#secret;
    if (found?.thing === 'secret' || found?.thing === 'access-key') this.text = found.of;
    return found;
  }
}
