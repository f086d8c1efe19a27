/** What the window can show: its screens, and the dialogs over them. */
import type { AccountShown } from '../bindings/AccountShown';
import type { CatalogView } from '../bindings/CatalogView';
import type { IdentityView } from '../bindings/IdentityView';
import type { Problem } from '../bindings/Problem';
import type { RoleView } from '../bindings/RoleView';
import type { SessionView } from '../bindings/SessionView';
import type { Kind } from './kinds/kind';
import type { FromPaste } from './pasted.svelte';
import type { SettingsPart } from './settings-parts';

/** What the whole window shows. Every one but the roles has its own file in `screens`, within a `Page`. */
export type Screen =
  | { is: 'roles' }
  | { is: 'attention' }
  | { is: 'settings'; section?: SettingsPart }
  /** `role`: only this one, by its key. */
  | { is: 'timeline'; role: string | null };

export type Dialog =
  | { is: 'identity'; edit: IdentityView | null; picked?: Kind; from?: FromPaste | null }
  | { is: 'role'; identity: string | null; edit?: RoleView }
  /** A sign-in that continues elsewhere. */
  | { is: 'sign-in'; identity: string }
  /** A sign-in that is typed here. */
  | { is: 'sign-in-form'; identity: string; ended: (signedIn: boolean) => void }
  | { is: 'try'; identity: string }
  | { is: 'rotate-key'; name: string }
  | { is: 'denial' }
  | { is: 'key' }
  | { is: 'import' }
  | { is: 'remove-identity'; name: string }
  | { is: 'remove-role'; role: RoleView }
  | { is: 'rename-identity'; name: string }
  /** A profile of another tool's is where a running session is to go. */
  | { is: 'replace-in-session'; profile: string; problem: Problem; run: () => void }
  | { is: 'replace-profile'; role: RoleView; profile: string; problem: Problem }
  /** The profile of a start belongs to another role's session, which would end. */
  | { is: 'take-profile'; role: RoleView; session: SessionView }
  /** Sessions that a sign-out leaves running, unless the person ends them too. */
  | { is: 'sign-out'; name: string; sessions: readonly SessionView[] }
  | { is: 'stop-all' }
  | { is: 'keep-key' }
  | { is: 'catalog'; catalog: CatalogView }
  | { is: 'remove-catalog'; name: string }
  /** The vault's key moves to another place: `keyring` or `file:PATH`. */
  | { is: 'move-key'; to: string }
  | { is: 'palette' }
  | { is: 'shortcuts' }
  | { is: 'save-filter' }
  /** The folder that an account is in. */
  | { is: 'folder'; account: AccountShown }
  | { is: 'open-consoles'; ids: readonly string[] };
