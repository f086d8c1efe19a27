import type { CognitoSettings } from '../../bindings/CognitoSettings';
import type { KindOf } from './kind';
import { defaultRegion } from './shared';

export const cognito: KindOf<CognitoSettings> = {
  word: 'cognito',
  title: 'Cognito identity pool',
  about: 'Credentials from an identity pool, for an OpenID Connect identity you already have here',
  icon: 'pool',
  intro:
    'You sign in with another identity, and the pool exchanges its ID token for credentials of one of the pool’s roles ' +
    '(enhanced flow).',
  example: 'app-pool',
  fields: {
    identity: {
      type: 'identity',
      label: 'Signs in with',
      help: 'An OpenID Connect identity whose provider the pool trusts.',
      of: ['oidc'],
      required: 'Choose an OpenID Connect identity. If you have none, add it first.',
    },
    pool_id: {
      type: 'text',
      label: 'Identity pool ID',
      help: 'Copy it from the Cognito console. It has a region and a UUID.',
      placeholder: 'eu-central-1:1d2c3b4a-…',
      required: 'Enter the identity pool’s ID, such as eu-central-1:1d2c3b4a-…',
    },
    account: {
      type: 'text',
      label: 'Account',
      help: 'The AWS account of the pool.',
      placeholder: '123456789012',
      required: 'Enter the 12-digit ID of the pool’s account.',
    },
    role: {
      type: 'text',
      label: 'Role',
      help: 'Only if the pool offers you several roles.',
      placeholder: 'arn:aws:iam::123456789012:role/Developer',
      advanced: true,
    },
    login: {
      type: 'text',
      label: 'Login provider',
      help: 'Its name in the pool, if it differs from the issuer without https://.',
      placeholder: 'login.example.com',
      advanced: true,
    },
    default_region: defaultRegion,
  },
  secrets: [],
  namesRoles: () => true,
};
