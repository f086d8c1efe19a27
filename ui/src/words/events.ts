/** What a screen reader says when something happened. */
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
