/** What the person can do with the list itself: favourites, filters and folders. */
import { filters } from '../words/list';
import { SignInActions } from './sign-in-actions';

export abstract class ListActions extends SignInActions {
  /** Adds to the favourites, or takes out of them. */
  async favour(ids: readonly string[], favourite: boolean): Promise<void> {
    await this.attempt('favour', () =>
      favourite ? this.backend.addFavourites(ids) : this.backend.removeFavourites(ids),
    );
  }

  /** What the cursor is on becomes a favourite, or all that were picked. */
  async favourChosen(): Promise<void> {
    const { selection, chosenId } = this.ui;
    const ids = selection.all.size ? [...selection.all] : chosenId === null ? [] : [chosenId];
    if (ids.length) await this.favour(ids, !ids.every((id) => this.ui.isFavourite(id)));
  }

  /** Keeps what is typed and set under a name. Throws the problem, for the form to show. */
  async saveFilter(name: string): Promise<void> {
    const { query, filter } = this.ui;
    await this.backend.putFilter({ name, query, filter });
    await this.store.load();
  }

  async removeFilter(name: string): Promise<void> {
    if (await this.attempt(`remove-filter ${name}`, () => this.backend.removeFilter(name))) {
      this.ui.notify(filters.removed(name));
      await this.store.load();
    }
  }

  /** Puts an account into a folder, or with an empty name out of one. Throws the problem, for the form to show. */
  async putFolder(account: string, folder: string): Promise<void> {
    await this.backend.putAccountFolder(account, folder === '' ? null : folder);
    await this.store.load();
  }
}
