/** What the person can do with roles and their sessions. */
import type { BrowserChoice } from '../bindings/BrowserChoice';
import type { BrowserChoices } from '../bindings/BrowserChoices';
import type { DeclaredRole } from '../bindings/DeclaredRole';
import type { HandOut } from '../bindings/HandOut';
import type { Person } from '../bindings/Person';
import type { Problem } from '../bindings/Problem';
import type { RoleView } from '../bindings/RoleView';
import type { SessionView } from '../bindings/SessionView';
import { notices } from '../words/notices';
import { search } from '../words/search';
import { SHELL_NAMES } from '../words/shells';
import type { Shell } from './backend';
import { asProblem } from './problems';
import { ShortcutKeys } from './shortcut-keys.svelte';
import { inWords } from './shortcuts';
import { ListActions } from './list-actions';
import { hasCredentials, isLive } from './states';
import { identityOf } from './terms';

/** More consoles than this open only when the person has agreed. */
const MANY_CONSOLES = 5;

/** Where the console opens; its home page without either. */
export interface ConsolePlace {
  /** A page of the console, or an ARN. */
  to?: string | null;
  /** One of its services, and what that is called. */
  service?: string | null;
  name?: string | null;
}

export abstract class SessionActions extends ListActions {
  /** Which keys do what. */
  readonly shortcuts = new ShortcutKeys();

  /**
   * What Enter does: it starts a role, or signs in for one that waits for that. A running role keeps running. A page that was
   * pasted into the search opens as the role. While the vault is locked, unlocking it comes first.
   */
  async enter(role: RoleView): Promise<void> {
    if (this.store.isLocked) return this.unlockVault();
    const { page } = this.ui.list;
    if (page !== null) return this.openConsole(role, { to: page });
    const session = this.ui.sessionOf(role);
    if (this.ui.busy.has(`start ${role.id}`)) return;
    if (!isLive(session)) return void (await this.start(role));
    if (session.state === 'needs-sign-in') {
      await this.signIn(role.identity);
      return;
    }
    this.ui.sheetOpen = this.ui.narrow;
    const [stop] = this.shortcuts.keys('stop');
    const key = stop === undefined ? null : inWords(stop, this.store.shell.platform);
    this.ui.notify(search.runsAlready(session.profile, session.state === 'starting', key), null, role.id);
  }

