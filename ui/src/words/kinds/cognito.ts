/** Cognito identity pool: its line in the picker, and its form. */
export const cognito = {
  title: 'Cognito identity pool',
  about: 'Credentials from an identity pool, for an OpenID Connect identity you already have here',
  intro: 'You sign in with another identity, and the pool exchanges its ID token for credentials of one of the pool’s roles (enhanced flow).',
  fields: {
    identity: {
      label: 'Signs in with',
      help: 'An OpenID Connect identity whose provider the pool trusts.',
      required: 'Choose an OpenID Connect identity. If you have none, add it first.',
    },
    pool_id: {
      label: 'Identity pool ID',
      help: 'Copy it from the Cognito console. It has a region and a UUID.',
      required: 'Enter the identity pool’s ID, such as eu-central-1:1d2c3b4a-…',
    },
    account: {
      label: 'Account',
      help: 'The pool’s AWS account.',
      required: 'Enter the 12-digit ID of the pool’s account.',
    },
    role: {
      label: 'Role',
      help: 'Only if the pool offers you several roles.',
    },
    login: {
      label: 'Login provider',
      help: 'Its name in the pool, if it differs from the issuer without https://.',
    },
  },
};
