import type { OauthSettings } from '../../bindings/OauthSettings';
import * as validate from '../validate';
import type { Form, KindOf } from './kind';
import { caFile, clientId, clientSecret, redirectPort } from './shared';

/** Those whose addresses Daypass knows. */
const KNOWN = ['www.amazon.com', 'graph.facebook.com'];

function isOther(form: Form): boolean {
  const provider = String(form['provider_id']).trim();
  return provider !== '' && !KNOWN.includes(provider);
}

export const oauth: KindOf<OauthSettings> = {
  word: 'oauth',
  title: 'OAuth 2.0',
  about: 'Login with Amazon, Facebook: providers that give an access token only',
  icon: 'link',
  intro:
    'You sign in at the provider in the browser, and AWS asks the provider whose access token it is. Register Daypass ' +
    'there with the redirect address `http://127.0.0.1:PORT/callback` and a fixed port.',
  example: 'shop',
  fields: {
    provider_id: {
      type: 'text',
      label: 'Provider',
      help: 'As AWS calls it in the role’s trust policy: its host.',
      placeholder: 'www.amazon.com',
      required: 'Enter the provider’s host, such as www.amazon.com',
      check: validate.host,
      suggestions: KNOWN,
    },
    client_id: clientId,
    authorization_endpoint: {
      type: 'url',
      label: 'Authorization endpoint',
      help: 'Where you sign in.',
      placeholder: 'https://login.example.com/authorize',
      required: 'Enter the address that the provider documents.',
      check: validate.endpoint,
      when: isOther,
    },
    token_endpoint: {
      type: 'url',
      label: 'Token endpoint',
      help: 'Where Daypass gets the access token.',
      placeholder: 'https://login.example.com/token',
      required: 'Enter the address that the provider documents.',
      check: validate.endpoint,
      when: isOther,
    },
    userinfo_endpoint: {
      type: 'url',
      label: 'Profile endpoint',
      help: 'Where the provider says whose a token is. Without it the session name is a fixed text.',
      placeholder: 'https://login.example.com/userinfo',
      check: validate.endpoint,
      when: isOther,
    },
    session_name: {
      type: 'text',
      label: 'Session name template',
      help: 'What CloudTrail shows for you. Members of your profile stand in braces: {email}',
      placeholder: '{email}',
      check: validate.sessionNameTemplate,
      advanced: true,
    },
    scopes: {
      type: 'words',
      label: 'Scopes',
      help: 'Separated by blanks. Empty: what the profile needs.',
      check: validate.scope,
      advanced: true,
    },
    redirect_port: redirectPort('If your provider demands an exact redirect address.'),
    ca_file: caFile,
  },
  secrets: [clientSecret],
  namesRoles: () => false,
  check: (form) => ({
    session_name:
      isOther(form) && form['userinfo_endpoint'] === '' && form['session_name'] === ''
        ? 'Enter a fixed name: without a profile endpoint nobody says who signed in.'
        : null,
  }),
};
