import type { ConsoleSignInSettings } from '../../bindings/ConsoleSignInSettings';
import { COMMON_REGIONS } from '../regions';
import type { KindOf } from './kind';
import { defaultRegion } from './shared';

export const consoleSignIn: KindOf<ConsoleSignInSettings> = {
  word: 'console',
  title: 'AWS console',
  about: 'The session that you have in the AWS console, as aws login uses it',
  icon: 'console',
  intro:
    'You choose your console session in the browser. Daypass gets credentials of the same user or role, and renews them ' +
    'for up to 12 hours. Your user or role needs the policy `SignInLocalDevelopmentAccess`.',
  example: 'my-console',
  fields: {
    region: {
      type: 'text',
      label: 'Region',
      help: 'Whose sign-in page you use. Credentials are good in all regions.',
      placeholder: 'us-east-1',
      required: 'Enter a region, such as us-east-1.',
      suggestions: COMMON_REGIONS,
    },
    default_region: defaultRegion,
  },
  secrets: [],
  namesRoles: () => true,
};
