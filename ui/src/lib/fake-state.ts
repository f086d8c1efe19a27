import type { RoleView } from '../bindings/RoleView';
import type { Snapshot } from '../bindings/Snapshot';

/** What the backend in memory knows: what the window is told, and the catalog, which it isn't told. */
export type FakeState = Snapshot & { roles: RoleView[] };
