/** Questions about links that another program opened. */
export const linkWords = {
  start: 'A link wants to start a role',
  console: 'A link wants to open the AWS console',
  signIn: 'A link wants you to sign in',
  from: 'Any web page, message or file can open such a link, and Daypass can’t tell which one did. Continue only if you expected it.',
  filledIn: 'The link’s author may have filled in the page. Read it before you confirm anything there.',
  account: 'Account',
  role: 'Role',
  identity: 'Identity',
  provider: 'Provider',
  profile: 'Profile',
  page: 'Page',
  production: 'Production',
  verbs: { start: 'Start', console: 'Open console', 'sign-in': 'Sign in' },
  cancel: 'Cancel',
};
