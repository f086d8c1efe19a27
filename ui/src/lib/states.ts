/** How states are called and toned, for people. */
import type { IdentityState } from '../bindings/IdentityState';
import type { IdentityView } from '../bindings/IdentityView';
import type { SessionState } from '../bindings/SessionState';
import type { SessionView } from '../bindings/SessionView';
import { count } from './time';

export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'off';

export const SESSION_WORDS: Record<SessionState, { label: string; tone: Tone }> = {
  starting: { label: 'Starting…', tone: 'busy' },
  active: { label: 'Active', tone: 'good' },
  renewing: { label: 'Renewing…', tone: 'busy' },
  'needs-sign-in': { label: 'Sign in needed', tone: 'warn' },
  failed: { label: 'Failed', tone: 'bad' },
  expired: { label: 'Expired', tone: 'bad' },
  stopped: { label: 'Stopped', tone: 'off' },
};

export const IDENTITY_WORDS: Record<IdentityState, { label: string; tone: Tone }> = {
  'signed-out': { label: 'Signed out', tone: 'off' },
  'signing-in': { label: 'Signing in…', tone: 'busy' },
  'signed-in': { label: 'Signed in', tone: 'good' },
  'needs-sign-in': { label: 'Sign in again', tone: 'warn' },
};

/** A renewal failed for a passing reason and is tried again; the credentials still work. */
export function isDelayed(session: SessionView): boolean {
  return session.problem !== null && (session.state === 'active' || session.state === 'renewing');
}

/** Who is signed in, or what is to be done; while roles are listed, how far that is. */
export function identityLine({ state, person, listing }: IdentityView): string {
  if (listing && state === 'signed-in') {
    return `${listing.done.toLocaleString('en')} of ${count(listing.accounts, 'account')}…`;
  }
  return state === 'signed-in' && person ? person : IDENTITY_WORDS[state].label;
}
