/** What every action of the person has in common: it is under way, it works, or what went wrong is shown. */
import type { Problem } from '../bindings/Problem';
import type { Backend } from './backend';
import { asProblem, type Remedy } from './problems';
import type { Recents } from './recents';
import type { Store } from './store.svelte';
import { identityOf } from './terms';
import type { UiState } from './ui-state.svelte';

/** The button beside a problem. */
export type Remedied = { is: Remedy; run: () => void };

export abstract class Attempts {
  constructor(
    readonly backend: Backend,
    readonly store: Store,
    readonly ui: UiState,
    readonly recents: Recents,
  ) {}

  /** What the button beside a problem does, if there is one. */
  abstract remedy(problem: Problem, identity: string | null, again: (() => void) | null): Remedied | null;

  /** Returns whether that worked. */
  protected async attempt(key: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await this.ui.whileBusy(key, work);
      return true;
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem.kind !== 'cancelled') {
        this.ui.report(problem, this.remedy(problem, null, () => void this.attempt(key, work)), key);
      }
      return false;
    }
  }

  /** Returns whether that worked. */
  protected async forRole(of: { roleId: string }, key: string, work: () => Promise<void>): Promise<boolean> {
    this.ui.roleProblem(of.roleId, null);
    try {
      await this.ui.whileBusy(key, work);
      return true;
    } catch (thrown) {
      this.roleFailed(of.roleId, asProblem(thrown), async () => void (await this.forRole(of, key, work)));
      return false;
    }
  }

  /** Beside the role if it is visible, otherwise as a notice. */
  protected roleFailed(id: string, problem: Problem, again: () => Promise<void>): void {
    if (problem.kind === 'cancelled') return;
    const { ui } = this;
    if (ui.chosenId === id && !ui.list.isLeaving && (!ui.narrow || ui.sheetOpen)) {
      ui.roleProblem(id, problem);
      return;
    }
    ui.report(problem, this.remedy(problem, identityOf(id), () => void again()), id);
  }

  /** Opens the window that asks for the passphrase, which is none of the page's. */
  async unlockVault(): Promise<void> {
    await this.attempt('unlock', () => this.backend.unlockVault());
  }
}
