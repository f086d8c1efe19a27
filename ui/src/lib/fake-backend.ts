/**
 * A backend in memory, for component tests and for `npm run dev` in an ordinary browser. Its events come in the same
 * order as the real ones. It is never part of the product's bundle.
 */
import type { AttentionItem } from '../bindings/AttentionItem';
import type { BrowserChoice } from '../bindings/BrowserChoice';
import type { BrowserChoices } from '../bindings/BrowserChoices';
import type { BrowserView } from '../bindings/BrowserView';
import type { CatalogView } from '../bindings/CatalogView';
import type { CatalogProgress } from '../bindings/CatalogProgress';
import type { DeclaredRole } from '../bindings/DeclaredRole';
import type { Event } from '../bindings/Event';
import type { HandOut } from '../bindings/HandOut';
import type { HistoryAsked } from '../bindings/HistoryAsked';
import type { HistoryFormat } from '../bindings/HistoryFormat';
import type { IdentitySettings } from '../bindings/IdentitySettings';
import type { IdentityView } from '../bindings/IdentityView';
import type { ImportPlan } from '../bindings/ImportPlan';
import type { ImportUndone } from '../bindings/ImportUndone';
import type { LinkQuestion } from '../bindings/LinkQuestion';
import type { Outcome } from '../bindings/Outcome';
import type { Person } from '../bindings/Person';
import type { Problem } from '../bindings/Problem';
import type { RoleView } from '../bindings/RoleView';
import type { SecretField } from '../bindings/SecretField';
import type { SessionChange } from '../bindings/SessionChange';
import type { SessionView } from '../bindings/SessionView';
import type { SignInAsk } from '../bindings/SignInAsk';
import type { SignInWay } from '../bindings/SignInWay';
import {
  BROWSERS,
  cancelled,
  DENIAL,
  foreignProfile,
  trialEnded,
  unknownSession,
  unreachable,
  VAULT_LOCKED,
  withoutAccount,
  wrongPassword,
} from './fake-answers';
import type { FakeState } from './fake-state';
import type { TrialStep } from '../bindings/TrialStep';
import type {
  Backend,
  ConsoleTarget,
  Destination,
  Draft,
  Imported,
  ShellFacts,
  ShortcutStanding,
  TrialWatch,
  Typed,
  TypedForImport,
} from './backend';
import { recognisedIn } from './fake-first';
import { FakeHistory } from './fake-history';
import { FakeAttention } from './fake-attention';
import { doneAlready, NOTHING_TO_IMPORT } from './fake-import';
import { FakeRolePage } from './fake-role-page';
import { known, type Listed } from './fake-list';
import { BROWSERS_FOUND, FakeSettings, FILES } from './fake-settings';
import { kindOf } from './kinds';
import { NO_TERMS, shortName } from './terms';
import { bounded, mistakesIn, roleCheck, targetKind, usualDuration } from './fake-checks';

export interface FakeOptions {
  /** How long an exchange or a discovery takes, ms. */
  latency?: number;
  /** Signs in by itself after so many ms; null: only when `finishSignIn` is called. */
  signInAfter?: number | null;
  /** How long a step of a trial takes, ms; null: until `nextStep` is called. */
  stepLatency?: number | null;
  shell?: ShellFacts;
  /** What other tools have. */
  plan?: ImportPlan;
}

export class FakeBackend extends FakeRolePage implements Backend {
  state: FakeState;
  /** What was asked, in order. */
  readonly calls: { command: string; args: unknown }[] = [];
  /** Rejects the next call of a command with this. */
  readonly failing = new Map<string, Problem>();
  /** Profiles whose session the broker doesn't know. */
  readonly unknown = new Set<string>();

  /** Where consoles open. */
  choices: BrowserChoices = BROWSERS;
  /** What other tools have. */
  plan: ImportPlan;

  /** The link that waits for the person, or why it can't be followed. */
  link: LinkQuestion | null = null;

  /** Whether the quick switch has its keys. */
  shortcut: ShortcutStanding = { is: 'off', command: 'daypass-desktop --quick-switch' };

  /** The audit log. */
  readonly log = new FakeHistory();
  /** What config.toml says of handing out credentials, by role. */
  readonly handOuts = new Map<string, HandOut>();

