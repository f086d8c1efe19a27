import type { SamlSettings } from '../../bindings/SamlSettings';
import { COMMON_DURATIONS, COMMON_REGIONS } from '../regions';
import type { Form, KindOf } from './kind';
import { defaultRegion } from './shared';
import { saml as words } from '../../words/kinds/saml';

const weAsk = (form: Form) => form['either'] === 'sso';

export const saml: KindOf<SamlSettings> = {
  word: 'saml',
  title: words.title,
  about: words.about,
  icon: 'window',
  intro: words.intro,
  example: 'corp',
  either: {
    label: words.either.label,
    options: [
      {
        value: 'start',
        ...words.either.options.start,
      },
      {
        value: 'sso',
        ...words.either.options.sso,
      },
    ],
    chosen: (settings) => (settings['sso_url'] ? 'sso' : 'start'),
  },
  fields: {
    start_url: {
      type: 'url',
      ...words.fields.start_url,
      placeholder: 'https://login.example.com/app/aws',
      when: (form) => !weAsk(form),
    },
    sso_url: {
      type: 'url',
      ...words.fields.sso_url,
      placeholder: 'https://login.example.com/saml/sso',
      when: weAsk,
    },
    region: {
      type: 'text',
      ...words.fields.region,
      placeholder: 'us-gov-west-1',
      suggestions: COMMON_REGIONS,
      advanced: true,
      when: weAsk,
    },
    issuer: {
      type: 'text',
      ...words.fields.issuer,
      placeholder: 'urn:amazon:webservices',
      advanced: true,
      when: weAsk,
    },
    binding: {
      type: 'choice',
      label: words.fields.binding.label,
      help: words.fields.binding.help,
      options: [
        { value: '', ...words.fields.binding.options.usual },
        { value: 'post', ...words.fields.binding.options.post },
      ],
      advanced: true,
      when: weAsk,
    },
    force_sign_in: {
      type: 'bool',
      ...words.fields.force_sign_in,
      advanced: true,
      when: weAsk,
    },
    browser: {
      type: 'choice',
      label: words.fields.browser.label,
      help: words.fields.browser.help,
      options: [
        { value: '', ...words.fields.browser.options.usual },
        { value: 'chrome', ...words.fields.browser.options.chrome },
        { value: 'chromium', ...words.fields.browser.options.chromium },
        { value: 'edge', ...words.fields.browser.options.edge },
        { value: 'brave', ...words.fields.browser.options.brave },
        { value: 'vivaldi', ...words.fields.browser.options.vivaldi },
        { value: 'window', ...words.fields.browser.options.window },
      ],
    },
    forget_cookies: {
      type: 'bool',
      ...words.fields.forget_cookies,
      advanced: true,
    },
    duration: {
      type: 'text',
      ...words.fields.duration,
      placeholder: '1h',
      suggestions: COMMON_DURATIONS,
      advanced: true,
    },
    default_region: defaultRegion,
  },
  secrets: [],
  namesRoles: () => true,
};
