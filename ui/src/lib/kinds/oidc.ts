import type { OidcSettings } from '../../bindings/OidcSettings';
import * as validate from '../validate';
import type { KindOf } from './kind';

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
      help: 'The provider’s address, as its documentation gives it. Discovery is found below it.',
      placeholder: 'https://login.example.com',
      required: 'Enter the issuer URL that your provider documents, such as https://login.example.com',
      check: validate.issuerUrl,
    },
    client_id: {
      type: 'text',
      label: 'Client ID',
      help: 'Of the application that is registered at the provider for Daypass. It is no secret.',
      required: 'Enter the client ID of the application registered at your provider.',
      check: validate.clientId,
    },
    scopes: {
      type: 'words',
      label: 'Scopes',
      help: 'Beside openid, separated by blanks. offline_access lets sessions renew without you.',
      usual: ['email', 'offline_access'],
      implied: 'openid',
      check: validate.scope,
      advanced: true,
    },
    redirect_port: {
      type: 'number',
      label: 'Fixed redirect port',
      help: 'Only if your provider demands an exact redirect address. Otherwise a free port is taken.',
      check: validate.redirectPort,
      advanced: true,
    },
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
    ca_file: {
      type: 'text',
      label: 'CA file',
      help: 'A PEM file with certificates to trust beside the system’s, for a provider inside your company.',
      placeholder: '/etc/ssl/company-ca.pem',
      advanced: true,
    },
  },
  secrets: [
    {
      name: 'client_secret',
      label: 'Client secret',
      help: 'Only if the client was registered with one. It stays in the vault.',
      optional: true,
      advanced: true,
    },
  ],
  namesRoles: (settings) => settings['roles_claim'] !== null,
};
