/** Has a form checked by the broker while it is filled in: the rules are there, and the form only shows the answers. */

/** How long typing has to pause before the broker is asked, ms. */
export const PAUSE = { ms: 150 };

export class Checker<Answer> {
  /** The newest answer. It stays while the next one is awaited, so that nothing flickers. */
  answer = $state.raw<Answer | null>(null);

  /** Counts the questions: an answer that a newer one has overtaken is dropped. */
  #asked = 0;
  #answered = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #next: (() => Promise<Answer>) | null = null;

  /** Asks once typing pauses. */
  soon(ask: () => Promise<Answer>): void {
    clearTimeout(this.#timer);
    this.#next = ask;
    this.#timer = setTimeout(() => this.flush(), PAUSE.ms);
  }

  /** Asks at once what would be asked soon: the field has been left. */
  flush(): void {
    const ask = this.#next;
    this.stop();
    // What cannot be asked now is found when the form is saved.
    if (ask) void this.#ask(ask).catch(() => undefined);
  }

  /** Asks at once, and waits for the answer; null where the broker cannot be asked. */
  async now(ask: () => Promise<Answer>): Promise<Answer | null> {
    this.stop();
    return this.#ask(ask).catch(() => null);
  }

  /** Forgets what was asked and answered: the form is another one now. */
  clear(): void {
    this.stop();
    this.#answered = this.#asked;
    this.answer = null;
  }

  /** Drops the question that waits for a pause. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#next = null;
  }

  async #ask(ask: () => Promise<Answer>): Promise<Answer> {
    const question = ++this.#asked;
    const answer = await ask();
    if (question > this.#answered) {
      this.#answered = question;
      this.answer = answer;
    }
    return answer;
  }
}

/** The message of each field. */
export function byField(mistakes: readonly { field: string; message: string }[]): Record<string, string> {
  return Object.fromEntries([...mistakes].reverse().map(({ field, message }) => [field, message]));
}
