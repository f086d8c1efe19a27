import type { RoleView } from '../bindings/RoleView';
import type { Snapshot } from '../bindings/Snapshot';

/** What the backend in memory knows: what the window gets, and the catalog, which it doesn't get. */
export type FakeState = Snapshot & { roles: RoleView[] };
