/** The question about a link that another program opened. It waits until no dialog is open, so that nothing typed is lost. */
import type { LinkQuestion } from '../bindings/LinkQuestion';
import type { Actions } from './actions';
import { asProblem } from './problems';

/** How long a link can't be agreed to, ms. */
export const LINK_WAITS = { ms: 1000 };

export class Links {
  question = $state.raw<LinkQuestion | null>(null);
  readonly #actions: Actions;

  constructor(actions: Actions) {
    this.#actions = actions;
  }

  /** Asks whether a link waits for the person. */
  async look(): Promise<void> {
    if (this.question) return;
    try {
      this.question = await this.#actions.backend.askedByLink();
    } catch (thrown) {
      this.#actions.ui.report(asProblem(thrown), null, 'link');
    }
  }

  /** The person doesn't want it. */
  cancel(): void {
    this.question = null;
    void this.#actions.backend.endLink();
  }

  /** The person agreed: does what they could do themselves, with all questions that it may ask. */
  async confirm(): Promise<void> {
    const { question } = this;
    this.cancel();
    switch (question?.is) {
      case 'start':
        this.#actions.ui.reveal(question.role.id);
        return void (await this.#actions.start(question.role));
      case 'console':
        this.#actions.ui.reveal(question.role.id);
        return this.#actions.openConsole(question.role, { to: question.to });
      case 'sign-in':
        return void (await this.#actions.signIn(question.identity.name));
      case undefined:
        return;
    }
  }
}
