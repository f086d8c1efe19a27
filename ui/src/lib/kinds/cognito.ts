import type { CognitoSettings } from '../../bindings/CognitoSettings';
import type { KindOf } from './kind';
import { defaultRegion } from './shared';
import { cognito as words } from '../../words/kinds/cognito';

export const cognito: KindOf<CognitoSettings> = {
  word: 'cognito',
  title: words.title,
  about: words.about,
  icon: 'pool',
  intro: words.intro,
  example: 'app-pool',
  fields: {
    identity: {
      type: 'identity',
      ...words.fields.identity,
      of: ['oidc'],
    },
    pool_id: {
      type: 'text',
      ...words.fields.pool_id,
      placeholder: 'eu-central-1:1d2c3b4a-…',
    },
    account: {
      type: 'text',
      ...words.fields.account,
      placeholder: '123456789012',
    },
    role: {
      type: 'text',
      ...words.fields.role,
      placeholder: 'arn:aws:iam::123456789012:role/Developer',
      advanced: true,
    },
    login: {
      type: 'text',
      ...words.fields.login,
      placeholder: 'login.example.com',
      advanced: true,
    },
    default_region: defaultRegion,
  },
  secrets: [],
  namesRoles: () => true,
};
