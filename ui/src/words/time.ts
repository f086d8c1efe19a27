/** How long something lasts yet, for people who listen. */
import { count } from '../lib/time';

export const timeLeft = {
  expired: 'expired',
  lessThanAMinute: 'less than a minute left',
  left: (hours: number, minutes: number): string =>
    [hours ? count(hours, 'hour') : '', minutes ? count(minutes, 'minute') : '', 'left'].filter(Boolean).join(' '),
};
