/** What waits in a shared catalog. */
export const catalog = {
  title: (name: string) => `Shared catalog ${name}`,
  /** Before its address. */
  from: 'It comes from',
  byPolicy: ', set by your organization',
  why: '. The changes affect where you sign in, account names or what roles can do, so Daypass waits for you to accept them.',
  before: (field: string) => `− ${field}`,
  after: (field: string) => `+ ${field}`,
  notNow: 'Not now',
  accept: 'Accept',
  accepting: 'Accepting…',
};
