/** "Try it now". */
const milliseconds = new Intl.NumberFormat('en', { style: 'unit', unit: 'millisecond' }).format;
const seconds = new Intl.NumberFormat('en', { style: 'unit', unit: 'second', minimumFractionDigits: 1, maximumFractionDigits: 1 })
  .format;

export const trial = {
  name: 'Try it now',
  title: (identity: string) => `Try ${identity}`,
  about: 'Checks every sign-in step that doesn’t need you.',
  failed: 'Failed:',
  done: 'Done:',
  trying: 'Trying:',
  waiting: 'Waiting:',
  notTried: 'Not tried:',
  left: 'not tried',
  requestId: (id: string) => `Request ID ${id}`,
  busy: 'Trying…',
  again: 'Try again',
  works: 'Everything that can be checked without you works.',
  fails: 'Something doesn’t work yet.',
  took: (ms: number) => (ms < 10_000 ? milliseconds(ms) : seconds(ms / 1000)),
};
