/** Words and colours of states. */
import type { IdentityState } from '../bindings/IdentityState';
import type { IdentityView } from '../bindings/IdentityView';
import type { SessionState } from '../bindings/SessionState';
import type { SessionView } from '../bindings/SessionView';
import counts from '../cases/session-counts.json';
import { identityStates, listing as listed, sessionStates } from '../words/states';

export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'off';

export const SESSION_WORDS: Record<SessionState, { label: string; tone: Tone }> = {
  starting: { label: sessionStates.starting, tone: 'busy' },
  active: { label: sessionStates.active, tone: 'good' },
  renewing: { label: sessionStates.renewing, tone: 'busy' },
  'needs-sign-in': { label: sessionStates['needs-sign-in'], tone: 'warn' },
  failed: { label: sessionStates.failed, tone: 'bad' },
  expired: { label: sessionStates.expired, tone: 'bad' },
  stopped: { label: sessionStates.stopped, tone: 'off' },
};

export { deliveries as DELIVERY_WORDS } from '../words/states';

export const IDENTITY_WORDS: Record<IdentityState, { label: string; tone: Tone }> = {
  'signed-out': { label: identityStates['signed-out'], tone: 'off' },
  'signing-in': { label: identityStates['signing-in'], tone: 'busy' },
  'signed-in': { label: identityStates['signed-in'], tone: 'good' },
  'needs-sign-in': { label: identityStates['needs-sign-in'], tone: 'warn' },
};

/** What each state counts as, as the broker's `SessionState::counts_as` says. */
const COUNTS: Record<SessionState, string> = counts;

export const isRunning = ({ state }: SessionView) => COUNTS[state] === 'running';
export const needsYou = ({ state }: SessionView) => COUNTS[state] === 'needs-you';

/** Whether a session has credentials or is getting them, so that it can be stopped. */
export function isLive(session: SessionView | null | undefined): session is SessionView {
  return session?.state === 'starting' || hasCredentials(session);
}

/** Whether there are credentials now. After a failed renewal, the ones from before it still work. */
export function hasCredentials(session: SessionView | null | undefined): session is SessionView {
  if (!session) return false;
  if (session.state === 'failed') return session.expiresAt !== null;
  return ['active', 'renewing', 'needs-sign-in'].includes(session.state);
}

/** A renewal failed for a temporary reason and is tried again. The credentials still work. */
export function isDelayed(session: SessionView): boolean {
  return session.problem !== null && (session.state === 'active' || session.state === 'renewing');
}

/** Whether the next renewal works without the person, as the broker's `IdentityView::renews_at` says. */
export function renewsAlone(session: SessionView, identity: IdentityView | undefined): boolean {
  if (session.renewsAt === null) return false;
  if (identity === undefined || identity.way.by === 'none') return true;
  const until = identity.signedInUntil;
  return identity.state === 'signed-in' && (until === null || Date.parse(until) > Date.parse(session.renewsAt));
}

/** Who is signed in, or what to do. While roles are listed, the progress. */
export function identityLine({ state, person, listing }: IdentityView): string {
  if (listing && state === 'signed-in') {
    return listed(listing.done, listing.accounts);
  }
  return state === 'signed-in' && person ? person : IDENTITY_WORDS[state].label;
}
