/** Signing in: for itself, and before what needs credentials. */
import type { Outcome } from '../bindings/Outcome';
import type { Person } from '../bindings/Person';
import { notices } from '../words/notices';
import { Attempts } from './attempts';
import type { Typed } from './backend';
import { asProblem } from './problems';
import type { Dialog } from './dialog';

export abstract class SignInActions extends Attempts {
  /** Identities whose browser sign-in was cancelled to use a code instead. */
  readonly #codeInstead = new Set<string>();

  /**
   * Shows the sign-in and waits for its end. Returns whether the person is signed in. `device`: with a code, on any
   * machine.
   */
  async signIn(name: string, device = false): Promise<boolean> {
    const identity = this.signer(name);
    const key = `sign-in ${identity}`;
    if (this.store.identityByName.get(identity)?.way.by === 'form') {
      return new Promise((ended) => (this.ui.dialog = { is: 'sign-in-form', identity, ended }));
    }
    const dialog: Dialog = { is: 'sign-in', identity };
    this.ui.dialog = dialog;
    if (this.ui.busy.has(key)) return false;
    const close = () => {
      const open = this.ui.dialog;
      if (open?.is === 'sign-in' && open.identity === identity) this.ui.dialog = null;
    };
    try {
      await this.ui.whileBusy(key, () => this.#waitForPerson(identity, device));
      close();
      return true;
    } catch (thrown) {
      close();
      const problem = asProblem(thrown);
      if (problem.kind !== 'cancelled') {
        this.ui.report(problem, { is: 'try-again', run: () => void this.signIn(identity, device) }, identity);
      }
      return false;
    }
  }

  /** Ends a sign-in that waits in the browser and continues with a code. Callers keep waiting for the same sign-in. */
  async useCode(identity: string): Promise<void> {
    const waits = this.ui.busy.has(`sign-in ${identity}`);
    if (waits) this.#codeInstead.add(identity);
    const given = await this.attempt(`cancel ${identity}`, () => this.backend.cancelSignIn(identity));
    if (!given) this.#codeInstead.delete(identity);
    else if (!waits) await this.signIn(identity, true);
  }

  /** Sends what was typed. Throws the problem, for the form to show. */
  typeSignIn(identity: string, given: Typed): Promise<void> {
    return this.ui.whileBusy(`sign-in ${identity}`, () => this.backend.signIn(identity, false, given));
  }

  async #waitForPerson(identity: string, device: boolean): Promise<void> {
    // From a sign-in that finished before it could be cancelled.
    this.#codeInstead.delete(identity);
    try {
      await this.backend.signIn(identity, device, {});
    } catch (thrown) {
      if (!this.#codeInstead.delete(identity)) throw thrown;
      await this.backend.signIn(identity, true, {});
    }
  }

  /** The identity that signs in for this one, most often itself. */
  protected signer(identity: string): string {
    return this.store.identityByName.get(identity)?.signedInBy ?? identity;
  }

  async cancelSignIn(identity: string): Promise<void> {
    this.ui.dialog = null;
    this.#codeInstead.delete(identity);
    await this.attempt(`cancel ${identity}`, () => this.backend.cancelSignIn(identity));
  }

  /** Returns whether that worked. */
  async copySignInUrl(identity: string): Promise<boolean> {
    const copied = await this.attempt(`copy-url ${identity}`, () => this.backend.copySignInUrl(identity));
    if (copied) this.ui.notify(notices.copiedAddress);
    return copied;
  }

  async openSignInUrl(identity: string): Promise<void> {
    await this.attempt(`open-url ${identity}`, () => this.backend.openSignInUrl(identity));
  }

  async showSignInWindow(identity: string): Promise<void> {
    await this.attempt(`show-window ${identity}`, () => this.backend.showSignInWindow(identity));
  }

  /** Work that needs credentials, and perhaps a sign-in first. What goes wrong is shown with the role. */
  protected async forCredentials(
    of: { roleId: string; profile?: string },
    key: string,
    work: (person: Person) => Promise<Outcome<null>>,
    done?: string,
  ): Promise<void> {
    this.ui.roleProblem(of.roleId, null);
    try {
      const outcome = await this.signedIn(key, work);
      if (outcome && done) this.ui.notify(done);
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem.code === 'unknown-session' && of.profile !== undefined) this.store.gone(of.profile);
      this.roleFailed(of.roleId, problem, () => this.forCredentials(of, key, work, done));
    }
  }

  /**
   * Asks, and if the person has to sign in first, lets them do it and asks again. Returns null if they did not sign in.
   * Not twice: if the new proof is refused too, signing in does not help.
   */
  protected async signedIn<T>(key: string, ask: (person: Person) => Promise<Outcome<T>>): Promise<{ value: T } | null> {
    let outcome = await this.ui.whileBusy(key, () => ask('can-sign-in'));
    if (outcome.is === 'done') return outcome;
    if (!(await this.signIn(outcome.value))) return null;
    outcome = await this.ui.whileBusy(key, () => ask('away'));
    return outcome.is === 'done' ? outcome : null;
  }
}
