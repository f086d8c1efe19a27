/** What the person can do. Each asks the backend, and shows what went wrong where the person looks. */
import { tick } from 'svelte';
import type { BrowserChoice } from '../bindings/BrowserChoice';
import type { BrowserChoices } from '../bindings/BrowserChoices';
import type { CatalogView } from '../bindings/CatalogView';
import type { DeclaredRole } from '../bindings/DeclaredRole';
import type { IdentitySettings } from '../bindings/IdentitySettings';
import type { IdentityView } from '../bindings/IdentityView';
import type { Outcome } from '../bindings/Outcome';
import type { Person } from '../bindings/Person';
import type { Problem } from '../bindings/Problem';
import type { RoleView } from '../bindings/RoleView';
import type { SessionView } from '../bindings/SessionView';
import type { Backend, Destination, Shell, Typed } from './backend';
import { AttentionState } from './attention.svelte';
import type { UiState, Dialog } from './ui-state.svelte';
import { LastUses } from './last-uses.svelte';
import { asProblem, type Remedy, wordsFor } from './problems';
import { Links } from './links.svelte';
import type { Recents } from './recents';
import { hasCredentials, isLive } from './states';
import { Settings } from './settings.svelte';
import { ShortcutKeys } from './shortcut-keys.svelte';
import { focusSearch } from './keys';
import { inWords } from './shortcuts';
import { SessionChanges } from './session-changes';
import type { Store } from './store.svelte';
import { kindOf } from './kinds';
import { identityOf } from './terms';
import { consent } from '../words/consent';
import { afterSignIn } from '../words/first';
import { Zoom } from './zoom';
import { filters } from '../words/list';
import type { SettingChange } from './settings-backend';
import { notices } from '../words/notices';
import { renameIdentity as renameWords } from '../words/role';
import { search } from '../words/search';
import { SHELL_NAMES } from '../words/shells';
import { catalogWords, vaultWords } from '../words/settings';

/** More consoles than this open only when the person has agreed. */
const MANY_CONSOLES = 5;

export class Actions {
  /** Identities whose browser sign-in was cancelled to use a code instead. */
  readonly #codeInstead = new Set<string>();

  readonly zoom: Zoom;
  readonly links: Links;
  readonly lastUses: LastUses;
  /** What can be changed of a running session. */
  readonly sessions: SessionChanges;
  /** Which keys do what. */
  readonly shortcuts = new ShortcutKeys();
  readonly attention = new AttentionState(this);
  readonly settings: Settings;

  constructor(
    readonly backend: Backend,
    readonly store: Store,
    readonly ui: UiState,
    readonly recents: Recents,
  ) {
    this.settings = new Settings(backend, this.shortcuts);
    this.zoom = new Zoom(this.settings, (thrown) => ui.report(asProblem(thrown), null));
    store.watch((event) => this.settings.follow(event));
    this.links = new Links(this);
    this.lastUses = new LastUses(backend, store);
    this.sessions = new SessionChanges(this);
  }

