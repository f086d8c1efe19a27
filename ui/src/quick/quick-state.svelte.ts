/** What the quick switch shows, and what its keys do. */
import type { Problem } from '../bindings/Problem';
import type { RoleAlone } from '../bindings/RoleAlone';
import type { SessionView } from '../bindings/SessionView';
import { linkIn, pageIn, whyNone } from '../lib/pages';
import { asProblem } from '../lib/problems';
import { NO_FILTER } from '../lib/roles-filter';
import { profileTexts } from '../lib/shell-words';
import { hasCredentials, isLive } from '../lib/states';
import { quickWords as words } from '../words/quick';
import type { QuickBackend } from './quick-backend';

/** Some roles under a heading. */
export interface Section {
  title: string;
  roles: readonly RoleAlone[];
}

/** A longer list is not read: the query is refined. */
const MOST = 40;
const MOST_RUNNING = 6;
const MOST_OF_SECTION = 8;
/** With fewer than this, other roles follow. */
const ENOUGH = 8;

/** How long what was done stays to be read before the window goes, ms. */
export const STAYS = { started: 1500, copied: 700 };

/** Events come in crowds: one look for all, ms. While the window is hidden, it only has to be right when it appears. */
const LOOKS_AFTER = { shown: 30, hidden: 400 };

export class QuickState {
  query = $state('');
  sections = $state.raw<readonly Section[]>([]);
  /** The chosen line, among those of all sections. */
  at = $state(0);
  sessions = $state.raw<ReadonlyMap<string, SessionView>>(new Map());
  vaultProblem = $state.raw<Problem | null>(null);
  /** Why the last thing failed. */
  problem = $state.raw<Problem | null>(null);
  /** What is under way or was done, as a sentence. */
  said = $state('');
  /** The role that something is done with. */
  busy = $state<string | null>(null);
  isLoaded = $state(false);

  readonly roles = $derived(this.sections.flatMap((section) => section.roles));
  readonly chosen = $derived(this.roles[Math.min(this.at, this.roles.length - 1)] ?? null);
  /** The pasted page of the console or ARN, which the roles that are listed reach. */
  page = $state<string | null>(null);
  readonly link = $derived(linkIn(this.query));
  /** What Enter does with the chosen role. */
  readonly deed = $derived.by((): 'start' | 'copy' | 'page' => {
    if (this.page !== null) return 'page';
    const session = this.sessionOf(this.chosen);
    return hasCredentials(session) && session.state !== 'needs-sign-in' ? 'copy' : 'start';
  });

  readonly #backend: QuickBackend;
  #isShown = true;
  #look = 0;
  /** Ends with the answer to the last look: keys that do something with a role wait for it. */
  #answered: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #leaving: ReturnType<typeof setTimeout> | undefined;

  constructor(backend: QuickBackend) {
    this.#backend = backend;
  }

