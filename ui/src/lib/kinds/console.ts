import type { ConsoleSignInSettings } from '../../bindings/ConsoleSignInSettings';
import { COMMON_REGIONS } from '../regions';
import type { KindOf } from './kind';
import { defaultRegion } from './shared';
import { consoleSignIn as words } from '../../words/kinds/console';

export const consoleSignIn: KindOf<ConsoleSignInSettings> = {
  word: 'console',
  title: words.title,
  about: words.about,
  icon: 'console',
  intro: words.intro,
  example: 'my-console',
  fields: {
    region: {
      type: 'text',
      ...words.fields.region,
      placeholder: 'us-east-1',
      suggestions: COMMON_REGIONS,
    },
    default_region: defaultRegion,
  },
  secrets: [],
  namesRoles: () => true,
};
