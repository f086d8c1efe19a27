import type { SamlSettings } from '../../bindings/SamlSettings';
import { COMMON_DURATIONS, COMMON_REGIONS } from '../regions';
import type { Form, KindOf } from './kind';
import { defaultRegion } from './shared';

const weAsk = (form: Form) => form['either'] === 'sso';

export const saml: KindOf<SamlSettings> = {
  word: 'saml',
  title: 'SAML 2.0',
  about: 'The sign-in page that opens the AWS console: AD FS, Entra ID, Okta, Google, Keycloak',
  icon: 'window',
  intro:
    'You sign in at your identity provider in a Daypass window, and your roles come with the sign-in. If you open the ' +
    'AWS console that way today, there is nothing to set up.',
  example: 'corp',
  either: {
    label: 'Where the sign-in starts',
    options: [
      {
        value: 'start',
        label: 'At your identity provider’s AWS tile',
        help: 'Most companies use this: the tile or bookmark that opens the AWS console.',
      },
      {
        value: 'sso',
        label: 'At its single sign-on URL',
        help: 'For providers that need a request first (SP-initiated).',
      },
    ],
    chosen: (settings) => (settings['sso_url'] ? 'sso' : 'start'),
  },
  fields: {
    start_url: {
      type: 'url',
      label: 'Start URL',
      help: 'The link behind the AWS tile. Copy it from there.',
      placeholder: 'https://login.example.com/app/aws',
      required: 'Enter the link behind your identity provider’s AWS tile.',
      when: (form) => !weAsk(form),
    },
    sso_url: {
      type: 'url',
      label: 'Single sign-on URL',
      help: 'SingleSignOnService in the provider’s metadata.',
      placeholder: 'https://login.example.com/saml/sso',
      required: 'Enter your identity provider’s single sign-on URL.',
      when: weAsk,
    },
    region: {
      type: 'text',
      label: 'Sign-in region',
      help: 'Only if your provider uses a regional AWS sign-in address, or for another partition.',
      placeholder: 'us-gov-west-1',
      suggestions: COMMON_REGIONS,
      advanced: true,
      when: weAsk,
    },
    issuer: {
      type: 'text',
      label: 'Request issuer',
      help: 'Only if the provider knows AWS under another entity ID.',
      placeholder: 'urn:amazon:webservices',
      advanced: true,
      when: weAsk,
    },
    binding: {
      type: 'choice',
      label: 'Binding',
      help: 'How the request is sent.',
      options: [
        { value: '', label: 'Redirect' },
        { value: 'post', label: 'POST' },
      ],
      advanced: true,
      when: weAsk,
    },
    force_sign_in: {
      type: 'bool',
      label: 'Ask for the password each time',
      help: 'Sends ForceAuthn. Every renewal then needs you.',
      advanced: true,
      when: weAsk,
    },
    forget_cookies: {
      type: 'bool',
      label: 'Don’t keep cookies',
      help: 'The provider asks you to sign in every time, and every renewal needs you. Otherwise cookies stay until you sign out.',
      advanced: true,
    },
    duration: {
      type: 'text',
      label: 'Duration',
      help: 'For roles that don’t set their own. If empty, the provider decides, or one hour.',
      placeholder: '1h',
      suggestions: COMMON_DURATIONS,
      advanced: true,
    },
    default_region: defaultRegion,
  },
  secrets: [],
  namesRoles: () => true,
};
