/** Roles that were picked together, by id, to do one thing with all of them. */
export class Selection {
  all = $state.raw<ReadonlySet<string>>(new Set());

  toggle(id: string): void {
    const all = new Set(this.all);
    if (!all.delete(id)) all.add(id);
    this.all = all;
  }

  add(ids: readonly string[]): void {
    this.all = new Set([...this.all, ...ids]);
  }

  clear(): void {
    if (this.all.size) this.all = new Set();
  }
}
