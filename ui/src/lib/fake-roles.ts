/** What the backend in memory answers about the list of roles, and what the person changes in it. */
import type { Event } from '../bindings/Event';
import type { MoreRolesAsked } from '../bindings/MoreRolesAsked';
import type { RolesAsked } from '../bindings/RolesAsked';
import type { RolesFilter } from '../bindings/RolesFilter';
import type { RoleView } from '../bindings/RoleView';
import type { SavedFilter } from '../bindings/SavedFilter';
import type { FakeState } from './fake-state';
import * as list from './fake-list';

export abstract class FakeRoles {
  abstract state: FakeState;
  /** The person's favourites, `IDENTITY:ARN`. */
  favourites: readonly string[] = [];
  /** The folders of accounts, by account id. */
  folders: ReadonlyMap<string, string> = new Map();
  /** Rises with each `catalog-changed`. */
  revision = 1;

  abstract emit(event: Event): void;
  protected abstract readonly listed: list.Listed;
  protected abstract readonly call: <T>(command: string, args: unknown, work: () => T) => Promise<T>;

  rolesFound = (asked: RolesAsked) => this.call('roles_found', asked, () => list.found(this.listed, asked));
  moreRoles = (asked: MoreRolesAsked) => this.call('more_roles', asked, () => list.more(this.listed, asked));
  rolesNow = (query: string, filter: RolesFilter) =>
    this.call('roles_now', { query, filter }, () => list.now(this.listed, query, filter));
  rolesRanked = (query: string, filter: RolesFilter, from: number, to: number) =>
    this.call('roles_ranked', { query, filter, from, to }, () => list.ranked(this.listed, query, filter, from, to));
  roles = (ids: readonly string[]) =>
    this.call('roles', { ids }, () => {
      const byId = new Map(this.listed.state.roles.map((role) => [role.id, role]));
      return ids.map((id) => byId.get(id)).filter((role) => role !== undefined);
    });
  rolesBefore = (identity: string, arn: string | null, query: string) =>
    this.call('roles_before', { identity, arn, query }, () => {
      const mayComeBefore = (role: RoleView) =>
        role.identity === identity && role.canAssumeRoles && role.arn !== arn && !role.via.some((one) => one === arn);
      return this.state.roles.filter((role) => mayComeBefore(role) && role.id.toLowerCase().includes(query.toLowerCase()));
    });
  account = (account: string) =>
    this.call('account', { account }, () => {
      const role = this.state.roles.find((one) => one.account === account);
      return role ? list.accountShown(this.listed, role) : null;
    });

  addFavourites = (roles: readonly string[]) =>
    this.call('add_favourites', { roles }, () => {
      this.favourites = [...this.favourites, ...roles.filter((id) => !this.favourites.includes(id))];
      this.emit({ type: 'catalog-changed' });
    });
  removeFavourites = (roles: readonly string[]) =>
    this.call('remove_favourites', { roles }, () => {
      this.favourites = this.favourites.filter((id) => !roles.includes(id));
      this.emit({ type: 'catalog-changed' });
    });
  moveFavourite = (role: string, to: number) =>
    this.call('move_favourite', { role, to }, () => {
      const others = this.favourites.filter((id) => id !== role);
      this.favourites = [...others.slice(0, to), role, ...others.slice(to)];
      this.emit({ type: 'catalog-changed' });
    });
  putAccountFolder = (account: string, folder: string | null) =>
    this.call('put_account_folder', { account, folder }, () => {
      const folders = new Map(this.folders);
      if (folder === null) folders.delete(account);
      else folders.set(account, folder);
      this.folders = folders;
      this.emit({ type: 'catalog-changed' });
    });
  putFilter = (filter: SavedFilter) =>
    this.call('put_filter', filter, () => {
      const others = this.state.filters.filter((one) => one.name !== filter.name);
      this.state = { ...this.state, filters: [...others, filter] };
      this.emit({ type: 'catalog-changed' });
    });
  removeFilter = (name: string) =>
    this.call('remove_filter', { name }, () => {
      this.state = { ...this.state, filters: this.state.filters.filter((one) => one.name !== name) };
      this.emit({ type: 'catalog-changed' });
    });
}
