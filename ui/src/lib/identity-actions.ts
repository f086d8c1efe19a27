/** What the person can do with their identities. */
import { tick } from 'svelte';
import type { IdentitySettings } from '../bindings/IdentitySettings';
import type { IdentityView } from '../bindings/IdentityView';
import type { SessionView } from '../bindings/SessionView';
import { afterSignIn } from '../words/first';
import { notices } from '../words/notices';
import { renameIdentity as renameWords } from '../words/role';
import type { Typed } from './backend';
import { focusSearch } from './keys';
import { kindOf } from './kinds';
import { asProblem } from './problems';
import { SessionActions } from './session-actions';
import { isLive } from './states';

export abstract class IdentityActions extends SessionActions {
  /** Adds or changes one. Throws the problem, for the form to show. */
  async saveIdentity(name: string, settings: IdentitySettings, secrets: Typed, isNew: boolean): Promise<void> {
    const { backend } = this;
    await (isNew ? backend.addIdentity(name, settings, secrets) : backend.updateIdentity(name, settings, secrets));
    await this.store.load();
  }

  /** What follows when an identity was added: signing in, and then its first role. */
  async begin(name: string): Promise<void> {
    const identity = this.store.identityByName.get(name);
    if (!identity) return;
    const namesRoles = kindOf(identity.settings).namesRoles(identity.settings);
    const isIn = identity.way.by === 'none' || identity.state === 'signed-in';
    // One that needs nothing of the person still learns at a sign-in whose key it is.
    const isKnown = !namesRoles || this.store.rolesOf(name) > 0;
    if (!(isIn && isKnown) && !(await this.signIn(name))) return;
    if (this.store.identities.length > 1) this.ui.show({ identities: [name] });
    if (namesRoles) {
      this.ui.notify(afterSignIn.choose);
      // What it says of Enter is about the list, wherever the person began.
      void tick().then(focusSearch);
    } else this.ui.dialog = { is: 'role', identity: name };
  }

  /** Gives an identity another name. Throws the problem, for the form to show. */
  async renameIdentity(name: string, newName: string): Promise<void> {
    await this.backend.renameIdentity(name, newName);
    this.recents.renameIdentity(name, newName);
    if (this.ui.onlyIdentity === name) this.ui.show({ identities: [newName] });
    await this.store.load();
    this.ui.notify(renameWords.done(name, newName));
  }

  async removeIdentity(name: string): Promise<void> {
    if (await this.attempt(`remove ${name}`, () => this.backend.removeIdentity(name))) {
      if (this.ui.filter.identities.includes(name)) this.ui.show({});
      await this.store.load();
    }
  }

  /** Signs out. Sessions outlive that, so if there are any, the person says whether they end too. */
  async askToSignOut(identity: string): Promise<void> {
    const signer = this.signer(identity);
    const sessions = [...this.store.sessions.values()].filter((one) => isLive(one) && this.signer(one.identity) === signer);
    if (sessions.length) this.ui.dialog = { is: 'sign-out', name: signer, sessions };
    else await this.signOut(signer, []);
  }

  /** Stops these sessions first: without the proof, an undo is all that brings them back. */
  async signOut(identity: string, stop: readonly SessionView[]): Promise<void> {
    const stopped: SessionView[] = [];
    await this.attempt(`sign-out ${identity}`, async () => {
      for (const session of stop) if (await this.stopOne(session.profile)) stopped.push(session);
      await this.backend.signOut(identity);
    });
    if (stopped.length) this.offerUndo(stopped);
  }

  /** Whether an identity has an MFA device whose secret is in the vault. */
  hasMfaCode(identity: IdentityView): boolean {
    return identity.secrets.some((secret) => secret.name === 'totp_secret' && secret.isSet);
  }

  /** Whether an identity has an access key of the person's own. */
  hasKey(identity: IdentityView): boolean {
    return identity.secrets.some((secret) => secret.name === 'access_key_id' && secret.isSet);
  }

  async copyMfaCode(identity: string): Promise<void> {
    await this.attempt(`mfa ${identity}`, async () => {
      const { secondsLeft, used } = await this.backend.copyMfaCode(identity);
      this.ui.notify(notices.copiedCode(identity, used, secondsLeft));
    });
  }

  async showMfaCode(identity: string): Promise<void> {
    await this.attempt(`mfa ${identity}`, () => this.backend.showMfaCode(identity));
  }

  async rotateKey(identity: string): Promise<void> {
    if (await this.attempt(`rotate ${identity}`, () => this.backend.rotateKey(identity))) {
      this.ui.notify(notices.newKey(identity));
      await this.store.load();
    }
  }

  /** Whether an identity's roles can be listed again now. */
  canListRoles({ listsRoles, listing, state }: IdentityView): boolean {
    return listsRoles && listing === null && state === 'signed-in';
  }

  /** Lists an identity's roles again. A failure is shown with the identity's other problems. */
  async listRoles(identity: string): Promise<void> {
    try {
      const roles = await this.ui.whileBusy(`list ${identity}`, () => this.backend.listRoles(identity));
      this.ui.notify(notices.foundRoles(roles, identity));
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem.code === 'window-failed') this.ui.report(problem, null);
    }
  }

  /** The same for all shown identities. */
  listShownRoles(): void {
    const { identities } = this.ui.filter;
    const shown = this.store.identities.filter((one) => identities.length === 0 || identities.includes(one.name));
    for (const identity of shown.filter((one) => this.canListRoles(one))) void this.listRoles(identity.name);
  }
}
