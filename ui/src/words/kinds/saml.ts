/** SAML 2.0: its line in the picker, and its form. */
export const saml = {
  title: 'SAML 2.0',
  about: 'The sign-in page that opens the AWS console: AD FS, Entra ID, Okta, Google, Keycloak',
  intro: 'You sign in at your identity provider in your browser or in a Daypass window. The sign-in lists your roles. If you already open the AWS console this way, you don’t have to set anything up.',
  either: {
    label: 'Where the sign-in starts',
    options: {
      start: {
        label: 'At your identity provider’s AWS tile',
        help: 'Most companies use this: the tile or bookmark that opens the AWS console.',
      },
      sso: {
        label: 'At its single sign-on URL',
        help: 'For providers that need a request first (SP-initiated).',
      },
    },
  },
  fields: {
    start_url: {
      label: 'Start URL',
      help: 'The link behind the AWS tile. Copy it from there.',
      required: 'Enter the link behind your identity provider’s AWS tile.',
    },
    sso_url: {
      label: 'Single sign-on URL',
      help: 'SingleSignOnService in the provider’s metadata.',
      required: 'Enter your identity provider’s single sign-on URL.',
    },
    region: {
      label: 'Sign-in region',
      help: 'Only if your provider uses a regional AWS sign-in address, or for another partition.',
    },
    issuer: {
      label: 'Request issuer',
      help: 'Only if the provider uses another entity ID for AWS.',
    },
    binding: {
      label: 'Binding',
      help: 'How Daypass sends the request.',
      options: {
        usual: { label: 'Redirect' },
        post: { label: 'POST' },
      },
    },
    force_sign_in: {
      label: 'Ask for the password each time',
      help: 'Sends ForceAuthn. Every renewal then needs you.',
    },
    browser: {
      label: 'Where you sign in',
      help: 'Passkeys, device checks and Google need a browser. Daypass starts it with a separate profile.',
      options: {
        usual: { label: 'Your default browser, or a window' },
        chrome: { label: 'Google Chrome' },
        chromium: { label: 'Chromium' },
        edge: { label: 'Microsoft Edge' },
        brave: { label: 'Brave' },
        vivaldi: { label: 'Vivaldi' },
        window: { label: 'A Daypass window' },
      },
    },
    forget_cookies: {
      label: 'Don’t keep cookies',
      help: 'The provider asks you to sign in every time, and every renewal needs you. Otherwise cookies stay until you sign out.',
    },
    duration: {
      label: 'Duration',
      help: 'For roles that don’t set their own. If empty, the provider decides, or one hour.',
    },
  },
};
