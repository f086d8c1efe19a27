/** A session at a glance. */
import { count } from '../lib/time';

export const session = {
  notStarted: 'Not started',
  locked: 'Locked',
  unlockFirst: 'Unlock the vault to see whether it runs',
  readOnly: 'Read-only',
  /** Before it was started. How long it lasts is among its settings. */
  willRenew: 'Renews automatically once it’s running',
  willRenewReadOnly: 'Read-only. Renews automatically once it’s running',
  timeLeft: 'Time left',
  renewed: (times: number) => (times === 1 ? 'Renewed once' : `Renewed ${count(times, 'time')}`),
  theEnd: 'the end',
  starting: 'Asking AWS for credentials…',
  delayed: (until: string, next: string) => `Works until ${until}. Next try at ${next}`,
  renewsAt: (time: string) => `Renews automatically at ${time}`,
  works: (until: string) => `Works until ${until}`,
  needsSignIn: (until: string) => `Works until ${until}. Sign in to keep it running`,
  renewing: 'Renewing. Your tools keep working',
  notRenewed: (until: string) => `Works until ${until}. Daypass doesn’t renew it`,
  failed: 'Daypass won’t try again',
  expired: 'The credentials were removed from your AWS files',
  stopped: 'Stopped',
};
