/** What the person can do. Each asks the backend, and shows what went wrong where the person looks. */
import type { CatalogView } from '../bindings/CatalogView';
import type { Problem } from '../bindings/Problem';
import { consent } from '../words/consent';
import { notices } from '../words/notices';
import { catalogWords, vaultWords } from '../words/settings';
import { SHELL_NAMES } from '../words/shells';
import { AttentionState } from './attention.svelte';
import type { Remedied } from './attempts';
import type { Backend, Destination } from './backend';
import { IdentityActions } from './identity-actions';
import { LastUses } from './last-uses.svelte';
import { Links } from './links.svelte';
import { asProblem, wordsFor } from './problems';
import type { Recents } from './recents';
import { SessionChanges } from './session-changes';
import type { SettingChange } from './settings-backend';
import { Settings } from './settings.svelte';
import type { Store } from './store.svelte';
import type { UiState } from './ui-state.svelte';
import { Zoom } from './zoom';

export class Actions extends IdentityActions {
  readonly zoom: Zoom;
  readonly links: Links;
  readonly lastUses: LastUses;
  /** What can be changed of a running session. */
  readonly sessions: SessionChanges;
  readonly attention = new AttentionState(this);
  readonly settings: Settings;

  constructor(backend: Backend, store: Store, ui: UiState, recents: Recents) {
    super(backend, store, ui, recents);
    this.settings = new Settings(backend, this.shortcuts);
    this.zoom = new Zoom(this.settings, (thrown) => ui.report(asProblem(thrown), null));
    store.watch((event) => this.settings.follow(event));
    this.links = new Links(this);
    this.lastUses = new LastUses(backend, store);
    this.sessions = new SessionChanges(this);
  }

  async startSandbox(): Promise<void> {
    await this.attempt('sandbox', () => this.backend.startSandbox());
  }

  async copySandboxEnv(): Promise<void> {
    const shell = this.recents.shell(this.store.shell.platform);
    const copied = await this.attempt('copy-sandbox', () => this.backend.copySandboxEnv(shell));
    if (copied) this.ui.notify(notices.copiedForTerminal(SHELL_NAMES[shell]));
  }

  async leaveSandbox(): Promise<void> {
    await this.attempt('sandbox', () => this.backend.leaveSandbox());
  }

  /** Keeps the vault's key in a file, on a machine without a keyring. */
  async keepKeyInFile(): Promise<void> {
    if (await this.attempt('keep-key', () => this.backend.keepKeyInFile())) {
      this.ui.notify(notices.keyInFile);
      await this.store.load();
    }
  }

  /** Moves the vault's key to the keyring or into a file. */
  async moveKey(to: string): Promise<void> {
    let moved: SettingChange | undefined;
    await this.attempt('move-key', async () => {
      moved = await this.settings.put('vault.key', to);
    });
    if (!moved?.vault) return;
    const { place, oldPlace, oldKeyLeft, notRemoved } = moved.vault;
    this.ui.notify(vaultWords.moved(place));
    if (oldKeyLeft && oldPlace !== null) this.ui.notify(vaultWords.oldLeft(oldPlace));
    if (notRemoved) this.ui.report(notRemoved, null);
    await this.store.load();
  }

  /** Accepts what waits in a shared catalog. */
  async acceptCatalog({ name, waitingId }: CatalogView): Promise<void> {
    await this.backend.acceptCatalog(name, waitingId);
    await this.store.load();
  }

  async removeCatalog(name: string): Promise<void> {
    if (await this.attempt(`catalog ${name}`, () => this.backend.removeCatalog(name))) {
      this.ui.notify(catalogWords.removed(name));
    }
  }

  /** Takes back what the person answered about a program. */
  async takeBackConsent(id: number): Promise<void> {
    if (await this.attempt(`consent ${id}`, () => this.backend.revokeConsent(id))) this.ui.notify(consent.revoked);
  }

  async lockVault(): Promise<void> {
    await this.attempt('lock', () => this.backend.lockVault());
  }

  async openConfigFile(): Promise<void> {
    await this.attempt('config', () => this.backend.openConfigFile());
  }

  /** A link that the person pasted asks what it would ask if another program had opened it. */
  async followLink(link: string): Promise<void> {
    if (await this.attempt('link', () => this.backend.followLink(link))) this.ui.search('');
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
      case 'sign-out':
        return void this.askToSignOut(to.identity);
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
}
