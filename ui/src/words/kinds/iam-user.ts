/** IAM user: its line in the picker, and its form. */
export const iamUser = {
  title: 'IAM user',
  about: 'Your own access key, with or without MFA. It stays in the vault',
  intro: 'Your access key goes to the vault, and tools never see it. They get short-lived credentials instead, after MFA if you have a device.',
  fields: {
    mfa_serial: {
      label: 'MFA device',
      help: 'Its ARN, from your security credentials in the IAM console, or the serial number of a hardware device. Daypass suggests the usual one once it has your key.',
    },
    region: {
      label: 'Region',
      help: 'Where Daypass asks STS for your own session.',
    },
  },
  secrets: {
    access_key_id: {
      label: 'Access key ID',
      help: 'It starts with AKIA.',
    },
    secret_access_key: {
      label: 'Secret access key',
      help: 'AWS shows it once, when the key is created.',
    },
    totp_secret: {
      label: 'MFA secret',
      help: 'The secret key or otpauth:// address that you set up the virtual device with. Daypass then enters the codes for you.',
    },
  },
};
