/** What is asked of the list: words, a filter, groups, and in which round it is sorted. */
import type { Grouping } from '../bindings/Grouping';
import type { RolesAsked } from '../bindings/RolesAsked';
import type { RolesFilter } from '../bindings/RolesFilter';
import type { SavedFilter } from '../bindings/SavedFilter';
import { isFiltering, NO_FILTER } from './roles-filter';

export abstract class ListQuestion {
  query = $state('');
  filter = $state.raw<RolesFilter>(NO_FILTER);
  group = $state<Grouping>('account');
  /** The ids of groups whose accounts are hidden. */
  folded = $state.raw<ReadonlySet<string>>(new Set());
  /** Raised to sort again, but not while the person works in the list. */
  round = $state(0);

  readonly isFiltered = $derived(isFiltering(this.filter));

  /** Asks again, because something of it changed. `stay`: the cursor keeps its role. */
  protected abstract again(stay: boolean): void;

  protected asked(): Omit<RolesAsked, 'from' | 'to'> {
    const { query, filter, group, round } = this;
    return { query, filter, group, round, folded: [...this.folded], find: null };
  }

  search(query: string): void {
    this.query = query;
    this.again(false);
  }

  /** Shows what passes this filter, and nothing else. */
  show(filter: Partial<RolesFilter>): void {
    this.filter = { ...NO_FILTER, ...filter };
    this.round++;
    this.again(false);
  }

  apply({ query, filter }: SavedFilter): void {
    this.query = query;
    this.show(filter);
  }

  groupBy(group: Grouping): void {
    this.group = group;
    this.folded = new Set();
    this.again(true);
  }

  fold(id: string, folded: boolean): void {
    const all = new Set(this.folded);
    if (folded) all.add(id);
    else all.delete(id);
    this.folded = all;
    this.again(true);
  }

  /** Sorts again: the person comes back to the window. */
  nextRound(): void {
    this.round++;
    this.again(true);
  }
}
