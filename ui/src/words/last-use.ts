/** Who took a session's credentials last. */
import type { LastUse } from '../bindings/LastUse';
import type { Taker } from '../bindings/Taker';

const ago = new Intl.RelativeTimeFormat('en', { style: 'short' });

export const lastUse = {
  label: 'Last used by',
  /** `terraform in ~/shop, 2 min. ago` */
  line: (use: LastUse, now: number): string =>
    `${lastUse.taker(use.taker)}${use.folder ? ` in ${use.folder}` : ''}, ${lastUse.when(use.at, now)}`,
  heard: (use: LastUse, now: number): string => `last used by ${lastUse.line(use, now)}`,
  taker: ({ by, program }: Taker): string => program ?? WITHOUT_NAME[by],
  how: (taker: Taker): string => HOW[taker.by],
  /** `by zsh, in konsole` */
  parents({ details }: Taker): string | null {
    const parents = details?.parents ?? [];
    const app = parents.at(-1);
    if (!app) return null;
    return parents.length > 1 ? `by ${parents[0]?.name}, in ${app.name}` : `in ${app.name}`;
  },
  /** What the system tells of a program, for the role's page: labels and values. */
  facts({ details, consumer, by, program }: Taker): { label: string; value: string }[] {
    return [
      { label: 'Started', value: details && lastUse.parents({ by, program, details }) },
      { label: 'Runs', value: details?.executable },
      { label: 'Container', value: details?.container },
      { label: 'Consumer', value: consumer },
    ].flatMap(({ label, value }) => (value ? [{ label, value }] : []));
  },
  unseen: 'Programs read this role’s keys from the credentials file, so Daypass can’t see which ones.',
  seeThem: 'Let tools ask Daypass instead',
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
  console: 'A browser',
  clipboard: 'The clipboard',
};

const HOW: Record<Taker['by'], string> = {
  process: 'by credential_process',
  endpoint: 'from an endpoint',
  variables: 'in environment variables',
  console: 'as a console sign-in',
  clipboard: 'on the clipboard',
};
