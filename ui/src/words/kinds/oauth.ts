/** OAuth 2.0: its line in the picker, and its form. */
export const oauth = {
  title: 'OAuth 2.0',
  about: 'Login with Amazon, Facebook, and others without OpenID Connect',
  intro: 'You sign in at the provider in the browser, and AWS checks the access token with the provider. Register Daypass there with the redirect URI `http://127.0.0.1:PORT/callback` and a fixed port.',
  fields: {
    provider_id: {
      label: 'Provider',
      help: 'Its host name, as in the role’s trust policy.',
      required: 'Enter the provider’s host, such as www.amazon.com',
    },
    authorization_endpoint: {
      label: 'Authorization endpoint',
      help: 'Where you sign in.',
      required: 'Enter the address from the provider’s documentation.',
    },
    token_endpoint: {
      label: 'Token endpoint',
      help: 'Where Daypass gets the access token.',
      required: 'Enter the address from the provider’s documentation.',
    },
    userinfo_endpoint: {
      label: 'Profile endpoint',
      help: 'Says who signed in. It must be on the token endpoint’s host. Without it, the session name is a fixed text.',
    },
    session_name: {
      label: 'Session name template',
      help: 'How you appear in CloudTrail. Put fields of your profile in braces: {email}',
    },
    scopes: {
      label: 'Scopes',
      help: 'Separate them with spaces. Leave empty for what the profile needs.',
    },
  },
};
