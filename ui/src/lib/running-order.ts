/** In which order sessions are listed: sorted in each round. One that starts in between comes last, so that nothing moves. */
import type { SessionView } from '../bindings/SessionView';

export class RunningOrder {
  #profiles: readonly string[] = [];
  #sortedIn = -1;

  of(sessions: ReadonlyMap<string, SessionView>, round: number): readonly SessionView[] {
    if (this.#sortedIn !== round) this.#profiles = [...sessions.values()].sort(byAccount).map((one) => one.profile);
    this.#sortedIn = round;
    const known = new Set(this.#profiles);
    const others = [...sessions.keys()].filter((one) => !known.has(one));
    this.#profiles = [...this.#profiles.filter((one) => sessions.has(one)), ...others];
    return this.#profiles.map((profile) => sessions.get(profile) as SessionView);
  }
}

const { compare } = new Intl.Collator('en', { numeric: true });
const nameOf = (session: SessionView) => session.accountName ?? session.role;
const byAccount = (a: SessionView, b: SessionView) =>
  compare(nameOf(a), nameOf(b)) || compare(a.role, b.role) || compare(a.profile, b.profile);
