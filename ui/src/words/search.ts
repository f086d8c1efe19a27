/** The search field above the roles. */
import { number } from '../lib/time';

export const search = {
  label: 'Search roles',
  placeholder: 'Search accounts, roles, profiles',
  found: (found: number, total: number) => (found === total ? number(total) : `${number(found)} of ${number(total)}`),
  folds: (key: string, folded: boolean) => `${key} ${folded ? 'unfolds' : 'folds'}`,
  starts: (key: string) => `${key} starts`,
  stops: (key: string) => `${key} stops`,
  runsAlready: (profile: string, starting: boolean, stop: string | null) =>
    `${profile} is ${starting ? 'starting' : 'running'}.${stop === null ? '' : ` ${stop} stops it`}`,
  opensPage: (key: string) => `${key} opens this page`,
  follows: (key: string) => `${key} follows this link`,
  signsIn: (key: string) => `${key} signs in`,
  unlocks: (key: string) => `${key} unlocks`,
};
