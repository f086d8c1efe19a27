import type { IamUserSettings } from '../../bindings/IamUserSettings';
import { COMMON_REGIONS } from '../regions';
import { userKeyId } from '../typed';
import type { KindOf } from './kind';
import { defaultRegion } from './shared';
import { iamUser as words } from '../../words/kinds/iam-user';

export const iamUser: KindOf<IamUserSettings> = {
  word: 'iam-user',
  title: words.title,
  about: words.about,
  icon: 'key',
  intro: words.intro,
  example: 'me',
  fields: {
    default_region: defaultRegion,
    // Its secret comes right below it, so that what appears while it is typed moves nothing else.
    mfa_serial: {
      type: 'text',
      ...words.fields.mfa_serial,
      placeholder: 'arn:aws:iam::123456789012:mfa/NAME',
      learned: true,
    },
    region: {
      type: 'text',
      ...words.fields.region,
      placeholder: 'us-east-1',
      suggestions: COMMON_REGIONS,
      advanced: true,
    },
  },
  secrets: [
    {
      name: 'access_key_id',
      ...words.secrets.access_key_id,
      first: true,
      plain: true,
      check: userKeyId,
    },
    { name: 'secret_access_key', ...words.secrets.secret_access_key, first: true },
    {
      name: 'totp_secret',
      ...words.secrets.totp_secret,
      optional: true,
      when: (form) => form['mfa_serial'] !== '',
    },
  ],
  isQuiet: true,
  // The user itself: AWS says whose key it is.
  namesRoles: () => true,
};
