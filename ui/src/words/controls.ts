/** What buttons and parts of components are called, wherever they are. */
export const controls = {
  cancel: 'Cancel',
  close: 'Close',
  suggestions: 'Suggestions',
  optional: 'optional',
  remove: (what: string) => `Remove ${what}`,
  row: (number: number) => `row ${number}`,
  numbered: (label: string, number: number) => `${label} ${number}`,
  marked: (colour: string) => `Marked ${colour}`,
  production: 'Production',
};
