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

/** Providers whose addresses the broker knows. */
const KNOWN = ['www.amazon.com', 'graph.facebook.com'];

function isOther(form: Form): boolean {
  const provider = String(form['provider_id']).trim();
  return provider !== '' && !KNOWN.includes(provider);
}

export const oauth: KindOf<OauthSettings> = {
  word: 'oauth',
  title: 'OAuth 2.0',
  about: 'Login with Amazon, Facebook, and others without OpenID Connect',
  icon: 'link',
  intro:
    'You sign in at the provider in the browser, and AWS checks the access token with the provider. Register Daypass ' +
    'there with the redirect URI `http://127.0.0.1:PORT/callback` and a fixed port.',
  example: 'shop',
  fields: {
    provider_id: {
      type: 'text',
      label: 'Provider',
      help: 'Its host name, as in the role’s trust policy.',
      placeholder: 'www.amazon.com',
      required: 'Enter the provider’s host, such as www.amazon.com',
      suggestions: KNOWN,
    },
    client_id: clientId,
    authorization_endpoint: {
      type: 'url',
      label: 'Authorization endpoint',
      help: 'Where you sign in.',
      placeholder: 'https://login.example.com/authorize',
      required: 'Enter the address from the provider’s documentation.',
      when: isOther,
    },
    token_endpoint: {
      type: 'url',
      label: 'Token endpoint',
      help: 'Where Daypass gets the access token.',
      placeholder: 'https://login.example.com/token',
      required: 'Enter the address from the provider’s documentation.',
      when: isOther,
    },
    userinfo_endpoint: {
      type: 'url',
      label: 'Profile endpoint',
      help: 'Says who signed in, at the host of the token endpoint. Without it, the session name is a fixed text.',
      placeholder: 'https://login.example.com/userinfo',
      when: isOther,
    },
    session_name: {
      type: 'text',
      label: 'Session name template',
      help: 'How you appear in CloudTrail. Put fields of your profile in braces: {email}',
      placeholder: '{email}',
      advanced: true,
    },
    scopes: {
      type: 'words',
      label: 'Scopes',
      help: 'Separate them with spaces. Leave empty for what the profile needs.',
      advanced: true,
    },
    redirect_port: redirectPort('If your provider needs an exact redirect URI.'),
    redirect_host: redirectHost,
    redirect_path: redirectPath,
    authorization_parameters: authorizationParameters,
    ca_file: caFile,
    default_region: defaultRegion,
  },
  secrets: [clientSecret],
  namesRoles: () => false,
};
