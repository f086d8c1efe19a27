/** What else can be done with an identity. */
import type { IdentityView } from '../bindings/IdentityView';
import type { MenuItem } from '../components/MenuList.svelte';
import { identityMenu as words } from '../words/list';
import { renameIdentity } from '../words/role';
import type { Actions } from './actions';
import type { Dialog } from './dialog';

export function identityMenu(actions: Actions, identity: IdentityView): MenuItem[] {
  const { ui } = actions;
  const { name, way } = identity;
  const isIn = identity.state === 'signed-in';
  const open = (dialog: Dialog) => () => (ui.dialog = dialog);
  const item = (label: string, run: () => void, danger = false): MenuItem => ({ label, run, danger });
  return [
    item(isIn ? words.signInAgain : words.signIn, () => void actions.signIn(name)),
    ...(way.by === 'browser' && way.device ? [item(words.withCode, () => void actions.signIn(name, true))] : []),
    ...(actions.hasMfaCode(identity)
      ? [
          item(words.showMfa, () => void actions.showMfaCode(name)),
          item(words.copyMfa, () => void actions.copyMfaCode(name)),
        ]
      : []),
    item(words.check, open({ is: 'try', identity: name })),
    item(identity.secrets.length > 0 ? words.editSecrets : words.edit, open({ is: 'identity', edit: identity })),
    ...(identity.catalog === null ? [item(renameIdentity.menu, open({ is: 'rename-identity', name }))] : []),
    ...(actions.hasKey(identity) ? [item(words.rotateKey, open({ is: 'rotate-key', name }))] : []),
    ...(actions.canListRoles(identity) ? [item(words.listRoles, () => void actions.listRoles(name))] : []),
    item(words.addRole, open({ is: 'role', identity: name })),
    ...(isIn ? [item(words.signOut, () => void actions.askToSignOut(name))] : []),
    item(words.remove, open({ is: 'remove-identity', name }), true),
  ];
}
