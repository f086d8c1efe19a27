/** The sandbox, where it is on. */
export const sandbox = {
  title: 'Sandbox.',
  about: 'A local AWS to try things out. Your own AWS files aren’t touched.',
  leave: 'Leave sandbox',
};
