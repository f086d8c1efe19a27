/** What a check of an identity's settings says. */
const milliseconds = new Intl.NumberFormat('en', { style: 'unit', unit: 'millisecond' }).format;
const seconds = new Intl.NumberFormat('en', { style: 'unit', unit: 'second', minimumFractionDigits: 1, maximumFractionDigits: 1 })
  .format;

export const trial = {
  name: 'Check settings',
  title: (identity: string) => `Check the settings of ${identity}`,
  about: 'Checks every sign-in step that doesn’t need you.',
  failed: 'Failed:',
  done: 'Done:',
  trying: 'Checking:',
  waiting: 'Waiting:',
  notTried: 'Not checked:',
  left: 'not checked',
  requestId: (id: string) => `Request ID ${id}`,
  busy: 'Checking…',
  again: 'Check again',
  works: 'Everything that can be checked without you works.',
  fails: 'Something doesn’t work yet.',
  took: (ms: number) => (ms < 10_000 ? milliseconds(ms) : seconds(ms / 1000)),
};