  // Roles and sessions

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
      const started = await this.#signedIn(`start ${role.id}`, (person) => {
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
        this.#roleFailed(role.id, problem, async () => void (await this.start(role, how)));
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
      const elevated = await this.#signedIn(`elevate ${profile}`, (person) => this.backend.elevate(profile, lasts, why, person));
      if (elevated !== null) this.store.answered(elevated.value, told);
      return elevated !== null;
    } catch (thrown) {
      this.#roleFailed(roleId, asProblem(thrown), async () => void (await this.elevate(session, lasts, why)));
      return false;
    }
  }

  /** Ends that before its time. */
  async fallBack(session: SessionView): Promise<void> {
    const { profile } = session;
    await this.#forRole(session, `elevate ${profile}`, async () => {
      const told = this.store.told(profile);
      this.store.answered(await this.backend.fallBack(profile), told);
    });
  }

  async stop(session: SessionView): Promise<void> {
    const { profile } = session;
    let ran = false;
    const work = async () => void (ran = await this.#stopOne(profile));
    if ((await this.#forRole(session, `stop ${profile}`, work)) && ran) this.#offerUndo([session]);
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
    await this.#attempt('stop-each', async () => {
      for (const session of sessions) if (await this.#stopOne(session.profile)) stopped.push(session);
    });
    if (stopped.length) this.#offerUndo(stopped);
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

  /** Takes back what the person answered about a program. */
  async takeBackConsent(id: number): Promise<void> {
    if (await this.#attempt(`consent ${id}`, () => this.backend.revokeConsent(id))) this.ui.notify(consent.revoked);
  }

  /** Adds to the favourites, or takes out of them. */
  async favour(ids: readonly string[], favourite: boolean): Promise<void> {
    await this.#attempt('favour', () =>
      favourite ? this.backend.addFavourites(ids) : this.backend.removeFavourites(ids),
    );
  }

  /** What the cursor is on becomes a favourite, or all that were picked. */
  async favourChosen(): Promise<void> {
    const { selection, chosenId } = this.ui;
    const ids = selection.all.size ? [...selection.all] : chosenId === null ? [] : [chosenId];
    if (ids.length) await this.favour(ids, !ids.every((id) => this.ui.isFavourite(id)));
  }

  /** Keeps what is typed and set under a name. Throws the problem, for the form to show. */
  async saveFilter(name: string): Promise<void> {
    const { query, filter } = this.ui;
    await this.backend.putFilter({ name, query, filter });
    await this.store.load();
  }

  async removeFilter(name: string): Promise<void> {
    if (await this.#attempt(`remove-filter ${name}`, () => this.backend.removeFilter(name))) {
      this.ui.notify(filters.removed(name));
      await this.store.load();
    }
  }

  /** Puts an account into a folder, or with an empty name out of one. Throws the problem, for the form to show. */
  async putFolder(account: string, folder: string): Promise<void> {
    await this.backend.putAccountFolder(account, folder === '' ? null : folder);
    await this.store.load();
  }

  /** Returns whether it ran. One that is gone already is what the person wants. */
  async #stopOne(profile: string): Promise<boolean> {
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
    if (await this.#attempt('stop-all', () => this.backend.stopAll())) this.#offerUndo(sessions);
  }

  /** Says which sessions were stopped, and offers to take it back. One that never had credentials has nothing to give. */
  #offerUndo(sessions: readonly SessionView[]): void {
    const profiles = sessions.filter(hasCredentials).map((session) => session.profile);
    const text = notices.stopped(sessions.map((session) => session.profile));
    if (profiles.length) this.ui.notify(text, () => void this.undoStop(profiles));
  }

  async undoStop(profiles: readonly string[]): Promise<void> {
    await this.#attempt('undo-stop', () => this.backend.undoStop(profiles));
  }

  renew(session: SessionView): Promise<void> {
    return this.#forCredentials(session, `renew ${session.profile}`, (person) =>
      this.backend.renew(session.profile, person),
    );
  }

  copyEnv(session: SessionView, shell: Shell = this.recents.shell(this.store.shell.platform)): Promise<void> {
    this.recents.useShell(shell);
    return this.#forCredentials(
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
    await this.#forCredentials({ roleId: role.id }, `console ${role.id}`, (person) =>
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
    return this.#forCredentials(session, `console-url ${session.profile}`, copy, notices.copiedConsole);
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
  async putRole(role: DeclaredRole): Promise<void> {
    await this.backend.putRole(role);
    await this.store.load();
    this.ui.reveal(`${role.identity}:${role.arn}`);
  }

  async removeRole(role: RoleView): Promise<void> {
    if (await this.#attempt(`remove ${role.id}`, () => this.backend.removeRole(role.id))) {
      this.ui.sheetOpen = false;
      await this.store.load();
    }
  }

  /** Accepts what waits in a shared catalog. */
  async acceptCatalog({ name, waitingId }: CatalogView): Promise<void> {
    await this.backend.acceptCatalog(name, waitingId);
    await this.store.load();
  }

  // Identities

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
    if (await this.#attempt(`remove ${name}`, () => this.backend.removeIdentity(name))) {
      if (this.ui.filter.identities.includes(name)) this.ui.show({});
      await this.store.load();
    }
  }

  /**
   * Shows the sign-in and waits for its end. Returns whether the person is signed in. `device`: with a code, on any
   * machine.
   */
  async signIn(name: string, device = false): Promise<boolean> {
    const identity = this.#signer(name);
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
    const given = await this.#attempt(`cancel ${identity}`, () => this.backend.cancelSignIn(identity));
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
  #signer(identity: string): string {
    return this.store.identityByName.get(identity)?.signedInBy ?? identity;
  }

  async cancelSignIn(identity: string): Promise<void> {
    this.ui.dialog = null;
    this.#codeInstead.delete(identity);
    await this.#attempt(`cancel ${identity}`, () => this.backend.cancelSignIn(identity));
  }

  /** Signs out. Sessions outlive that, so if there are any, the person says whether they end too. */
  async askToSignOut(identity: string): Promise<void> {
    const signer = this.#signer(identity);
    const sessions = [...this.store.sessions.values()].filter((one) => isLive(one) && this.#signer(one.identity) === signer);
    if (sessions.length) this.ui.dialog = { is: 'sign-out', name: signer, sessions };
    else await this.signOut(signer, []);
  }

  /** Stops these sessions first: without the proof, an undo is all that brings them back. */
  async signOut(identity: string, stop: readonly SessionView[]): Promise<void> {
    const stopped: SessionView[] = [];
    await this.#attempt(`sign-out ${identity}`, async () => {
      for (const session of stop) if (await this.#stopOne(session.profile)) stopped.push(session);
      await this.backend.signOut(identity);
    });
    if (stopped.length) this.#offerUndo(stopped);
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
    await this.#attempt(`mfa ${identity}`, async () => {
      const { secondsLeft, used } = await this.backend.copyMfaCode(identity);
      this.ui.notify(notices.copiedCode(identity, used, secondsLeft));
    });
  }

  async showMfaCode(identity: string): Promise<void> {
    await this.#attempt(`mfa ${identity}`, () => this.backend.showMfaCode(identity));
  }

  async rotateKey(identity: string): Promise<void> {
    if (await this.#attempt(`rotate ${identity}`, () => this.backend.rotateKey(identity))) {
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

  /** Returns whether that worked. */
  async copySignInUrl(identity: string): Promise<boolean> {
    const copied = await this.#attempt(`copy-url ${identity}`, () => this.backend.copySignInUrl(identity));
    if (copied) this.ui.notify(notices.copiedAddress);
    return copied;
  }

  async openSignInUrl(identity: string): Promise<void> {
    await this.#attempt(`open-url ${identity}`, () => this.backend.openSignInUrl(identity));
  }

  async showSignInWindow(identity: string): Promise<void> {
    await this.#attempt(`show-window ${identity}`, () => this.backend.showSignInWindow(identity));
  }

  // The product

  async startSandbox(): Promise<void> {
    await this.#attempt('sandbox', () => this.backend.startSandbox());
  }

  async copySandboxEnv(): Promise<void> {
    const shell = this.recents.shell(this.store.shell.platform);
    const copied = await this.#attempt('copy-sandbox', () => this.backend.copySandboxEnv(shell));
    if (copied) this.ui.notify(notices.copiedForTerminal(SHELL_NAMES[shell]));
  }

  async leaveSandbox(): Promise<void> {
    await this.#attempt('sandbox', () => this.backend.leaveSandbox());
  }

  /** Keeps the vault's key in a file, on a machine without a keyring. */
  async keepKeyInFile(): Promise<void> {
    if (await this.#attempt('keep-key', () => this.backend.keepKeyInFile())) {
      this.ui.notify(notices.keyInFile);
      await this.store.load();
    }
  }

  /** Moves the vault's key to the keyring or into a file. */
  async moveKey(to: string): Promise<void> {
    let moved: SettingChange | undefined;
    await this.#attempt('move-key', async () => {
      moved = await this.settings.put('vault.key', to);
    });
    if (!moved?.vault) return;
    const { place, oldPlace, oldKeyLeft, notRemoved } = moved.vault;
    this.ui.notify(vaultWords.moved(place));
    if (oldKeyLeft && oldPlace !== null) this.ui.notify(vaultWords.oldLeft(oldPlace));
    if (notRemoved) this.ui.report(notRemoved, null);
    await this.store.load();
  }

  async removeCatalog(name: string): Promise<void> {
    if (await this.#attempt(`catalog ${name}`, () => this.backend.removeCatalog(name))) {
      this.ui.notify(catalogWords.removed(name));
    }
  }

  async lockVault(): Promise<void> {
    await this.#attempt('lock', () => this.backend.lockVault());
  }

  /** Opens the window that asks for the passphrase, which is none of the page's. */
  async unlockVault(): Promise<void> {
    await this.#attempt('unlock', () => this.backend.unlockVault());
  }

  async openConfigFile(): Promise<void> {
    await this.#attempt('config', () => this.backend.openConfigFile());
  }

  /** A link that the person pasted asks what it would ask if another program had opened it. */
  async followLink(link: string): Promise<void> {
    if (await this.#attempt('link', () => this.backend.followLink(link))) this.ui.search('');
  }

  /** The tray or a notification asks for this. */
  navigate(to: Destination): void {
    switch (to.to) {
      case 'role':
        return this.ui.reveal(to.id);
      case 'sign-in':
        return void this.signIn(to.identity);
      case 'link':
        return void this.links.look();
      case 'stop-all':
        return this.askToStopAll();
      case 'attention':
        return void (this.ui.screen = { is: 'attention' });
      case 'sign-in-all':
        return void this.attention.signInAll();
      case 'settings':
        return void (this.ui.screen = { is: 'settings' });
    }
  }

  /** What the button beside a problem does, if there is one. */
  remedy(problem: Problem, identity: string | null, again: (() => void) | null): Remedied | null {
    const step = this.#nextStep(problem);
    if (step) return step;
    const { remedy } = wordsFor(problem);
    if (remedy === 'open-config') return { is: remedy, run: () => void this.openConfigFile() };
    const edit = identity === null ? undefined : this.store.identityByName.get(identity);
    if (remedy === 'edit-identity' && edit) return { is: remedy, run: () => (this.ui.dialog = { is: 'identity', edit }) };
    if (remedy === 'sign-in' && identity) return { is: remedy, run: () => void this.signIn(identity) };
    if (remedy === 'keep-key') return { is: remedy, run: () => (this.ui.dialog = { is: 'keep-key' }) };
    if (remedy === 'unlock') return { is: remedy, run: () => void this.unlockVault() };
    return (remedy === 'try-again' || remedy === 'check-again') && again ? { is: remedy, run: again } : null;
  }

  /** The button for the step that the problem itself names. The lists are in the window already. */
  #nextStep({ next }: Problem): Remedied | null {
    switch (next?.step) {
      case 'sign-in':
        return { is: 'sign-in', run: () => void this.signIn(next.identity) };
      case 'give-secrets': {
        const edit = this.store.identityByName.get(next.identity);
        return edit ? { is: 'edit-identity', run: () => (this.ui.dialog = { is: 'identity', edit }) } : null;
      }
      case 'unlock-vault':
        return { is: 'unlock', run: () => void this.unlockVault() };
      case 'add-identity':
      case 'list-identities':
      case 'list-roles':
      case 'name-role':
      case 'show-catalog':
      case 'list-sessions':
      case 'start-agent':
      // Not for a keyring that is only locked: what fits is in the words of the code.
      case 'keep-key-elsewhere':
      case undefined:
        return null;
    }
  }

  /** Returns whether that worked. */
  async #forRole(of: { roleId: string }, key: string, work: () => Promise<void>): Promise<boolean> {
    this.ui.roleProblem(of.roleId, null);
    try {
      await this.ui.whileBusy(key, work);
      return true;
    } catch (thrown) {
      this.#roleFailed(of.roleId, asProblem(thrown), async () => void (await this.#forRole(of, key, work)));
      return false;
    }
  }

  /** The same for work that needs credentials, and perhaps a sign-in first. */
  async #forCredentials(
    of: { roleId: string; profile?: string },
    key: string,
    work: (person: Person) => Promise<Outcome<null>>,
    done?: string,
  ): Promise<void> {
    this.ui.roleProblem(of.roleId, null);
    try {
      const outcome = await this.#signedIn(key, work);
      if (outcome && done) this.ui.notify(done);
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem.code === 'unknown-session' && of.profile !== undefined) this.store.gone(of.profile);
      this.#roleFailed(of.roleId, problem, () => this.#forCredentials(of, key, work, done));
    }
  }

  /**
   * Asks, and if the person has to sign in first, lets them do it and asks again. Returns null if they did not sign in.
   * Not twice: if the new proof is refused too, signing in does not help.
   */
  async #signedIn<T>(key: string, ask: (person: Person) => Promise<Outcome<T>>): Promise<{ value: T } | null> {
    let outcome = await this.ui.whileBusy(key, () => ask('can-sign-in'));
    if (outcome.is === 'done') return outcome;
    if (!(await this.signIn(outcome.value))) return null;
    outcome = await this.ui.whileBusy(key, () => ask('away'));
    return outcome.is === 'done' ? outcome : null;
  }

  /** Beside the role if it is visible, otherwise as a notice. */
  #roleFailed(id: string, problem: Problem, again: () => Promise<void>): void {
    if (problem.kind === 'cancelled') return;
    const { ui } = this;
    if (ui.chosenId === id && !ui.list.isLeaving && (!ui.narrow || ui.sheetOpen)) {
      ui.roleProblem(id, problem);
      return;
    }
    ui.report(problem, this.remedy(problem, identityOf(id), () => void again()), id);
  }

  async #attempt(key: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await this.ui.whileBusy(key, work);
      return true;
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem.kind !== 'cancelled') {
        this.ui.report(problem, this.remedy(problem, null, () => void this.#attempt(key, work)), key);
      }
      return false;
    }
  }
}

/** Where the console opens; its home page without either. */
export interface ConsolePlace {
  /** A page of the console, or an ARN. */
  to?: string | null;
  /** One of its services, and what that is called. */
  service?: string | null;
  name?: string | null;
}

export type Remedied = { is: Remedy; run: () => void };
