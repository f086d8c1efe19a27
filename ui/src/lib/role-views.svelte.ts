/** Roles in full, as far as the window asked for them: it shows one at a time. */
import type { RoleView } from '../bindings/RoleView';
import type { Backend } from './backend';

/** How many are remembered. */
const KEPT = 100;

export class RoleViews {
  /** By id. Null: the catalog doesn't have this role. */
  #known = $state.raw<ReadonlyMap<string, RoleView | null>>(new Map());
  readonly #asked = new Map<string, Promise<RoleView | null>>();
  readonly #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** Undefined: not asked for yet. */
  get(id: string): RoleView | null | undefined {
    return this.#known.get(id);
  }

  /** Asks for a role, unless it is here. */
  async load(id: string): Promise<RoleView | null> {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    return this.#asked.get(id) ?? this.#ask(id);
  }

  /** Asks again: the catalog has changed. What is shown stays until the answer comes. */
  refresh(id: string): Promise<RoleView | null> {
    this.#asked.clear();
    const known = this.#known.get(id);
    this.#known = new Map(known === undefined ? [] : [[id, known]]);
    return this.#ask(id);
  }

  #ask(id: string): Promise<RoleView | null> {
    const asked = this.#backend.roles([id]).then(([role = null]) => {
      if (this.#asked.get(id) === asked) {
        this.#asked.delete(id);
        this.#known = new Map([...[...this.#known].filter(([other]) => other !== id).slice(-KEPT), [id, role]]);
      }
      return role;
    });
    this.#asked.set(id, asked);
    asked.catch(() => this.#asked.delete(id));
    return asked;
  }
}