  /**
   * Starts a role. If the person has to sign in first, that comes before it; returns false if they didn't. `how`: what
   * they agreed to.
   */
  async start(role: RoleView, how: { replaceForeign?: boolean; takeProfile?: boolean } = {}): Promise<boolean> {
    const profile = this.ui.profileOf(role);
    const asked = profile === role.profile ? null : profile;
    const { replaceForeign = false, takeProfile = false } = how;
    const other = this.store.sessions.get(profile);
    if (!takeProfile && isLive(other) && other.roleId !== role.id) {
      this.ui.dialog = { is: 'take-profile', role, session: other };
      return true;
    }
    this.recents.nameProfile(role.id, asked === null && role.startedAs.length === 0 ? null : profile);
    this.ui.roleProblem(role.id, null);
    let told = 0;
    try {
      const started = await this.signedIn(`start ${role.id}`, (person) => {
        told = this.store.told(profile);
        return this.backend.start(role.id, asked, replaceForeign, this.ui.isReadOnly(role), person);
      });
      if (started === null) return false;
      const session = started.value;
      this.store.answered(session, told);
      if (session.backup) this.ui.notify(notices.backedUp(session.backup.split(/[\\/]/).at(-1) ?? ''));
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem.code === 'foreign-profile' && !replaceForeign) {
        this.ui.dialog = { is: 'replace-profile', role, profile, problem };
      } else {
        this.roleFailed(role.id, problem, async () => void (await this.start(role, how)));
      }
    }
    return true;
  }

  /** Closes the problem of a role that could not be started, and forgets the session that never ran. */
  dismiss(role: RoleView, problem: Problem): void {
    this.ui.roleProblem(role.id, null);
    this.store.forgetUnstarted(role.id, problem);
  }

  /** Makes a read-only session full for some time. Returns whether it is. */
  async elevate(session: SessionView, lasts: string, why: string): Promise<boolean> {
    const { profile, roleId } = session;
    this.ui.roleProblem(roleId, null);
    const told = this.store.told(profile);
    try {
      const elevated = await this.signedIn(`elevate ${profile}`, (person) => this.backend.elevate(profile, lasts, why, person));
      if (elevated !== null) this.store.answered(elevated.value, told);
      return elevated !== null;
    } catch (thrown) {
      this.roleFailed(roleId, asProblem(thrown), async () => void (await this.elevate(session, lasts, why)));
      return false;
    }
  }

  /** Ends that before its time. */
  async fallBack(session: SessionView): Promise<void> {
    const { profile } = session;
    await this.forRole(session, `elevate ${profile}`, async () => {
      const told = this.store.told(profile);
      this.store.answered(await this.backend.fallBack(profile), told);
    });
  }

  async stop(session: SessionView): Promise<void> {
    const { profile } = session;
    let ran = false;
    const work = async () => void (ran = await this.stopOne(profile));
    if ((await this.forRole(session, `stop ${profile}`, work)) && ran) this.offerUndo([session]);
  }

  // Several roles

  /** Starts roles one after another. If the person doesn't sign in to an identity, its other roles wait too. */
  async startAll(ids: Iterable<string>): Promise<void> {
    const left = new Set<string>();
    for (const id of ids) {
      if (left.has(identityOf(id))) continue;
      await this.ui.withRole(id, async (role) => {
        if (isLive(this.ui.sessionShown(id))) return;
        const signedIn = await this.start(role);
        await this.ui.noDialog();
        if (!signedIn) left.add(role.identity);
      });
    }
  }

  async stopEach(ids: ReadonlySet<string>): Promise<void> {
    const sessions = [...this.store.sessions.values()].filter((one) => ids.has(one.roleId) && isLive(one));
    const stopped: SessionView[] = [];
    await this.attempt('stop-each', async () => {
      for (const session of sessions) if (await this.stopOne(session.profile)) stopped.push(session);
    });
    if (stopped.length) this.offerUndo(stopped);
  }

  /** Asks before many pages open. */
  async openConsoles(ids: readonly string[], agreed = false): Promise<void> {
    if (ids.length > MANY_CONSOLES && !agreed) {
      this.ui.dialog = { is: 'open-consoles', ids };
      return;
    }
    for (const id of ids) {
      await this.ui.withRole(id, (role) => this.openConsole(role));
      await this.ui.noDialog();
    }
  }

  /** Returns whether it ran. One that is gone already is what the person wants. */
  protected async stopOne(profile: string): Promise<boolean> {
    try {
      await this.backend.stop(profile);
      return true;
    } catch (thrown) {
      if (asProblem(thrown).code !== 'unknown-session') throw thrown;
      this.store.gone(profile);
      return false;
    }
  }

  /** Asks before it stops all sessions. */
  askToStopAll(): void {
    this.ui.dialog = { is: 'stop-all' };
  }

  async stopAll(): Promise<void> {
    const sessions = [...this.store.sessions.values()];
    if (await this.attempt('stop-all', () => this.backend.stopAll())) this.offerUndo(sessions);
  }

  /** Says which sessions were stopped, and offers to take it back. One that never had credentials has nothing to give. */
  protected offerUndo(sessions: readonly SessionView[]): void {
    const profiles = sessions.filter(hasCredentials).map((session) => session.profile);
    const text = notices.stopped(sessions.map((session) => session.profile));
    if (profiles.length) this.ui.notify(text, () => void this.undoStop(profiles));
  }

  async undoStop(profiles: readonly string[]): Promise<void> {
    await this.attempt('undo-stop', () => this.backend.undoStop(profiles));
  }

  renew(session: SessionView): Promise<void> {
    return this.forCredentials(session, `renew ${session.profile}`, (person) =>
      this.backend.renew(session.profile, person),
    );
  }

  copyEnv(session: SessionView, shell: Shell = this.recents.shell(this.store.shell.platform)): Promise<void> {
    this.recents.useShell(shell);
    return this.forCredentials(
      session,
      `copy ${session.profile}`,
      (person) => this.backend.copyEnv(session.profile, shell, person),
      notices.copiedEnv(session.profile, SHELL_NAMES[shell]),
    );
  }

  /** Says that it opened, because the browser may be behind other windows. */
  async openConsole(role: RoleView, { to = null, service = null, name = null }: ConsolePlace = {}): Promise<void> {
    const session = this.ui.sessionOf(role);
    const running = hasCredentials(session);
    const target = running
      ? { profile: session.profile, role: null, service, to }
      : { profile: null, role: role.id, service, to };
    await this.forCredentials({ roleId: role.id }, `console ${role.id}`, (person) =>
      this.backend.openConsole(target, person),
      notices.openedConsole(name ?? service, to !== null, role.name, role.accountName ?? role.account),
    );
  }

  /** Opens the console there from now on, and returns where it can open. */
  async chooseBrowser(role: RoleView, choice: BrowserChoice): Promise<BrowserChoices | null> {
    try {
      await this.backend.chooseBrowser(role.id, choice);
      return await this.backend.browserChoices(role.id);
    } catch (thrown) {
      const problem = asProblem(thrown);
      this.ui.report(problem, this.remedy(problem, role.identity, () => void this.chooseBrowser(role, choice)), role.id);
      return null;
    }
  }

  copyConsoleUrl(session: SessionView): Promise<void> {
    const copy = (person: Person) => this.backend.copyConsoleUrl(session.profile, person);
    return this.forCredentials(session, `console-url ${session.profile}`, copy, notices.copiedConsole);
  }

  /** Copies something that is not a secret. Returns whether that worked. */
  async copyText(text: string, what: string): Promise<boolean> {
    try {
      await navigator.clipboard.writeText(text);
    } catch (thrown) {
      this.ui.report(asProblem(thrown), null);
      return false;
    }
    this.ui.notify(notices.copied(what));
    return true;
  }

  /** Throws the problem, for the form to show. */
  async putRole(role: DeclaredRole, handOut?: HandOut): Promise<void> {
    await this.backend.putRole(role, handOut);
    await this.store.load();
    this.ui.reveal(`${role.identity}:${role.arn}`);
  }

  async removeRole(role: RoleView): Promise<void> {
    if (await this.attempt(`remove ${role.id}`, () => this.backend.removeRole(role.id))) {
      this.ui.sheetOpen = false;
      await this.store.load();
    }
  }
}
