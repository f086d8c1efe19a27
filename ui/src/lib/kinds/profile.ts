import type { ProfileSettings } from '../../bindings/ProfileSettings';
import { COMMON_REGIONS } from '../regions';
import type { KindOf } from './kind';
import { defaultRegion } from './shared';
import { profile as words } from '../../words/kinds/profile';

export const profile: KindOf<ProfileSettings> = {
  word: 'profile',
  title: words.title,
  about: words.about,
  icon: 'file',
  intro: words.intro,
  example: 'from-leapp',
  fields: {
    profile: {
      type: 'text',
      ...words.fields.profile,
      placeholder: 'default',
    },
    region: {
      type: 'text',
      ...words.fields.region,
      placeholder: 'us-east-1',
      suggestions: COMMON_REGIONS,
      advanced: true,
    },
    default_region: defaultRegion,
  },
  secrets: [],
  isQuiet: true,
  namesRoles: () => false,
};
