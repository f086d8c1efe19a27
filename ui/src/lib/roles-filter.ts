/** Which roles count. */
import type { RolesFilter } from '../bindings/RolesFilter';

export const NO_FILTER: RolesFilter = {
  identities: [],
  production: false,
  running: false,
  needsSignIn: false,
  favourites: false,
};

export const isFiltering = ({ identities, ...others }: RolesFilter): boolean =>
  identities.length > 0 || Object.values(others).some(Boolean);
