import type { ProfileSettings } from '../../bindings/ProfileSettings';
import { COMMON_REGIONS } from '../regions';
import type { KindOf } from './kind';
import { defaultRegion } from './shared';

export const profile: KindOf<ProfileSettings> = {
  word: 'profile',
  title: 'AWS profile',
  about: 'A profile that another tool keeps working, as the start of a chain',
  icon: 'file',
  intro:
    'Daypass gets credentials from this profile when it needs them, and assumes roles with them. It copies nothing, ' +
    'and the other tool still handles the sign-in.',
  example: 'from-leapp',
  fields: {
    profile: {
      type: 'text',
      label: 'Profile',
      help: 'Its name in your AWS config or credentials file.',
      placeholder: 'default',
      required: 'Enter the name of an AWS profile, such as default.',
    },
    region: {
      type: 'text',
      label: 'Region',
      help: 'Where Daypass asks STS. If empty, the profile’s own region.',
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
