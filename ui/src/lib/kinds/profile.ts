import type { ProfileSettings } from '../../bindings/ProfileSettings';
import { COMMON_REGIONS } from '../regions';
import * as validate from '../validate';
import type { KindOf } from './kind';

export const profile: KindOf<ProfileSettings> = {
  word: 'profile',
  title: 'AWS profile',
  about: 'A profile that works already, by another tool: the beginning of a chain',
  icon: 'file',
  intro:
    'Daypass asks this profile for credentials whenever it needs some, and assumes roles with them. Nothing of it is ' +
    'copied; how it signs in stays the business of the tool that made it.',
  example: 'from-leapp',
  fields: {
    profile: {
      type: 'text',
      label: 'Profile',
      help: 'Its name in your AWS config or credentials file.',
      placeholder: 'default',
      required: 'Enter the name of an AWS profile, such as default.',
      check: validate.profileName,
    },
    region: {
      type: 'text',
      label: 'Region',
      help: 'Whose STS is asked who it is. Otherwise the profile’s own.',
      placeholder: 'us-east-1',
      check: validate.region,
      suggestions: COMMON_REGIONS,
      advanced: true,
    },
  },
  secrets: [],
  namesRoles: () => false,
};
