import type { IamUserSettings } from '../../bindings/IamUserSettings';
import { COMMON_REGIONS } from '../regions';
import * as validate from '../validate';
import type { KindOf } from './kind';

export const iamUser: KindOf<IamUserSettings> = {
  word: 'iam-user',
  title: 'IAM user',
  about: 'An access key of your own, with or without MFA. It stays in the vault',
  icon: 'key',
  intro:
    'Your access key goes to the vault and is never written to a file. Tools get short-lived credentials that were ' +
    'made with it, after MFA where you have a device.',
  example: 'me',
  fields: {
    mfa_serial: {
      type: 'text',
      label: 'MFA device',
      help: 'Its ARN, under your security credentials in the IAM console; or the serial number on a hardware device.',
      placeholder: 'arn:aws:iam::123456789012:mfa/NAME',
      check: validate.mfaSerial,
    },
    region: {
      type: 'text',
      label: 'Region',
      help: 'Whose STS is asked for your own session.',
      placeholder: 'us-east-1',
      check: validate.region,
      suggestions: COMMON_REGIONS,
      advanced: true,
    },
  },
  secrets: [
    {
      name: 'access_key_id',
      label: 'Access key ID',
      help: 'It begins with AKIA.',
      plain: true,
      check: validate.accessKeyId,
    },
    { name: 'secret_access_key', label: 'Secret access key', help: 'Shown once, when the key was made.' },
    {
      name: 'totp_secret',
      label: 'Secret of the MFA device',
      help: 'What a virtual device is set up with (secret key, or the otpauth:// address). Codes then need no typing.',
      optional: true,
      when: (form) => form['mfa_serial'] !== '',
    },
  ],
  namesRoles: () => true,
};
