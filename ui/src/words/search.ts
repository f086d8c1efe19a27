/** The search field above the roles. */
const number = new Intl.NumberFormat('en').format;

export const search = {
  label: 'Search roles',
  placeholder: 'Search roles, accounts, profiles',
  found: (found: number, total: number) => (found === total ? number(total) : `${number(found)} of ${number(total)}`),
  starts: (key: string) => `${key} starts`,
  stops: (key: string) => `${key} stops`,
  runsAlready: (profile: string, starting: boolean, stop: string | null) =>
    `${profile} is ${starting ? 'starting' : 'running'}.${stop === null ? '' : ` ${stop} stops it`}`,
  signsIn: (key: string) => `${key} signs in`,
};
