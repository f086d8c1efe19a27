/**
 * What of time the picture shows, in milliseconds since the epoch. Days are those of the person's own time zone: on two days
 * of the year they have 23 or 25 hours.
 */
export type Span = 'day' | 'week' | 'month';

export interface Range {
  from: number;
  to: number;
}

export interface Tick {
  at: number;
  label: string;
  /** A day begins here. */
  day: boolean;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const SHORTEST = 5 * MINUTE;
const LONGEST = 93 * DAY;

/** When the local day of a moment begins, so many days from it. */
export function dayBegins(at: number, days = 0): number {
  const date = new Date(at);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime();
}

/** The last 24 hours, or whole days up to now. */
export function lastOf(span: Span, now: number): Range {
  if (span === 'day') return { from: now - DAY, to: now };
  return { from: dayBegins(now, span === 'week' ? -6 : -29), to: now };
}

/** Makes the range shorter (`factor` below 1) or longer, and keeps `around` where it is, but never shows the future. */
export function zoomed({ from, to }: Range, factor: number, around: number, now: number): Range {
  const length = Math.min(LONGEST, Math.max(SHORTEST, (to - from) * factor));
  const share = Math.min(1, Math.max(0, (around - from) / (to - from)));
  return untilNow(around - share * length, length, now);
}

/** Moves the range by a part of its own length. */
export function panned({ from, to }: Range, part: number, now: number): Range {
  const length = to - from;
  return untilNow(from + part * length, length, now);
}

function untilNow(from: number, length: number, now: number): Range {
  const begin = Math.min(from, now - length);
  return { from: begin, to: begin + length };
}

/** Which steps look right on a clock, in hours. */
const HOUR_STEPS = [1, 2, 3, 6, 12];
const MINUTE_STEPS = [1, 2, 5, 10, 15, 30];
const DAY_STEPS = [1, 2, 7, 14];

/** So many pixels for a label. */
const LABEL = 84;

/** Where the axis has its marks: as many as have room. Where two are too near to each other, the one of a day stays. */
export function ticks(range: Range, width: number): Tick[] {
  const room = (LABEL / width) * (range.to - range.from);
  const found: Tick[] = [];
  for (const tick of every(range, width)) {
    const last = found.at(-1);
    if (!last || tick.at - last.at >= room) found.push(tick);
    else if (tick.day && !last.day) found[found.length - 1] = tick;
  }
  // A label that is cut says nothing.
  return found.filter(({ at }) => range.to - at > room / 2);
}

function every({ from, to }: Range, width: number): Tick[] {
  const most = Math.max(2, Math.floor(width / LABEL));
  const fits = (unit: number) => (step: number) => (to - from) / (step * unit) <= most;
  const minutes = MINUTE_STEPS.find(fits(MINUTE));
  if (minutes) return everyMinutes(from, to, minutes);
  const hours = HOUR_STEPS.find(fits(HOUR));
  if (hours) return everyMinutes(from, to, hours * 60);
  const days = DAY_STEPS.find(fits(DAY)) ?? 14;
  const found: Tick[] = [];
  for (let at = dayBegins(from); at < to; at = dayBegins(at, days)) if (at >= from) found.push(tick(at));
  return found;
}

/** Steps of the local clock, which are counted from each midnight: an hour that a day has twice or never moves none. */
function everyMinutes(from: number, to: number, step: number): Tick[] {
  const found: Tick[] = [];
  for (let day = dayBegins(from); day < to; day = dayBegins(day, 1)) {
    const date = new Date(day);
    for (let minute = 0; minute < 24 * 60; minute += step) {
      const at = new Date(date.getFullYear(), date.getMonth(), date.getDate(), 0, minute).getTime();
      const isNew = at > (found.at(-1)?.at ?? -Infinity);
      if (isNew && at >= from && at < to) found.push(tick(at));
    }
  }
  return found;
}

const DAY_LABEL = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short' });
const TIME_LABEL = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });

function tick(at: number): Tick {
  const day = dayBegins(at) === at;
  return { at, label: day ? DAY_LABEL.format(at) : TIME_LABEL.format(at), day };
}

/** Each midnight in the range. */
export function midnights({ from, to }: Range): number[] {
  const found: number[] = [];
  for (let at = dayBegins(from, 1); at < to; at = dayBegins(at, 1)) found.push(at);
  return found;
}
