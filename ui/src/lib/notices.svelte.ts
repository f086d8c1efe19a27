/** Short confirmations, and problems that have no other place. */
import type { Caution } from '../bindings/Caution';
import type { Problem } from '../bindings/Problem';
import { isSame, type Remedy } from './problems';

export interface Notice {
  id: number;
  /** A short confirmation that disappears, or a problem that stays until it is closed. */
  text: string | null;
  problem: Problem | null;
  /** What works but isn't as it could be. It stays until it is closed. */
  caution?: Caution;
  remedy: { is: Remedy; run: () => void } | null;
  /** What takes a confirmed action back. */
  undo: (() => void) | null;
  /** What the problem is about: a role's id, an identity's name, or the key of what was tried. */
  about: string | null;
}

/** How long a confirmation is shown, ms. */
const SUCCESS_STAYS = 4000;
/** How long it offers to take the action back, ms. The broker could for longer. */
const UNDO_STAYS = 10_000;

export class Notices {
  notices = $state.raw<readonly Notice[]>([]);
  #nextId = 1;

  /** `about`: the id of a role whose next start, renewal or stop makes it obsolete. */
  notify(text: string, undo: (() => void) | null = null, about: string | null = null): void {
    const id = this.note({ text, problem: null, remedy: null, undo, about });
    setTimeout(() => this.dismiss(id), undo ? UNDO_STAYS : SUCCESS_STAYS);
  }

  report(problem: Problem, remedy: Notice['remedy'], about: string | null = null): void {
    this.note({ text: null, problem, remedy, undo: null, about });
  }

  dismiss(id: number): void {
    this.notices = this.notices.filter((notice) => notice.id !== id);
  }

  protected note(notice: Omit<Notice, 'id'>): number {
    const id = this.#nextId++;
    // The same is shown once: a text, or a problem of the same thing.
    const isIt = (one: Notice) =>
      notice.problem === null
        ? notice.text !== null && one.text === notice.text
        : one.about === notice.about && isSame(one.problem, notice.problem);
    const others = this.notices.filter((one) => !isIt(one));
    this.notices = [...others.slice(-3), { ...notice, id }];
    return id;
  }
}
