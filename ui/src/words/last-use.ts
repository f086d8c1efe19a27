/** Who took a session's credentials last. */
import type { LastUse } from '../bindings/LastUse';
import type { Taker } from '../bindings/Taker';

const ago = new Intl.RelativeTimeFormat('en', { style: 'short' });

export const lastUse = {
  label: 'Last used by',
  /** `terraform, 2 min. ago` */
  line: (use: LastUse, now: number): string => `${lastUse.taker(use.taker)}, ${lastUse.when(use.at, now)}`,
  heard: (use: LastUse, now: number): string => `last used by ${lastUse.line(use, now)}`,
  taker: ({ by, program }: Taker): string => program ?? WITHOUT_NAME[by],
  how: (taker: Taker): string => HOW[taker.by],
  when(at: string, now: number): string {
    const minutes = Math.floor(Math.max(0, now - Date.parse(at)) / 60_000);
    if (minutes < 1) return 'just now';
    if (minutes < 60) return ago.format(-minutes, 'minute');
    const hours = Math.floor(minutes / 60);
    return hours < 24 ? ago.format(-hours, 'hour') : ago.format(-Math.floor(hours / 24), 'day');
  },
};

/** The system doesn't tell which program it was. */
const WITHOUT_NAME: Record<Taker['by'], string> = {
  process: 'A program',
  endpoint: 'An endpoint’s program',
  variables: 'Environment variables',
};

const HOW: Record<Taker['by'], string> = {
  process: 'by credential_process',
  endpoint: 'from an endpoint',
  variables: 'in environment variables',
};
