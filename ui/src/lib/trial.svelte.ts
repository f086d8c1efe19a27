/** A trial as a dialog shows it: its steps, their results, and whether it is still running. */
import type { Problem } from '../bindings/Problem';
import type { TrialNews } from '../bindings/TrialNews';
import type { TrialStep } from '../bindings/TrialStep';
import type { TrialWatch } from './backend';
import { asProblem } from './problems';

export class Trial {
  /** What will be tried, in this order. */
  planned = $state.raw<readonly string[]>([]);
  /** What was tried. */
  steps = $state.raw<readonly TrialStep[]>([]);
  busy = $state(false);
  /** Why it could not start. */
  problem = $state.raw<Problem | null>(null);
  #stop: AbortController | null = null;

  /** Runs a trial. One that is still running is ended. */
  async run(begin: (watch: TrialWatch) => Promise<readonly TrialStep[]>): Promise<void> {
    this.clear();
    const stop = new AbortController();
    const { signal } = stop;
    this.#stop = stop;
    this.busy = true;
    try {
      const steps = await begin({ signal, tell: (news) => !signal.aborted && this.#hear(news) });
      if (!signal.aborted) this.steps = steps;
    } catch (thrown) {
      if (!signal.aborted) this.problem = asProblem(thrown);
    }
    if (!signal.aborted) this.busy = false;
  }

  /** Ends the trial and forgets its results. */
  clear(): void {
    this.#stop?.abort();
    this.#stop = null;
    this.planned = this.steps = [];
    this.busy = false;
    this.problem = null;
  }

  #hear(news: TrialNews): void {
    if (news.type === 'began') this.planned = news.steps;
    else this.steps = [...this.steps, news.step];
  }
}
