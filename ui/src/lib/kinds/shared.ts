/** Settings that mean the same in several kinds. Each kind still names those that it has. */
import * as validate from '../validate';
import type { SecretSpec, TextSpec } from './kind';

/** Of an OAuth client, as OpenID Connect has it too. */
export const clientId: TextSpec = {
  type: 'text',
  label: 'Client ID',
  help: 'Of the application that is registered at the provider for Daypass. It is no secret.',
  required: 'Enter the client ID of the application registered at your provider.',
  check: validate.clientId,
};

export const clientSecret: SecretSpec = {
  name: 'client_secret',
  label: 'Client secret',
  help: 'Only if the client was registered with one. It stays in the vault.',
  optional: true,
};

/** `when`: where one is needed. */
export function redirectPort(when: string): TextSpec {
  return {
    type: 'number',
    label: 'Fixed redirect port',
    help: `${when} Otherwise a free port is taken.`,
    check: validate.redirectPort,
    advanced: true,
  };
}

export const caFile: TextSpec = {
  type: 'text',
  label: 'CA file',
  help: 'A PEM file with certificates to trust beside the system’s, for a server inside your company.',
  placeholder: '/etc/ssl/company-ca.pem',
  advanced: true,
};
