import type { SamlSettings } from '../../bindings/SamlSettings';
import { COMMON_DURATIONS, COMMON_REGIONS } from '../regions';
import * as validate from '../validate';
import type { Form, KindOf } from './kind';

const weAsk = (form: Form) => form['either'] === 'sso';

export const saml: KindOf<SamlSettings> = {
  word: 'saml',
  title: 'SAML 2.0',
  about: 'The page that opens the AWS console for you: AD FS, Entra ID, Okta, Google, Keycloak',
  icon: 'window',
  intro:
    'You sign in at your identity provider in a window of Daypass. Your roles come with the sign-in: nothing has to be ' +
    'registered, if the AWS console opens that way today.',
  example: 'corp',
  either: {
    label: 'The sign-in begins',
    options: [
      {
        value: 'start',
        label: 'At your identity provider’s AWS tile',
        help: 'What most companies have: the address behind the tile or bookmark that opens the AWS console.',
      },
      {
        value: 'sso',
        label: 'With a request to its single sign-on address',
        help: 'For providers that want to be asked first (SP-initiated).',
      },
    ],
    chosen: (settings) => (settings['sso_url'] ? 'sso' : 'start'),
  },
  fields: {
    start_url: {
      type: 'url',
      label: 'Start URL',
      help: 'The address behind the AWS tile. Copy the link of the tile.',
      placeholder: 'https://login.example.com/app/aws',
      required: 'Enter the address behind the AWS tile of your identity provider.',
      check: validate.pageUrl,
      when: (form) => !weAsk(form),
    },
    sso_url: {
      type: 'url',
      label: 'Single sign-on URL',
      help: 'SingleSignOnService in the provider’s metadata.',
      placeholder: 'https://login.example.com/saml/sso',
      required: 'Enter the single sign-on address of your identity provider.',
      check: validate.pageUrl,
      when: weAsk,
    },
    region: {
      type: 'text',
      label: 'Region of the sign-in',
      help: 'Only where AWS is registered with a region’s sign-in address, or for another partition.',
      placeholder: 'us-gov-west-1',
      check: validate.region,
      suggestions: COMMON_REGIONS,
      advanced: true,
      when: weAsk,
    },
    issuer: {
      type: 'text',
      label: 'Issuer of the request',
      help: 'Only where the provider knows AWS by another name (entity ID).',
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
      help: 'Sends ForceAuthn. Renewal then always needs you.',
      advanced: true,
      when: weAsk,
    },
    forget_cookies: {
      type: 'bool',
      label: 'Keep no cookies',
      help: 'The provider knows nobody the next time, and renewal always needs you. Otherwise they are kept until you sign out.',
      advanced: true,
    },
    duration: {
      type: 'text',
      label: 'Duration',
      help: 'How long sessions last where the role doesn’t say. Otherwise what the provider says, or an hour.',
      placeholder: '1h',
      check: validate.duration,
      suggestions: COMMON_DURATIONS,
      advanced: true,
    },
  },
  secrets: [],
  namesRoles: () => true,
};
