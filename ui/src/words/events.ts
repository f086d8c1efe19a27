/** What happened: as a screen reader says it at once, and as the timeline and a role’s history list it. */
import type { AuditEvent } from '../bindings/AuditEvent';
import type { Event } from '../bindings/Event';
import type { SessionChange } from '../bindings/SessionChange';
import { shortName } from '../lib/terms';

export function eventInWords(event: Event): string | null {
  switch (event.type) {
    case 'signed-in':
      return `Signed in to ${event.identity} as ${event.person}.`;
    case 'sign-in-cautioned':
      return `${event.identity}: ${event.caution.message}`;
    case 'sign-in-failed':
      return `Sign-in to ${event.identity} ended: ${event.problem.message}`;
    case 'signed-out':
      return `Signed out of ${event.identity}.`;
    case 'sign-in-needed':
      return `Sign in to ${event.identity} again.`;
    case 'catalog-listed':
      return event.problem && `Couldn’t list the roles of ${event.identity}: ${event.problem.message}`;
    case 'session-changed': {
      const role = shortName(event.session.role);
      const words = SESSION_WORDS[event.change];
      return words && `${role}, profile ${event.session.profile}: ${words}.`;
    }
    default:
      return null;
  }
}

const SESSION_WORDS: Record<SessionChange, string | null> = {
  requested: null,
  started: 'started',
  'renewal-began': null,
  renewed: 'renewed',
  'renewal-delayed': 'renewal delayed',
  'sign-in-needed': 'sign in again to renew it',
  failed: 'failed',
  'delivery-changed': null,
  expired: 'expired',
  stopped: 'stopped',
};

export const AUDIT_WORDS: Record<AuditEvent, string> = {
  'signed-in': 'Signed in',
  'sign-in-failed': 'Sign-in failed',
  'signed-out': 'Signed out',
  'identity-renamed': 'Identity renamed',
  started: 'Started',
  renewed: 'Renewed',
  failed: 'Failed',
  'renewal-failed': 'Renewal failed',
  'delivery-changed': 'Profile, delivery or region changed',
  expired: 'Expired',
  stopped: 'Stopped',
  'credentials-taken': 'Credentials taken',
  'consent-given': 'A program was allowed',
  'consent-refused': 'A program was refused',
  'consent-revoked': 'Consent revoked',
  'lease-began': 'Lease started',
  'lease-ended': 'Lease ended',
  'lease-refused': 'Refused: more than the lease allows',
  elevated: 'Full access started',
  'fell-back': 'Read-only again',
  'key-leaked': 'Access key reported as leaked',
  'console-opened': 'Console opened',
  'catalog-accepted': 'Shared catalog accepted',
  'access-key-created': 'Access key created',
  'access-key-deactivated': 'Access key deactivated',
  'access-key-deleted': 'Access key deleted',
  'vault-locked': 'Vault locked',
  'vault-unlocked': 'Vault unlocked',
  'vault-moved': 'Vault’s key moved',
  'passphrase-changed': 'Passphrase changed',
  'secrets-exported': 'Configuration exported with secrets',
  slept: 'Asleep, or the clock was set forward',
  'clock-set-back': 'The clock was set back',
  continued: 'The log continues in a new file',
  restarted: 'A new log started after a break',
};
