/** OpenID Connect: its line in the picker, and its form. */
export const oidc = {
  title: 'OpenID Connect',
  about: 'Your company’s provider in the browser: Keycloak, Okta, Entra ID, Google or any other',
  intro: 'You sign in at your company’s provider in the browser. Register Daypass there as a public client with PKCE and the redirect URI `http://127.0.0.1/callback` (any port).',
  fields: {
    issuer: {
      label: 'Issuer URL',
      help: 'From the provider’s documentation, without /.well-known/….',
      required: 'Enter your provider’s issuer URL, such as https://login.example.com',
    },
    scopes: {
      label: 'Scopes',
      help: 'In addition to openid. Separate them with spaces. offline_access lets sessions renew without you.',
    },
    session_name: {
      label: 'Session name template',
      help: 'How you appear in CloudTrail. Put claims of the ID token in braces: {email}',
    },
    roles_claim: {
      label: 'Roles claim',
      help: 'The claim of the ID token that lists your role ARNs. Daypass then adds these roles.',
    },
  },
};
