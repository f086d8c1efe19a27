/** The sandbox, where it is on. */
export const sandbox = {
  title: 'Sandbox.',
  about: 'A local AWS to try things out. Your own AWS files aren’t touched.',
  copy: 'Copy for a terminal',
  forTerminal: 'Paste this in a terminal, and its AWS tools use the sandbox.',
  leave: 'Leave sandbox',
};
