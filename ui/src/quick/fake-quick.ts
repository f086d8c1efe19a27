/** The quick switch's backend in memory, for tests and an ordinary browser. */
import type { Problem } from '../bindings/Problem';
import type { FakeBackend } from '../lib/fake-backend';
import type { QuickBackend, QuickStarted } from './quick-backend';

export class FakeQuick implements QuickBackend {
  /** What was asked for, in order. */
  readonly asked: string[] = [];
  /** What the next deed fails with. */
  refuses: Problem | null = null;
  /** How the next start ends. */
  started: QuickStarted = 'started';
  readonly #shown = new Set<() => void>();
  readonly #hidden = new Set<() => void>();

  constructor(readonly main: FakeBackend) {}

  snapshot = () => this.main.snapshot();
  rolesNow: QuickBackend['rolesNow'] = (query, filter) => this.main.rolesNow(query, filter);
  rolesRanked: QuickBackend['rolesRanked'] = (query, filter, from, to) => this.main.rolesRanked(query, filter, from, to);
  rolesReaching = (page: string) => this.main.rolesReaching(page);
  followLink = (link: string) => this.#ask(`link ${link}`);
  onEvent: QuickBackend['onEvent'] = (listener) => this.main.onEvent(listener);

  ready = () => this.#ask('ready');
  hide = () => this.#ask('hide').then(() => this.goes());
  show = (role: string | null) => this.#ask(`show ${role}`);
  openConsole = (role: string, to: string | null) => this.#ask(`console ${role} ${to ?? ''}`.trim());
  start = async (role: string): Promise<QuickStarted> => {
    await this.#ask(`start ${role}`);
    if (this.started === 'started') await this.main.start(role, null, false, false, 'away');
    return this.started;
  };

  onShown = (listener: () => void) => this.#listen(this.#shown, listener);
  onHidden = (listener: () => void) => this.#listen(this.#hidden, listener);

  /** The window appears. */
  comes(): void {
    for (const listener of this.#shown) listener();
  }

  /** The window goes. */
  goes(): void {
    for (const listener of this.#hidden) listener();
  }

  async #ask(what: string): Promise<void> {
    this.asked.push(what);
    const refuses = what === 'ready' || what === 'hide' ? null : this.refuses;
    if (refuses) throw refuses;
  }

  async #listen(all: Set<() => void>, listener: () => void): Promise<() => void> {
    all.add(listener);
    return () => void all.delete(listener);
  }
}
