/** Settings that several kinds have. Each kind names its own. */
import { COMMON_REGIONS } from '../regions';
import type { ChoiceSpec, MapSpec, SecretSpec, TextSpec } from './kind';

/** The client ID of OAuth 2.0, which OpenID Connect uses too. */
export const clientId: TextSpec = {
  type: 'text',
  label: 'Client ID',
  help: 'From the application registered for Daypass at the provider. It isn’t a secret.',
  required: 'Enter the client ID of the application registered at your provider.',
};

export const clientSecret: SecretSpec = {
  name: 'client_secret',
  label: 'Client secret',
  help: 'Only if the client was registered with one. It stays in the vault.',
  optional: true,
};

/** `when`: when one is needed. */
export function redirectPort(when: string): TextSpec {
  return {
    type: 'number',
    label: 'Fixed redirect port',
    help: `${when} If empty, Daypass uses a free port.`,
    advanced: true,
  };
}

export const redirectHost: ChoiceSpec = {
  type: 'choice',
  label: 'Redirect host',
  help: 'As registered at the provider. Daypass listens on this machine only, whichever it is.',
  options: [
    { value: '', label: '127.0.0.1' },
    { value: 'localhost', label: 'localhost' },
  ],
  advanced: true,
};

export const authorizationParameters: MapSpec = {
  type: 'map',
  label: 'Authorization parameters',
  help: 'More parameters for the sign-in page, such as domain_hint or acr_values.',
  keyLabel: 'Parameter',
  valueLabel: 'Value',
  keyPlaceholder: 'prompt',
  valuePlaceholder: 'select_account',
  advanced: true,
};

export const redirectPath: TextSpec = {
  type: 'text',
  label: 'Redirect path',
  help: 'One of its own, as registered at the provider, protects you if you also use another provider.',
  placeholder: '/callback',
  advanced: true,
};

export const caFile: TextSpec = {
  type: 'text',
  label: 'CA file',
  help: 'A PEM file with extra certificates to trust, for a server inside your company.',
  placeholder: '/etc/ssl/company-ca.pem',
  advanced: true,
};

export const defaultRegion: TextSpec = {
  type: 'text',
  label: 'Default region',
  help: 'Written to the profiles of its roles, so that your tools know where to work. A role can have another.',
  placeholder: 'eu-central-1',
  suggestions: COMMON_REGIONS,
};
