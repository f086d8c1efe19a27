/** AWS console: its line in the picker, and its form. */
export const consoleSignIn = {
  title: 'AWS console',
  about: 'Your AWS console session, as aws login uses it',
  intro: 'You choose your console session in the browser. Daypass gets credentials for the same user or role, and renews them for up to 12 hours. Your user or role needs the policy `SignInLocalDevelopmentAccess`.',
  fields: {
    region: {
      label: 'Region',
      help: 'The region of the sign-in page. Credentials work in all regions.',
      required: 'Enter a region, such as us-east-1.',
    },
  },
};
