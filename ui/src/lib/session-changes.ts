/** What can be changed of a session while it runs, and what went wrong, where the person looks. */
import type { ChangeSession } from '../bindings/ChangeSession';
import type { Problem } from '../bindings/Problem';
import type { SessionView } from '../bindings/SessionView';
import { use as words } from '../words/role';
import type { Actions } from './actions';
import { asProblem } from './problems';

/** A change that changes nothing yet. */
export function changeOf(profile: string): ChangeSession {
  return { profile, rename: null, add: [], drop: [], region: null, delivery: null, replace: false };
}

/** What is wrong with a name that was typed, and is said beside it. */
const OF_THE_NAME: ReadonlySet<Problem['code']> = new Set(['bad-profile-name', 'profile-in-use', 'profile-shadowed'] as const);

export class SessionChanges {
  readonly #actions: Actions;

  constructor(actions: Actions) {
    this.#actions = actions;
  }

  /** Returns whether that worked, and shows beside the role why not. */
  async change(session: SessionView, change: Partial<ChangeSession>, done: string): Promise<boolean> {
    const { ui } = this.#actions;
    try {
      await this.#ask(session, change, done);
      return true;
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (this.#offersToReplace(session, change, problem, done)) return false;
      if (problem.code === 'unknown-session') this.#actions.store.gone(session.profile);
      ui.roleProblem(session.roleId, problem);
      return false;
    }
  }

  /** For a name that was typed: resolves with what is wrong with it, and with null when that is settled. */
  async tried(session: SessionView, change: Partial<ChangeSession>, done: string): Promise<Problem | null> {
    try {
      await this.#ask(session, change, done);
      return null;
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (this.#offersToReplace(session, change, problem, done)) return null;
      if (OF_THE_NAME.has(problem.code) || problem.code === 'foreign-profile') return problem;
      this.#actions.ui.roleProblem(session.roleId, problem);
      return null;
    }
  }

  /** Ends the session and puts back what its profile held before it was replaced. */
  async stopAndGiveBack(session: SessionView): Promise<void> {
    const { ui, backend } = this.#actions;
    const { profile, roleId } = session;
    ui.roleProblem(roleId, null);
    try {
      const isBack = await ui.whileBusy(`stop ${profile}`, () => backend.stopAndGiveBack(profile));
      ui.notify(isBack ? words.givenBack(profile) : words.notGivenBack(profile));
    } catch (thrown) {
      ui.roleProblem(roleId, asProblem(thrown));
    }
  }

  async #ask(session: SessionView, change: Partial<ChangeSession>, done: string): Promise<void> {
    const { ui, store, backend } = this.#actions;
    const { profile, roleId } = session;
    ui.roleProblem(roleId, null);
    const asked = { ...changeOf(profile), ...change };
    const told = store.told(asked.rename ?? profile);
    const changed = await ui.whileBusy(`change ${profile}`, () => backend.rearrangeSession(asked));
    store.answered(changed, told);
    ui.notify(done);
  }

  /** A profile of another tool's is in the way in the credentials file. (One in the config file can't be replaced.) */
  #offersToReplace(session: SessionView, change: Partial<ChangeSession>, problem: Problem, done: string): boolean {
    const isInFile = (change.delivery ?? session.delivery) === 'credentials-file';
    if (problem.code !== 'foreign-profile' || change.replace || !isInFile) return false;
    const profile = change.rename ?? change.add?.[0] ?? session.profile;
    const run = () => void this.change(session, { ...change, replace: true }, done);
    this.#actions.ui.dialog = { is: 'replace-in-session', profile, problem, run };
    return true;
  }
}
