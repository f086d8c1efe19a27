import type { IamUserSettings } from '../../bindings/IamUserSettings';
import { COMMON_REGIONS } from '../regions';
import { userKeyId } from '../typed';
import type { KindOf } from './kind';
import { defaultRegion } from './shared';

export const iamUser: KindOf<IamUserSettings> = {
  word: 'iam-user',
  title: 'IAM user',
  about: 'Your own access key, with or without MFA. It stays in the vault',
  icon: 'key',
  intro:
    'Your access key goes to the vault, and tools never see it. They get short-lived credentials instead, after MFA ' +
    'if you have a device.',
  example: 'me',
  fields: {
    mfa_serial: {
      type: 'text',
      label: 'MFA device',
      help: 'Its ARN, from your security credentials in the IAM console, or the serial number of a hardware device.',
      placeholder: 'arn:aws:iam::123456789012:mfa/NAME',
    },
    region: {
      type: 'text',
      label: 'Region',
      help: 'Where Daypass asks STS for your own session.',
      placeholder: 'us-east-1',
      suggestions: COMMON_REGIONS,
      advanced: true,
    },
    default_region: defaultRegion,
  },
  secrets: [
    {
      name: 'access_key_id',
      label: 'Access key ID',
      help: 'It starts with AKIA.',
      plain: true,
      check: userKeyId,
    },
    { name: 'secret_access_key', label: 'Secret access key', help: 'AWS shows it once, when the key is created.' },
    {
      name: 'totp_secret',
      label: 'MFA secret',
      help: 'The secret key or otpauth:// address that you set up the virtual device with. Daypass then enters the codes for you.',
      optional: true,
      when: (form) => form['mfa_serial'] !== '',
    },
  ],
  isQuiet: true,
  namesRoles: () => false,
};