  #undoImport: () => ImportUndone = () => ({ identities: [], files: [], left: [] });
  readonly #options: Required<FakeOptions>;
  readonly #listeners = new Set<(event: Event) => void>();
  readonly #attention = new FakeAttention();
  readonly #attentive = new Set<(items: AttentionItem[]) => void>();
  readonly #navigators = new Set<(to: Destination) => void>();
  readonly #steps: (() => void)[] = [];
  readonly #waiting = new Map<string, { finish: () => void; fail: (problem: Problem) => void }>();

  constructor(state: FakeState, options: FakeOptions = {}) {
    super();
    this.state = state;
    const shell = { tray: true, version: '0.1.0', platform: 'linux' };
    this.#options = { latency: 0, signInAfter: null, stepLatency: 0, shell, plan: NOTHING_TO_IMPORT, ...options };
    this.plan = this.#options.plan;
  }

  snapshot = () =>
    this.#call('snapshot', null, () => {
      const { roles: _, ...state } = this.listed.state;
      return structuredClone({ ...state, rolesKnown: known(this.listed) });
    });
  shellFacts = () => this.#call('shell_facts', null, () => this.#options.shell);
  attention = () => this.#call('attention', null, () => structuredClone(this.#attention.of(this.state)));

  addIdentity = (name: string, settings: IdentitySettings, secrets: Typed) =>
    this.#call('add_identity', { name, settings, secrets: Object.keys(secrets) }, () => {
      this.state = { ...this.state, identities: [...this.state.identities, identityView(name, settings)] };
      this.#keepSecrets(name, secrets);
      this.emit({ type: 'catalog-changed' });
    });

  updateIdentity = (name: string, settings: IdentitySettings, secrets: Typed) =>
    this.#call('update_identity', { name, settings, secrets: Object.keys(secrets) }, () => {
      const { provider, way, signedInBy } = identityView(name, settings);
      this.#identity(name, { settings, provider, way, signedInBy });
      this.#keepSecrets(name, secrets);
      this.emit({ type: 'catalog-changed' });
    });

  removeIdentity = (name: string) =>
    this.#call('remove_identity', { name }, () => {
      const { identities, roles, sessions } = this.state;
      this.state = {
        ...this.state,
        identities: identities.filter((i) => i.name !== name),
        roles: roles.filter((r) => r.identity !== name),
        sessions: sessions.filter((s) => s.identity !== name),
      };
      this.emit({ type: 'catalog-changed' });
    });

  checkIdentity = (name: string, settings: IdentitySettings, isNew: boolean) =>
    this.#call('check_identity', { name, settings, isNew }, () => {
      const taken = isNew && this.state.identities.some((one) => one.name === name);
      const message = `There is an identity named ${name} already. Choose another name.`;
      return [...(taken ? [{ field: 'name', message }] : []), ...mistakesIn(name, settings)];
    });

  recognise = (text: string, ask: boolean) =>
    Promise.resolve(recognisedIn(text, ask, this.state.identities.map((one) => one.name)));
  suggestRegion = () => Promise.resolve('eu-central-1');

  trySettings = async ({ name, settings, secrets, exists }: Draft, watch: TrialWatch) => {
    await this.#call('try_settings', { name, settings, secrets: Object.keys(secrets), exists }, () => undefined);
    return this.#try(settings, watch);
  };

  tryIdentity = async (name: string, watch: TrialWatch) => {
    const { settings } = await this.#call('try_identity', { name }, () => this.state.identities.find((one) => one.name === name) as IdentityView);
    return this.#try(settings, watch);
  };

  likelyMfaSerial = ({ name, secrets }: Draft) =>
    this.#call('likely_mfa_serial', { name, secrets: Object.keys(secrets) }, () => `arn:aws:iam::111122223333:mfa/${name}`);

  async signIn(identity: string, device: boolean, given: Typed): Promise<void> {
    // Only the names of the fields are kept, not what was typed.
    await this.#call('sign_in', { identity, device, given: Object.keys(given) }, () => undefined);
    const view = this.state.identities.find((one) => one.name === identity) as IdentityView;
    const way = view.way.by;
    if (way === 'form' && Object.values(given).includes('wrong')) throw wrongPassword(identity);
    if (way === 'browser' || way === 'window') {
      this.#identity(identity, { state: 'signing-in' });
      const ask = askOf(identity, way, device);
      this.emit({ type: 'sign-in-began', identity, ask, browserOpened: ask.by === 'browser' });
      const { signInAfter } = this.#options;
      if (signInAfter !== null) setTimeout(() => this.finishSignIn(identity), device ? signInAfter * 4 : signInAfter);
      try {
        await new Promise<void>((finish, fail) => this.#waiting.set(identity, { finish, fail }));
      } catch (problem) {
        this.#identity(identity, { state: 'signed-out', problem: problem as Problem });
        this.emit({ type: 'sign-in-failed', identity, problem: problem as Problem });
        throw problem;
      }
    }
    const person = 'mara@example.com';
    this.#identity(identity, { state: 'signed-in', person, problem: null });
    if (view.settings.kind === 'iam-user') this.#ownUser(identity);
    this.emit({ type: 'signed-in', identity, person, remarks: [] });
  }

  /** AWS says whose key it is: its user is in the catalog from now on. */
  #ownUser(identity: string): void {
    const own = roleView(`arn:aws:iam::111122223333:user/${identity}`, identity, { source: 'discovered' });
    if (this.state.roles.some((role) => role.id === own.id)) return;
    this.state = { ...this.state, roles: [...this.state.roles, own] };
    this.emit({ type: 'catalog-changed' });
  }

  /** The person comes back from the browser. */
  finishSignIn(identity: string): void {
    this.#waiting.get(identity)?.finish();
    this.#waiting.delete(identity);
  }

  failSignIn(identity: string, problem: Problem): void {
    this.#waiting.get(identity)?.fail(problem);
    this.#waiting.delete(identity);
  }

  cancelSignIn = (identity: string) =>
    this.#call('cancel_sign_in', { identity }, () => this.failSignIn(identity, cancelled(identity)));

  signOut = (identity: string) =>
    this.#call('sign_out', { identity }, () => {
      this.#identity(identity, { state: 'signed-out', person: null });
      this.emit({ type: 'signed-out', identity });
    });

  listRoles = async (identity: string) => {
    await this.#call('list_roles', { identity }, () => undefined);
    const roles = this.state.roles.filter((role) => role.identity === identity);
    const accounts = new Set(roles.map((role) => role.account)).size;
    this.list(identity, { accounts, done: 0 });
    await this.#step();
    const problem = this.failing.get('listing') ?? null;
    this.failing.delete('listing');
    this.list(identity, null, problem);
    if (problem) throw problem;
    return roles.length;
  };

  copySignInUrl = (identity: string) => this.#call('copy_sign_in_url', { identity }, () => undefined);
  openSignInUrl = (identity: string) => this.#call('open_sign_in_url', { identity }, () => undefined);
  showSignInWindow = (identity: string) => this.#call('show_sign_in_window', { identity }, () => undefined);

  copyMfaCode = (identity: string) =>
    this.#call('copy_mfa_code', { identity }, () => ({ secondsLeft: 17, used: false }));
  showMfaCode = (identity: string) => this.#call('show_mfa_code', { identity }, () => undefined);
  rotateKey = (identity: string) => this.#call('rotate_key', { identity }, () => undefined);

  checkRole = (role: DeclaredRole, isNew: boolean) =>
    this.#call('check_role', { role, isNew }, () => {
      const settings = this.state.identities.find((one) => one.name === role.identity)?.settings;
      const check = bounded(roleCheck(role, settings?.kind ?? 'oidc', isNew), this.state.policy);
      return { ...check, handOut: this.handOuts.get(`${role.identity}:${role.arn}`) ?? check.handOut };
    });

  putRole = (role: DeclaredRole, handOut?: HandOut) =>
    this.#call('put_role', role, () => {
      if (handOut) this.handOuts.set(`${role.identity}:${role.arn}`, handOut);
      const parent = this.state.roles.find((one) => one.arn === role.via);
      const view = roleView(role.arn, role.identity, {
        ...(role.profile === null ? {} : { profile: role.profile }),
        region: role.region,
        terms: role.terms,
        via: role.via === null ? [] : [...(parent?.via ?? []), role.via],
      });
      const others = this.state.roles.filter((one) => one.arn !== role.arn);
      this.state = { ...this.state, roles: [...others, view] };
      this.emit({ type: 'catalog-changed' });
    });

  removeRole = (id: string) =>
    this.#call('remove_role', { role: id }, () => {
      this.state = { ...this.state, roles: this.state.roles.filter((role) => role.id !== id) };
      this.emit({ type: 'catalog-changed' });
    });

  acceptCatalog = (name: string, waitingId: string | null) =>
    this.#call('accept_catalog', { name, waitingId }, () => {
      const found = this.state.catalogs.find((one) => one.name === name) as CatalogView;
      const accepted = { ...found, waiting: [], waitingId: null };
      const catalogs = this.state.catalogs.map((one) => (one.name === name ? accepted : one));
      this.state = { ...this.state, catalogs };
      this.emit({ type: 'catalog-changed' });
      return accepted;
    });

  putAccountRegion = (account: string, region: string | null) =>
    this.#call('put_account_region', { account, region }, () => this.emit({ type: 'catalog-changed' }));

  start = (id: string, profile: string | null, replaceForeign: boolean, readOnly: boolean, person: Person) =>
    this.#call('start', { role: id, profile, replaceForeign, readOnly, person }, () => {
      const found = this.state.roles.find((one) => one.id === id) as RoleView;
      const first = this.#signInFirst(found.identity, person);
      if (first) return first;
      const role = readOnly ? { ...found, terms: { ...found.terms, read_only: true } } : found;
      const name = profile ?? role.profile;
      if (this.foreign.has(name) && !replaceForeign) throw foreignProfile(name, this.state.credentialsFile);
      const running = this.#session(name);
      if (running?.state === 'active' && running.delivery === 'process') {
        const written: SessionView = { ...running, delivery: 'credentials-file' };
        this.changeSession('delivery-changed', written);
        return done(written);
      }
      const now = Date.now();
      const session = sessionView(role, name, 'starting', now, null);
      this.changeSession('requested', session);
      const started = sessionView(role, name, 'active', now, 3600);
      setTimeout(() => this.changeSession('started', started), this.#options.latency);
      return done(session);
    });

  stop = (profile: string) =>
    this.#call('stop', { profile }, () => {
      this.#known(profile);
      const session = this.#session(profile);
      if (session) this.#stop(session);
    });

  stopAll = () =>
    this.#call('stop_all', null, () => {
      for (const session of this.state.sessions) this.#stop(session);
    });

  undoStop = (profiles: readonly string[]) =>
    this.#call('undo_stop', { profiles }, () => {
      for (const profile of profiles) {
        const session = this.#stopped.get(profile);
        if (!session) throw unknownSession(profile);
        this.#stopped.delete(profile);
        this.changeSession('started', session);
      }
    });

  renew = (profile: string, person: Person) =>
    this.#call('renew', { profile, person }, () => {
      this.#known(profile);
      const session = this.#session(profile);
      const role = this.state.roles.find((one) => one.id === session?.roleId);
      if (!session || !role) return done(null);
      const first = this.#signInFirst(session.identity, person);
      if (first) return first;
      this.changeSession('renewal-began', { ...session, state: 'renewing' });
      const { terms, renewals } = session;
      const fresh = { ...sessionView(role, profile, 'active', Date.now(), 3600), terms, renewals: renewals + 1 };
      setTimeout(() => this.changeSession('renewed', fresh), this.#options.latency);
      return done(null);
    });

  copyEnv = (profile: string, shell: string, person: Person) =>
    this.#call('copy_env', { profile, shell, person }, () => done(null));
  openConsole = (target: ConsoleTarget, person: Person) =>
    this.#call('open_console', { ...target, person }, () => {
      const role = this.state.roles.find((one) => one.id === target.role);
      return (role && this.#signInFirst(role.identity, person)) ?? done(null);
    });
  rolesReaching = (page: string) =>
    this.#call('roles_reaching', { page }, () => {
      const account = /\d{12}/.exec(page)?.[0];
      const found = this.state.roles.filter((role) => role.account === account).map((role) => role.id);
      if (found.length) return found;
      throw withoutAccount(page);
    });
  // Asked for each role that is shown, so it isn't among what the person did.
  browserChoices = () => Promise.resolve(this.choices);
  chooseBrowser = (role: string, choice: BrowserChoice) =>
    this.#call('choose_browser', { role, choice }, () => {
      this.choices = { ...this.choices, current: choice.label };
    });
  copyConsoleUrl = (profile: string, person: Person) =>
    this.#call('copy_console_url', { profile, person }, () => done(null));
  // Asked by itself on the first start, so it isn't among what the person did.
  toolsFound = () => Promise.resolve(this.plan.isDone ? [] : this.plan.tools.map((tool) => tool.name));
  planImport = (moveKeys: boolean) => this.#call('plan_import', { moveKeys }, () => this.plan);
  importPlanned = (moveKeys: boolean, shown: ImportPlan, { secrets, passphrases }: TypedForImport) => {
    // Only the names of the fields are kept, not what was typed.
    const fields = Object.entries(secrets).flatMap(([name, own]) => Object.keys(own).map((field) => `${name} ${field}`));
    const args = { moveKeys, typed: [...fields, ...Object.keys(passphrases)] };
    return this.#call('import_planned', args, (): Imported => {
      const { plan } = this;
      if (shown !== plan) return { is: 'changed', plan };
      const before = this.state;
      this.#undoImport = () => {
        [this.state, this.plan] = [before, plan];
        this.emit({ type: 'catalog-changed' });
        return { identities: plan.identities.map((one) => one.name), files: plan.files.map((file) => file.path), left: [] };
      };
      const identities = plan.identities.map(({ name, settings }) => identityView(name, settings));
      this.state = { ...before, identities: [...before.identities, ...identities] };
      this.plan = doneAlready(plan);
      this.emit({ type: 'catalog-changed' });
      const names = identities.map((one) => one.name);
      const profiles = plan.roles.flatMap((role) => role.profiles);
      const backups = plan.files.filter((file) => file.backup === 'copy').map((file) => `${file.path}.daypass-backup`);
      return { is: 'done', outcome: { identities: names, roles: plan.roles.length, profiles, backups, left: [], signIn: names } };
    });
  };
  undoImport = () => this.#call('undo_import', null, () => this.#undoImport());

  explainDenial = (profile: string, message: string) =>
    this.#call('explain_denial', { profile, message }, () => DENIAL);
  whoseKey = (profile: string, keyId: string) => this.#call('whose_key', { profile, keyId }, () => '104928374651');

  // The window asks for each shown role's own, so it isn't among the person's actions.
  history = (asked: Partial<HistoryAsked>) =>
    asked.role ? Promise.resolve(this.log.page(asked)) : this.#call('history', asked, () => this.log.page(asked));
  checkHistory = () => this.#call('check_history', null, () => this.log.chain);
  exportHistory = (asked: Partial<HistoryAsked>, format: HistoryFormat) =>
    this.#call('export_history', { asked, format }, () => this.log.exported(asked, format));
  lastUses = () => this.#call('last_uses', null, () => structuredClone(this.log.lastUses));
  consentsGiven = () => this.#call('consents_given', null, () => structuredClone(this.log.consents));
  revokeConsent = (id: number) =>
    this.#call('revoke_consent', { id }, () => {
      this.log.consents = this.log.consents.filter((given) => given.id !== id);
      this.emit({ type: 'consents-changed' });
    });

  startSandbox = () => this.#call('start_sandbox', null, () => undefined);
  copySandboxEnv = (shell: string) => this.#call('copy_sandbox_env', { shell }, () => undefined);
  leaveSandbox = () => this.#call('leave_sandbox', null, () => undefined);
  openConfigFile = () => this.#call('open_config_file', null, () => undefined);
  keepKeyInFile = () =>
    this.#call('keep_key_in_file', null, () => {
      this.state = { ...this.state, vaultProblem: null };
    });
  lockVault = () =>
    this.#call('lock_vault', null, () => {
      this.state = { ...this.state, sessions: [], vaultProblem: VAULT_LOCKED };
      this.emit({ type: 'catalog-changed' });
    });
  unlockVault = () =>
    this.#call('unlock_vault', null, () => {
      this.state = { ...this.state, vaultProblem: null };
      this.emit({ type: 'catalog-changed' });
    });
  quickShortcut = () => this.#call('quick_shortcut', null, () => this.shortcut);
  askedByLink = () => this.#call('asked_by_link', null, () => this.link);
  endLink = () => this.#call('end_link', null, () => void (this.link = null));
  followLink = (link: string) => this.#call('follow_link', { link }, () => this.navigate({ to: 'link' }));
  setZoom = (factor: number) => this.#call('set_zoom', { factor }, () => undefined);

  /** What config.toml says of settings. */
  readonly config = new FakeSettings();
  settings = () => this.#call('settings', null, () => this.config.all());
  putSetting = (name: string, value: string | null) =>
    this.#call('put_setting', { name, value }, () => {
      const change = this.config.put(name, value);
      this.emit({ type: name.startsWith('window.') ? 'settings-changed' : 'catalog-changed' });
      return change;
    });
  browsersFound: readonly BrowserView[] = BROWSERS_FOUND;
  browsers = () => this.#call('browsers', null, () => [...this.browsersFound]);
  vaultStatus = () => this.#call('vault_status', null, () => this.config.vault(this.state.identities.length > 0));
  changePassphrase = () => this.#call('change_passphrase', null, () => undefined);
  usePassphrase = () => this.#call('use_passphrase', null, () => undefined);
  putProxySignIn = (user: string, _: string) =>
    this.#call('put_proxy_sign_in', { user }, () => 'http://proxy.example.org:8080');
  forgetProxySignIn = () => this.#call('forget_proxy_sign_in', null, () => true);
  refreshCatalogs = (name: string | null) =>
    this.#call('refresh_catalogs', { name }, () => this.state.catalogs.filter((one) => name === null || one.name === name));
  removeCatalog = (name: string) =>
    this.#call('remove_catalog', { name }, () => {
      this.state = { ...this.state, catalogs: this.state.catalogs.filter((one) => one.name !== name) };
      this.emit({ type: 'catalog-changed' });
    });
  filesOfDaypass = () => this.#call('files_of_daypass', null, () => FILES);

  onEvent = (listener: (event: Event) => void) => listenIn(this.#listeners, listener);
  onAttention = (listener: (items: AttentionItem[]) => void) => listenIn(this.#attentive, listener);
  onNavigate = (listener: (to: Destination) => void) => listenIn(this.#navigators, listener);

  /** The listing of an identity's roles goes on, or ends. */
  list(name: string, listing: CatalogProgress | null, problem: Problem | null = null): void {
    this.#identity(name, { listing, problem });
    this.emit(
      listing
        ? { type: 'catalog-grew', identity: name, ...listing }
        : { type: 'catalog-listed', identity: name, problem },
    );
  }

  override emit(event: Event): void {
    if (event.type === 'catalog-changed') this.revision++;
    for (const listener of this.#listeners) listener(structuredClone(event));
    this.#attention.takeIn(event);
    for (const listener of this.#attentive) listener(structuredClone(this.#attention.of(this.state)));
  }

  navigate(to: Destination): void {
    for (const navigator of this.#navigators) navigator(to);
  }

  override changeSession(change: SessionChange, session: SessionView): void {
    const others = this.state.sessions.filter((one) => one.profile !== session.profile);
    this.state = { ...this.state, sessions: session.state === 'stopped' ? others : [...others, session] };
    this.emit({ type: 'session-changed', change, session });
  }

  /** Commands asked so far, without those that only read. */
  get asked(): string[] {
    return this.calls.map((call) => call.command).filter((name) => !ONLY_READ.has(name));
  }

  protected get listed(): Listed {
    const { favourites, folders, revision } = this;
    return { state: withRolesOfSessions(this.state), favourites, folders, revision };
  }

  #signInFirst(identity: string, person: Person): Outcome<never> | null {
    const view = this.state.identities.find((one) => one.name === identity);
    if (person === 'away' || !view || view.state === 'signed-in' || view.way.by === 'none') return null;
    return { is: 'sign-in-first', value: view.signedInBy ?? identity };
  }

  protected call = <T>(command: string, args: unknown, work: () => T): Promise<T> => this.#call(command, args, work);

  async #call<T>(command: string, args: unknown, work: () => T): Promise<T> {
    this.calls.push({ command, args });
    await new Promise((done) => setTimeout(done, this.#options.latency));
    const problem = this.failing.get(command);
    this.failing.delete(command);
    if (problem) throw problem;
    return work();
  }

  /** Each step takes `stepLatency`, or waits for `nextStep`. */
  async #try(settings: IdentitySettings, { tell, signal }: TrialWatch): Promise<TrialStep[]> {
    const steps = trial(settings);
    const taken: TrialStep[] = [];
    tell({ type: 'began', steps: [...TRIED] });
    for (const step of steps) {
      await this.#step();
      if (signal.aborted) throw trialEnded();
      tell({ type: 'step-ended', step });
      taken.push(step);
    }
    return taken;
  }

  async #step(): Promise<void> {
    const { stepLatency } = this.#options;
    if (stepLatency === null) await new Promise<void>((go) => this.#steps.push(go));
    else if (stepLatency > 0) await new Promise((done) => setTimeout(done, stepLatency));
  }

  /** Ends the running step of each trial. */
  nextStep(): void {
    for (const go of this.#steps.splice(0)) go();
  }

  /** Remembers only that they are there. */
  #keepSecrets(name: string, secrets: Typed): void {
    const view = this.state.identities.find((one) => one.name === name) as IdentityView;
    const isSet = (secret: SecretField) => (secrets[secret.name] === undefined ? secret.isSet : secrets[secret.name] !== '');
    this.#identity(name, { secrets: view.secrets.map((secret) => ({ ...secret, isSet: isSet(secret) })) });
  }

  #identity(name: string, change: Partial<IdentityView>): void {
    const identities = this.state.identities.map((one) => (one.name === name ? { ...one, ...change } : one));
    this.state = { ...this.state, identities };
  }

  readonly #stopped = new Map<string, SessionView>();

  #stop(session: SessionView): void {
    this.#stopped.set(session.profile, session);
    this.changeSession('stopped', { ...session, state: 'stopped' });
  }

  #known(profile: string): void {
    if (this.unknown.has(profile)) throw unknownSession(profile);
  }

  #session(profile: string): SessionView | undefined {
    return this.state.sessions.find((session) => session.profile === profile);
  }
}

