/** What buttons and parts of components are called, wherever they are. */
export const controls = {
  cancel: 'Cancel',
  close: 'Close',
  suggestions: 'Suggestions',
  optional: 'optional',
};