  /** Follows the broker until the returned function is called. */
  async connect(): Promise<() => void> {
    const { onEvent, onShown, onHidden } = this.#backend;
    const ends = await Promise.all([
      onEvent(() => this.#lookSoon()),
      onShown(() => this.#shown()),
      onHidden(() => this.#hidden()),
    ]);
    await this.look();
    await this.#backend.ready();
    return () => {
      clearTimeout(this.#timer);
      clearTimeout(this.#leaving);
      for (const end of ends) end();
    };
  }

  sessionOf(one: RoleAlone | null): SessionView | undefined {
    return one ? this.sessions.get(one.role.id) : undefined;
  }

  search(query: string): void {
    this.query = query;
    this.at = 0;
    this.#quiet();
    void this.look();
  }

  move(by: number): void {
    this.at = Math.max(0, Math.min(this.at + by, this.roles.length - 1));
    this.#quiet();
  }

  choose(at: number): void {
    this.at = at;
    this.#quiet();
  }

  /** Starts the chosen role, or copies how a tool gets it if it runs, or opens the page that was pasted. */
  async enter(): Promise<void> {
    await this.#answered;
    const { chosen, deed, link } = this;
    // The main window asks about it.
    if (link !== null) return this.#backend.followLink(link);
    if (!chosen || this.busy !== null) return;
    switch (deed) {
      case 'page':
        return this.openConsole();
      case 'copy':
        return this.#copyProfile(this.sessionOf(chosen)?.profile ?? chosen.role.profile);
      case 'start':
        return this.#start(chosen);
    }
  }

  /** Opens the console as the chosen role, at the page that was pasted. */
  async openConsole(): Promise<void> {
    await this.#answered;
    const { chosen, page } = this;
    if (!chosen || this.busy !== null) return;
    await this.#do(chosen, words.opening, async () => {
      await this.#backend.openConsole(chosen.role.id, page);
      await this.hide();
    });
  }

  /** Shows the chosen role in the main window. */
  async show(): Promise<void> {
    await this.#answered;
    return this.#backend.show(this.chosen?.role.id ?? null);
  }

  hide(): Promise<void> {
    return this.#backend.hide();
  }

  /** Asks what there is for the query. An answer that comes late is dropped. */
  look(): Promise<void> {
    return (this.#answered = this.#ask());
  }

  async #ask(): Promise<void> {
    const look = ++this.#look;
    const query = this.query.trim();
    try {
      const [snapshot, { sections, page }] = await Promise.all([this.#backend.snapshot(), this.#sections(query)]);
      const problem = sections.some((section) => section.roles.length) ? null : await whyNone(this.#backend, query);
      if (look !== this.#look) return;
      this.page = page;
      this.problem ??= problem;
      this.sessions = byRole(snapshot.sessions);
      this.vaultProblem = snapshot.vaultProblem;
      this.sections = sections.filter((section) => section.roles.length > 0);
      this.isLoaded = true;
    } catch (thrown) {
      if (look !== this.#look) return;
      this.problem = asProblem(thrown);
      if (pageIn(query) !== null) this.sections = [];
    }
  }

  async #sections(query: string): Promise<{ sections: Section[]; page: string | null }> {
    if (query === '') return { sections: await this.#unasked(), page: null };
    const { shown, page } = await this.#backend.rolesRanked(query, NO_FILTER, 0, MOST);
    return { sections: [{ title: page === null ? words.best : words.reaching, roles: shown }], page };
  }

  /** Before anything is typed. */
  async #unasked(): Promise<Section[]> {
    const backend = this.#backend;
    const [running, now] = await Promise.all([
      backend.rolesRanked('', { ...NO_FILTER, running: true }, 0, MOST_RUNNING),
      backend.rolesNow('', NO_FILTER),
    ]);
    const seen = new Set<string>();
    const unseen = (roles: readonly RoleAlone[], most: number) => {
      const others = roles.filter((one) => !seen.has(one.role.id)).slice(0, most);
      for (const one of others) seen.add(one.role.id);
      return others;
    };
    const sections = [
      { title: words.running, roles: unseen(running.shown, MOST_RUNNING) },
      { title: words.favourites, roles: unseen(now.favourites, MOST_OF_SECTION) },
      { title: words.recent, roles: unseen(now.recent, MOST_OF_SECTION) },
    ];
    if (seen.size >= ENOUGH) return sections;
    const { shown } = await backend.rolesRanked('', NO_FILTER, 0, ENOUGH);
    return [...sections, { title: seen.size ? words.others : words.roles, roles: unseen(shown, ENOUGH - seen.size) }];
  }

  async #start(one: RoleAlone): Promise<void> {
    await this.#do(one, words.starting, async () => {
      if ((await this.#backend.start(one.role.id)) !== 'started') return;
      await this.look();
      // It may stand elsewhere now: among those that run.
      const at = this.roles.findIndex((other) => other.role.id === one.role.id);
      if (at >= 0) this.at = at;
      this.said = words.started(this.sessionOf(one)?.profile ?? one.role.profile, 'Enter');
      this.#leaveAfter(STAYS.started);
    });
  }

  async #copyProfile(profile: string): Promise<void> {
    const text = profileTexts(profile, 'sh')[0]?.text ?? profile;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      this.said = words.notCopied;
      return;
    }
    this.said = words.copied(text);
    this.#leaveAfter(STAYS.copied);
  }

  async #do(one: RoleAlone, said: string, work: () => Promise<void>): Promise<void> {
    this.#quiet();
    this.busy = one.role.id;
    this.said = said;
    try {
      await work();
    } catch (thrown) {
      const problem = asProblem(thrown);
      this.said = '';
      if (problem.kind !== 'cancelled') this.problem = problem;
    } finally {
      if (this.said === said) this.said = '';
      this.busy = null;
    }
  }

  /** The person goes on: what was said is old, and the window stays. */
  #quiet(): void {
    clearTimeout(this.#leaving);
    this.problem = null;
    this.said = '';
  }

  #leaveAfter(ms: number): void {
    clearTimeout(this.#leaving);
    this.#leaving = setTimeout(() => void this.hide(), ms);
  }

  #shown(): void {
    this.#isShown = true;
    this.#lookSoon();
  }

  /** Prepares for the next time, which starts from nothing: what appears is right in the first frame. */
  #hidden(): void {
    this.#isShown = false;
    this.#quiet();
    this.query = '';
    this.at = 0;
    void this.look();
  }

  #lookSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.look(), this.#isShown ? LOOKS_AFTER.shown : LOOKS_AFTER.hidden);
  }
}

/** Of several sessions of a role, the one that runs. */
function byRole(sessions: readonly SessionView[]): ReadonlyMap<string, SessionView> {
  const map = new Map<string, SessionView>();
  for (const session of sessions) {
    if (!isLive(map.get(session.roleId))) map.set(session.roleId, session);
  }
  return map;
}
