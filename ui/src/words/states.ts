/** What states are called. */
import type { Delivery } from '../bindings/Delivery';
import type { IdentityState } from '../bindings/IdentityState';
import type { SessionState } from '../bindings/SessionState';
import { count } from '../lib/time';

export const sessionStates: Record<SessionState, string> = {
  starting: 'Starting…',
  active: 'Active',
  renewing: 'Renewing…',
  'needs-sign-in': 'Sign in needed',
  failed: 'Failed',
  expired: 'Expired',
  stopped: 'Stopped',
};

/** How tools get the credentials of a session. */
export const deliveries: Record<Delivery, string> = {
  'credentials-file': 'Credentials file',
  process: 'credential_process',
};

export const identityStates: Record<IdentityState, string> = {
  'signed-out': 'Signed out',
  'signing-in': 'Signing in…',
  'signed-in': 'Signed in',
  'needs-sign-in': 'Sign in again',
};

export const listing = (done: number, accounts: number): string =>
  `${new Intl.NumberFormat('en').format(done)} of ${count(accounts, 'account')}…`;
