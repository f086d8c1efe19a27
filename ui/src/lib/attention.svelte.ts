/** What needs the person, as the window shows it, and what it does about it. */
import type { AttentionItem } from '../bindings/AttentionItem';
import type { Problem } from '../bindings/Problem';
import type { Actions } from './actions';
import { isSame, type Remedy, wordsFor } from './problems';
import type { Notice } from './notices.svelte';

/** What needs the person of one identity, or of Daypass itself. */
export interface AttentionGroup {
  identity: string | null;
  items: readonly AttentionItem[];
}

export class AttentionState {
  /** What was there when the person hid the line at the top. It comes back with something else. */
  #hidden = $state.raw<ReadonlySet<string>>(new Set());
  readonly #actions: Actions;

  constructor(actions: Actions) {
    this.#actions = actions;
  }

  readonly items = $derived.by(() => this.#actions.store.attention);

  /** Those for the line at the top: what the chosen role says of itself beside the list isn't said twice. */
  readonly atTop = $derived.by((): readonly AttentionItem[] => {
    const { ui } = this.#actions;
    const seen = ui.screen.is === 'roles' && (!ui.narrow || ui.sheetOpen) ? ui.chosen?.id : undefined;
    const items = this.items.filter(({ what }) => !('session' in what) || what.session.roleId !== seen);
    return items.every((item) => this.#hidden.has(keyOf(item))) ? [] : items;
  });

  /** Of Daypass first, then by identity, in the order of their worst. */
  readonly groups = $derived.by((): readonly AttentionGroup[] => {
    const groups = new Map<string | null, AttentionItem[]>();
    const ofAll = (item: AttentionItem) => item.identity === null;
    for (const item of [...this.items.filter(ofAll), ...this.items.filter((one) => !ofAll(one))]) {
      const group = groups.get(item.identity);
      if (group) group.push(item);
      else groups.set(item.identity, [item]);
    }
    return [...groups].map(([identity, items]) => ({ identity, items }));
  });

  /** The identities to sign in to. */
  readonly signIns = $derived(this.items.flatMap(({ step }) => (step.is === 'sign-in' ? [step.identity] : [])));

  /** Until something new comes. */
  hide(): void {
    this.#hidden = new Set(this.items.map(keyOf));
  }

  /** Whether a notice's problem is in the list already. */
  says({ problem, about }: Notice): boolean {
    return problem !== null && this.items.some((item) => item.identity === about && isSame(problemOf(item), problem));
  }

  /** Signs in to one after the other, until the person gives up. Sessions that wait then go on by themselves. */
  async signInAll(): Promise<void> {
    for (const identity of this.signIns) {
      if (!(await this.#actions.signIn(identity))) return;
    }
  }

  /** What an item's button does, and which remedy of its problem that is. */
  stepOf(item: AttentionItem): { is: Remedy | null; run: () => void } | null {
    const actions = this.#actions;
    const { ui, store } = actions;
    const { step } = item;
    const run = (work: () => unknown) => ({ is: null, run: () => void work() });
    switch (step.is) {
      case 'sign-in': {
        const problem = problemOf(item);
        // A sign-in doesn't help where the settings are wrong.
        const edits = problem !== null && wordsFor(problem).remedy === 'edit-identity';
        return edits ? actions.remedy(problem, step.identity, null) : run(() => actions.signIn(step.identity));
      }
      case 'continue-sign-in':
        return run(() => actions.signIn(step.identity));
      case 'show-role':
        return run(() => ui.reveal(step.role));
      case 'renew': {
        const session = store.sessions.get(step.profile);
        return session ? run(() => actions.renew(session)) : null;
      }
      case 'list-roles':
        return run(() => actions.listRoles(step.identity));
      case 'review-catalog': {
        const catalog = store.facts?.catalogs.find((one) => one.name === step.catalog);
        return catalog ? run(() => (ui.dialog = { is: 'catalog', catalog })) : null;
      }
      case 'unlock':
        return run(() => actions.unlockVault());
      case 'as-problem': {
        const problem = problemOf(item);
        return problem && actions.remedy(problem, item.identity, () => void store.load());
      }
      case 'nothing':
        return null;
    }
  }
}

/** The problem behind an item, if there is one. */
export function problemOf({ what }: AttentionItem): Problem | null {
  return 'problem' in what ? what.problem : null;
}

const keyOf = ({ id, what }: AttentionItem) => `${id} ${what.is}`;
