import type { OauthSettings } from '../../bindings/OauthSettings';
import type { Form, KindOf } from './kind';
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
import { oauth as words } from '../../words/kinds/oauth';
import { shared } from '../../words/kinds/shared';

/** Providers whose addresses the broker knows. */
const KNOWN = ['www.amazon.com', 'graph.facebook.com'];

function isOther(form: Form): boolean {
  const provider = String(form['provider_id']).trim();
  return provider !== '' && !KNOWN.includes(provider);
}

export const oauth: KindOf<OauthSettings> = {
  word: 'oauth',
  title: words.title,
  about: words.about,
  icon: 'link',
  intro: words.intro,
  example: 'shop',
  fields: {
    provider_id: {
      type: 'text',
      ...words.fields.provider_id,
      placeholder: 'www.amazon.com',
      suggestions: KNOWN,
    },
    client_id: clientId,
    authorization_endpoint: {
      type: 'url',
      ...words.fields.authorization_endpoint,
      placeholder: 'https://login.example.com/authorize',
      when: isOther,
    },
    token_endpoint: {
      type: 'url',
      ...words.fields.token_endpoint,
      placeholder: 'https://login.example.com/token',
      when: isOther,
    },
    userinfo_endpoint: {
      type: 'url',
      ...words.fields.userinfo_endpoint,
      placeholder: 'https://login.example.com/userinfo',
      when: isOther,
    },
    session_name: {
      type: 'text',
      ...words.fields.session_name,
      placeholder: '{email}',
      advanced: true,
    },
    scopes: {
      type: 'words',
      ...words.fields.scopes,
      advanced: true,
    },
    redirect_port: redirectPort(shared.portIfExact),
    redirect_host: redirectHost,
    redirect_path: redirectPath,
    authorization_parameters: authorizationParameters,
    ca_file: caFile,
    default_region: defaultRegion,
  },
  secrets: [clientSecret],
  namesRoles: () => false,
};
