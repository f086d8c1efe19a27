/** What waits in a shared catalog. */
export const catalog = {
  title: (name: string) => `Shared catalog ${name}`,
  /** Before its address. */
  from: 'It comes from',
  byPolicy: ', set by your organization',
  why: '. This decides where you sign in, what accounts are called or how far roles reach, so it waits until you accept it.',
  before: (field: string) => `− ${field}`,
  after: (field: string) => `+ ${field}`,
  notNow: 'Not now',
  accept: 'Accept',
  accepting: 'Accepting…',
};
