/** Who took the credentials of running sessions last, as far as the broker sees it: kept true by events. */
import { SvelteMap } from 'svelte/reactivity';

import type { LastUse } from '../bindings/LastUse';
import type { SessionView } from '../bindings/SessionView';
import type { Backend } from './backend';
import type { Store } from './store.svelte';

export class LastUses {
  /** By profile. */
  readonly #uses = new SvelteMap<string, LastUse>();

  constructor(backend: Backend, store: Store) {
    store.watch((event) => {
      if (event.type === 'credentials-taken') this.#know(event.taken);
    });
    // Without an answer, events tell from now on, also of what was used under another name.
    void backend.lastUses().then((uses) => uses.forEach((use) => this.#know(use)), () => undefined);
  }

  /** Absent where nothing was seen: what reads the credentials file can't be. */
  of({ profile, roleId }: Pick<SessionView, 'profile' | 'roleId'>): LastUse | null {
    const use = this.#uses.get(profile);
    return use?.roleId === roleId ? use : null;
  }

  #know(use: LastUse): void {
    const known = this.#uses.get(use.profile);
    // An answer can be older than an event.
    if (!known || known.at <= use.at) this.#uses.set(use.profile, use);
  }
}