const ONLY_READ = new Set([
  'history',
  'check_history',
  'last_uses',
  'consents_given',
  'snapshot',
  'shell_facts',
  'asked_by_link',
  'quick_shortcut',
  'attention',
  'roles_found',
  'more_roles',
  'roles_now',
  'roles_ranked',
  'roles_reaching',
  'roles',
  'roles_before',
  'account',
  'check_identity',
  'check_role',
  'plan_import',
  'settings',
  'browsers',
  'vault_status',
  'files_of_daypass',
  'set_zoom',
]);

function listenIn<T>(listeners: Set<T>, listener: T): Promise<() => void> {
  listeners.add(listener);
  return Promise.resolve(() => void listeners.delete(listener));
}

/** An identity as the broker would describe it. */
export function identityView(name: string, settings: IdentitySettings, more: Partial<IdentityView> = {}): IdentityView {
  const secrets = kindOf(settings).secrets.map(({ name, label, optional = false }) => ({ name, label, optional, isSet: false }));
  return {
    name,
    settings,
    catalog: null,
    provider: providerOf(settings),
    way: wayOf(settings),
    signedInBy: signerOf(settings),
    secrets,
    state: 'signed-out',
    person: null,
    signedInUntil: null,
    listsRoles: (settings as { kind: string }).kind === 'identity-center',
    listing: null,
    problem: null,
    remarks: [],
    ...more,
  };
}

