import type { OidcSettings } from '../../bindings/OidcSettings';
import type { KindOf } from './kind';
import {
  authorizationParameters,
  caFile,
  clientId,
  clientSecret,
  defaultRegion,
  redirectHost,
  redirectPath,
  redirectPort,
} from './shared';

export const oidc: KindOf<OidcSettings> = {
  word: 'oidc',
  title: 'OpenID Connect',
  about: 'Your company’s provider in the browser: Keycloak, Okta, Entra ID, Google or any other',
  icon: 'globe',
  intro:
    'You sign in at your company’s provider in the browser. Register Daypass there as a public client with PKCE and ' +
    'the redirect URI `http://127.0.0.1/callback` (any port).',
  example: 'acme',
  fields: {
    issuer: {
      type: 'url',
      label: 'Issuer URL',
      help: 'From the provider’s documentation, without /.well-known/….',
      placeholder: 'https://login.example.com',
      required: 'Enter your provider’s issuer URL, such as https://login.example.com',
    },
    client_id: clientId,
    scopes: {
      type: 'words',
      label: 'Scopes',
      help: 'In addition to openid. Separate them with spaces. offline_access lets sessions renew without you.',
      usual: ['email', 'offline_access'],
      implied: 'openid',
      advanced: true,
    },
    redirect_port: redirectPort('Only if your provider needs an exact redirect URI.'),
    redirect_host: redirectHost,
    redirect_path: redirectPath,
    authorization_parameters: authorizationParameters,
    session_name: {
      type: 'text',
      label: 'Session name template',
      help: 'How you appear in CloudTrail. Put claims of the ID token in braces: {email}',
      placeholder: '{email}',
      advanced: true,
    },
    roles_claim: {
      type: 'text',
      label: 'Roles claim',
      help: 'The claim of the ID token that lists your role ARNs. Daypass then adds these roles.',
      advanced: true,
    },
    ca_file: caFile,
    default_region: defaultRegion,
  },
  secrets: [{ ...clientSecret, advanced: true }],
  namesRoles: (settings) => settings['roles_claim'] !== null,
};
