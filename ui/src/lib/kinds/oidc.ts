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
import { oidc as words } from '../../words/kinds/oidc';
import { shared } from '../../words/kinds/shared';

export const oidc: KindOf<OidcSettings> = {
  word: 'oidc',
  title: words.title,
  about: words.about,
  icon: 'globe',
  intro: words.intro,
  example: 'acme',
  fields: {
    issuer: {
      type: 'url',
      ...words.fields.issuer,
      placeholder: 'https://login.example.com',
    },
    client_id: clientId,
    scopes: {
      type: 'words',
      ...words.fields.scopes,
      usual: ['email', 'offline_access'],
      implied: 'openid',
      advanced: true,
    },
    redirect_port: redirectPort(shared.portOnlyIfExact),
    redirect_host: redirectHost,
    redirect_path: redirectPath,
    authorization_parameters: authorizationParameters,
    session_name: {
      type: 'text',
      ...words.fields.session_name,
      placeholder: '{email}',
      advanced: true,
    },
    roles_claim: {
      type: 'text',
      ...words.fields.roles_claim,
      advanced: true,
    },
    ca_file: caFile,
    default_region: defaultRegion,
  },
  secrets: [{ ...clientSecret, advanced: true }],
  namesRoles: (settings) => settings['roles_claim'] !== null,
};