/** The one line of a list. */
function providerOf(settings: IdentitySettings): string {
  const all = settings as Record<string, unknown>;
  const address = all['issuer'] ?? all['start_url'] ?? all['sso_url'] ?? all['url'] ?? all['pool_id'] ?? all['profile'] ?? all['provider_id'];
  return address === undefined ? 'AKIAQ3EGRIXFAKE7XYZA' : String(address).replace(/^https?:\/\//, '');
}

const CODE = { name: 'code', label: 'MFA code', secret: true, usual: null };
const WAYS: Record<string, (settings: Record<string, unknown>) => SignInWay> = {
  'identity-center': () => ({ by: 'browser', device: true }),
  saml: () => ({ by: 'window' }),
  'iam-user': (settings) => (settings['mfa_serial'] ? { by: 'form', fields: [CODE] } : { by: 'none' }),
  directory: () => ({
    by: 'form',
    fields: [
      { name: 'user', label: 'User name', secret: false, usual: 'mara' },
      { name: 'password', label: 'Password', secret: true, usual: null },
    ],
  }),
  profile: () => ({ by: 'none' }),
};

function signerOf(settings: IdentitySettings): string | null {
  const { kind, ...all } = settings as { kind: string; identity?: string };
  return kind === 'cognito' ? (all.identity ?? null) : null;
}

function wayOf(settings: IdentitySettings): SignInWay {
  return WAYS[settings.kind]?.(settings as Record<string, unknown>) ?? { by: 'browser', device: false };
}

function askOf(identity: string, way: 'browser' | 'window', device: boolean): SignInAsk {
  if (way === 'window') return { by: 'window', host: `login.${identity}.example`, browser: null };
  if (!device) return { by: 'browser', url: `https://login.example.com/authorize?client_id=daypass&state=${identity}` };
  return {
    by: 'device',
    url: 'https://device.sso.eu-central-1.amazonaws.com/?user_code=QWER-TYUI',
    shortUrl: 'https://device.sso.eu-central-1.amazonaws.com/',
    code: 'QWER-TYUI',
    expiresAt: new Date(Date.now() + 600_000).toISOString(),
  };
}

const TRIED = ['the settings are well-formed', 'the provider answers', 'its keys are there'] as const;

/** The steps of a kind. An address with `unreachable` in it is not reached. */
function trial(settings: IdentitySettings): TrialStep[] {
  const done = (what: string, tookMs: number, seen: string | null = null) => ({ what, tookMs, seen, problem: null });
  const well = done(TRIED[0], 0);
  const address = Object.values(settings).find((value) => typeof value === 'string' && value.includes('unreachable'));
  if (typeof address === 'string') {
    return [well, { what: TRIED[1], tookMs: 5003, seen: null, problem: unreachable(address) }];
  }
  return [well, done(TRIED[1], 84), done(TRIED[2], 31, '2 keys')];
}

export function roleView(arn: string, identity: string, more: Partial<RoleView> = {}): RoleView {
  const [, partition = 'aws', , , account = ''] = arn.split(':');
  const name = shortName(arn);
  return {
    id: `${identity}:${arn}`,
    arn,
    partition,
    account,
    accountName: null,
    accountAlias: null,
    accountColour: null,
    production: false,
    name,
    identity,
    profile: name.toLowerCase(),
    kind: targetKind(arn),
    region: null,
    usualRegion: null,
    terms: NO_TERMS,
    usualDuration: usualDuration(targetKind(arn)),
    canBeReadOnly: targetKind(arn) === 'role',
    canAssumeRoles: !['root', 'federated-user'].includes(targetKind(arn)),
    via: [],
    source: 'declared',
    catalog: null,
    startedAs: [],
    ...more,
  };
}

/** The catalog, and the roles of sessions that it does not list, as the broker's snapshot has them. */
function withRolesOfSessions(state: FakeState): FakeState {
  const unlisted = state.sessions.filter(({ roleId }) => state.roles.every((role) => role.id !== roleId));
  const roles = unlisted.map(({ role, identity, profile, region, terms, via, accountName, accountAlias, accountColour, production }) =>
    roleView(role, identity, { accountName, accountAlias, accountColour, production, profile, region, terms, via, usualDuration: null, canBeReadOnly: false, source: 'session' }),
  );
  return { ...state, roles: [...state.roles, ...roles] };
}

/** A session whose credentials were issued at `from` and live for `seconds`. Null: it has none yet. */
export function sessionView(
  role: RoleView,
  profile: string,
  state: SessionView['state'],
  from: number,
  seconds: number | null,
): SessionView {
  const iso = (ms: number) => new Date(ms).toISOString();
  const lives = seconds === null ? null : seconds * 1000;
  return {
    profile,
    also: [],
    role: role.arn,
    roleId: role.id,
    accountName: role.accountName,
    accountAlias: role.accountAlias,
    accountColour: role.accountColour,
    production: role.production,
    identity: role.identity,
    region: role.region,
    terms: role.terms,
    via: role.via,
    stsRegion: null,
    delivery: 'credentials-file',
    state,
    issuedAt: lives === null ? null : iso(from),
    expiresAt: lives === null ? null : iso(from + lives),
    expiresHere: lives === null ? null : iso(from + lives),
    renewsAt: lives === null ? null : iso(from + (lives * 2) / 3),
    renewals: 0,
    accessKeyId: lives === null ? null : 'ASIAQ3EGRIXFAKE7XYZA',
    assumedRole: lives === null ? null : `arn:aws:sts::${role.account}:assumed-role/${role.name}/mara@example.com`,
    problem: null,
    backup: null,
    replaced: null,
    renamedFrom: null,
    lease: null,
    elevation: null,
  };
}

function done<T>(value: T): Outcome<T> {
  return { is: 'done', value };
}
