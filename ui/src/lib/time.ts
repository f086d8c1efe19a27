/** Times in the window's words, from milliseconds since the epoch or the ISO 8601 texts of the views. */
import { timeLeft as words } from '../words/time';


/**
 * Time left as a clock that does not change its width every minute: `1:04:09`, `54:12`, `0:07`; `0:00` when over. Full
 * seconds only: the window's clock is up to a second old, and ten minutes must not begin as `10:01`.
 */
export function countdown(until: string, now: number): string {
  const seconds = Math.max(0, Math.floor((Date.parse(until) - now) / 1000));
  const h = Math.floor(seconds / 3600);
  const m = Math.floor((seconds % 3600) / 60);
  const s = String(seconds % 60).padStart(2, '0');
  return h > 0 ? `${h}:${String(m).padStart(2, '0')}:${s}` : `${m}:${s}`;
}

/** From here on, seconds count, ms. */
const SECONDS_COUNT_BELOW = 120_000;

/**
 * Time left: `1 h 04 min`, `54 min`, and seconds only at the end, `1:07`. What changes each second is painted each second,
 * together with the caret and all that is between them.
 */
export function timeLeft(until: string, now: number): string {
  const left = Date.parse(until) - now;
  if (left < SECONDS_COUNT_BELOW) return countdown(until, now);
  const minutes = Math.floor(left / 60_000);
  const rest = minutes % 60;
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(rest).padStart(2, '0')} min`;
}

/** The same in words, for people who listen: `54 minutes left`. */
export function timeLeftInWords(until: string, now: number): string {
  const minutes = Math.floor((Date.parse(until) - now) / 60_000);
  if (minutes < 0) return words.expired;
  if (minutes < 1) return words.lessThanAMinute;
  return words.left(Math.floor(minutes / 60), minutes % 60);
}

/** When a session's credentials end by this machine's clock, which may be wrong. */
export function endsHere({ expiresAt, expiresHere }: { expiresAt: string | null; expiresHere: string | null }): string | null {
  return expiresAt && (expiresHere ?? expiresAt);
}

/** How long a session lives from first to last, such as `8h` or `1h 30m`, to the minute. */
export function lifetime({ issuedAt, expiresHere }: { issuedAt: string | null; expiresHere: string | null }): string | null {
  if (issuedAt === null || expiresHere === null) return null;
  const seconds = Math.round((Date.parse(expiresHere) - Date.parse(issuedAt)) / 1000);
  if (seconds < 60) return seconds > 0 ? `${seconds}s` : null;
  const minutes = Math.round(seconds / 60);
  const parts = [minutes >= 60 ? `${Math.floor(minutes / 60)}h` : '', minutes % 60 ? `${minutes % 60}m` : ''];
  return parts.filter(Boolean).join(' ');
}

/** How wrong a clock is that counts `expiresHere` where the service says `expiresAt`, ms; above 0: it is behind. */
export function clockError(sessions: Iterable<{ expiresAt: string | null; expiresHere: string | null }>): number {
  let most = 0;
  for (const { expiresAt, expiresHere } of sessions) {
    if (expiresAt === null || expiresHere === null) continue;
    const error = Date.parse(expiresAt) - Date.parse(expiresHere);
    if (Math.abs(error) > Math.abs(most)) most = error;
  }
  return most;
}

/** Part of the lifetime that is left, 0 to 1. */
export function partLeft(issued: string | null, expires: string, now: number): number {
  const end = Date.parse(expires);
  const begin = issued ? Date.parse(issued) : end - 3_600_000;
  if (end <= begin) return 0;
  return Math.min(1, Math.max(0, (end - now) / (end - begin)));
}

/** As long as a day of the week means one day, ms. */
const DAYS_OF_A_WEEK = 6 * 86_400_000;

/** `14:05`, in the person's own time zone and habits; with the day of the week within one, and else with the date. */
export function clockTime(iso: string, now: number = Date.now()): string {
  const date = new Date(iso);
  const time: Intl.DateTimeFormatOptions = { hour: 'numeric', minute: '2-digit' };
  if (date.toDateString() === new Date(now).toDateString()) return date.toLocaleString(undefined, time);
  const within = Math.abs(date.getTime() - now) < DAYS_OF_A_WEEK;
  return date.toLocaleString(undefined, { ...time, weekday: 'short', ...(within ? {} : { day: 'numeric', month: 'short' }) });
}

const NUMBERS = new Intl.NumberFormat('en');
const PLURALS = new Intl.PluralRules('en');

/** `1,012`. */
export const number = (n: number): string => NUMBERS.format(n);

/** `1 role`, `1,012 roles`; with a plural of its own: `2 identities`. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${number(n)} ${PLURALS.select(n) === 'one' ? noun : plural}`;
}

/** Names in a sentence, so many of them at most. */
export function listed(names: readonly string[], most = Infinity): string {
  const more = names.length - most;
  if (more > 0) return `${names.slice(0, most).join(', ')} and ${more.toLocaleString('en')} more`;
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
