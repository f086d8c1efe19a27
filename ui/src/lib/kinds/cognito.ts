import type { CognitoSettings } from '../../bindings/CognitoSettings';
import * as validate from '../validate';
import type { KindOf } from './kind';

export const cognito: KindOf<CognitoSettings> = {
  word: 'cognito',
  title: 'Cognito identity pool',
  about: 'Credentials of a pool, for whom an OpenID Connect identity says you are',
  icon: 'pool',
  intro:
    'The pool takes the ID token of another identity here, and gives credentials of one of its roles (enhanced flow). ' +
    'You sign in with that identity.',
  example: 'app-pool',
  fields: {
    identity: {
      type: 'identity',
      label: 'Signs in with',
      help: 'The OpenID Connect identity whose provider the pool trusts.',
      of: ['oidc'],
      required: 'Choose the OpenID Connect identity that signs in. Add that one first, if there is none.',
    },
    pool_id: {
      type: 'text',
      label: 'Identity pool ID',
      help: 'Its region and a UUID, as the Cognito console shows it.',
      placeholder: 'eu-central-1:1d2c3b4a-…',
      required: 'Enter the ID of the identity pool, such as eu-central-1:1d2c3b4a-…',
      check: validate.poolId,
    },
    account: {
      type: 'text',
      label: 'Account',
      help: 'The account that the pool is in.',
      placeholder: '123456789012',
      required: 'Enter the 12 digits of the account that the pool is in.',
      check: validate.accountId,
    },
    role: {
      type: 'text',
      label: 'Role',
      help: 'Only where the pool’s rules offer several.',
      placeholder: 'arn:aws:iam::123456789012:role/Developer',
      check: validate.roleArn,
      advanced: true,
    },
    login: {
      type: 'text',
      label: 'Login provider',
      help: 'Its name in the pool, where it is not the issuer without https://.',
      placeholder: 'login.example.com',
      advanced: true,
    },
  },
  secrets: [],
  namesRoles: () => true,
};
