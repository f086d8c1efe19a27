import type { OidcSettings } from '../../bindings/OidcSettings';
import * as validate from '../validate';
import type { KindOf } from './kind';
import { caFile, clientId, clientSecret, redirectPort } from './shared';

export const oidc: KindOf<OidcSettings> = {
  word: 'oidc',
  title: 'OpenID Connect',
  about: 'Your company’s provider, in the browser: Keycloak, Okta, Entra ID, Google, any other',
  icon: 'globe',
  intro:
    'You sign in at your company’s provider in the browser. Register Daypass there as a public client with PKCE and ' +
    'the redirect address `http://127.0.0.1/callback`, any port.',
  example: 'acme',
  fields: {
    issuer: {
      type: 'url',
      label: 'Issuer URL',
      help: 'The provider’s address, as its documentation gives it, without /.well-known/….',
      placeholder: 'https://login.example.com',
      required: 'Enter the issuer URL that your provider documents, such as https://login.example.com',
      check: validate.issuerUrl,
    },
    client_id: clientId,
    scopes: {
      type: 'words',
      label: 'Scopes',
      help: 'Beside openid, separated by blanks. offline_access lets sessions renew without you.',
      usual: ['email', 'offline_access'],
      implied: 'openid',
      check: validate.scope,
      advanced: true,
    },
    redirect_port: redirectPort('Only if your provider demands an exact redirect address.'),
    session_name: {
      type: 'text',
      label: 'Session name template',
      help: 'What CloudTrail shows for you. Claims of the ID token stand in braces: {email}',
      placeholder: '{email}',
      check: validate.sessionNameTemplate,
      advanced: true,
    },
    roles_claim: {
      type: 'text',
      label: 'Roles claim',
      help: 'The claim of the ID token that lists role ARNs. These roles then appear by themselves.',
      advanced: true,
    },
    ca_file: caFile,
  },
  secrets: [{ ...clientSecret, advanced: true }],
  namesRoles: (settings) => settings['roles_claim'] !== null,
};
