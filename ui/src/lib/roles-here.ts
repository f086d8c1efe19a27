/** Answers about roles from the snapshot, until the broker answers them. Favourites, folders and filters aren't kept. */
import type { Snapshot } from '../bindings/Snapshot';
import type { Backend } from './backend';
import * as list from './fake-list';
import { tauriBackend } from './tauri-backend';

const NO_FOLDERS = new Map<string, string>();
let revision = 0;
let before = '';

async function all(): Promise<list.Listed> {
  const state: Snapshot = await tauriBackend.snapshot();
  const now = JSON.stringify(state.roles);
  if (now !== before) revision++;
  before = now;
  return { state, favourites: [], folders: NO_FOLDERS, revision };
}

const nothing = () => Promise.resolve();

export const rolesHere = {
  snapshot: async () => {
    const listed = await all();
    return { ...listed.state, rolesKnown: list.known(listed), filters: [] };
  },
  rolesFound: async (asked) => list.found(await all(), asked),
  moreRoles: async (asked) => list.more(await all(), asked),
  rolesNow: async (query, filter) => list.now(await all(), query, filter),
  rolesRanked: async (query, filter, from, to) => list.ranked(await all(), query, filter, from, to),
  roles: async (ids) => {
    const { state } = await all();
    return ids.map((id) => state.roles.find((role) => role.id === id)).filter((role) => role !== undefined);
  },
  rolesBefore: async (identity, arn) => {
    const { state } = await all();
    return state.roles.filter((one) => one.identity === identity && one.canAssumeRoles && one.arn !== arn && !one.via.includes(arn ?? ''));
  },
  account: async (account) => {
    const listed = await all();
    const role = listed.state.roles.find((one) => one.account === account);
    return role ? list.accountShown(listed, role) : null;
  },
  addFavourites: nothing,
  removeFavourites: nothing,
  moveFavourite: nothing,
  putAccountFolder: nothing,
  putFilter: nothing,
  removeFilter: nothing,
} satisfies Partial<Backend>;
