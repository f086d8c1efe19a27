/** Settings that several kinds have. Each kind names its own. */
import { COMMON_REGIONS } from '../regions';
import type { ChoiceSpec, MapSpec, SecretSpec, TextSpec } from './kind';
import { shared as words } from '../../words/kinds/shared';

/** The client ID of OAuth 2.0, which OpenID Connect uses too. */
export const clientId: TextSpec = {
  type: 'text',
  ...words.clientId,
};

export const clientSecret: SecretSpec = {
  name: 'client_secret',
  ...words.clientSecret,
  optional: true,
};

/** `when`: when one is needed. */
export function redirectPort(when: string): TextSpec {
  return {
    type: 'number',
    ...words.redirectPort(when),
    advanced: true,
  };
}

export const redirectHost: ChoiceSpec = {
  type: 'choice',
  ...words.redirectHost,
  options: [
    { value: '', label: '127.0.0.1' },
    { value: 'localhost', label: 'localhost' },
  ],
  advanced: true,
};

export const authorizationParameters: MapSpec = {
  type: 'map',
  ...words.authorizationParameters,
  keyPlaceholder: 'prompt',
  valuePlaceholder: 'select_account',
  advanced: true,
};

export const redirectPath: TextSpec = {
  type: 'text',
  ...words.redirectPath,
  placeholder: '/callback',
  advanced: true,
};

export const caFile: TextSpec = {
  type: 'text',
  ...words.caFile,
  placeholder: '/etc/ssl/company-ca.pem',
  advanced: true,
};

export const defaultRegion: TextSpec = {
  type: 'text',
  ...words.defaultRegion,
  placeholder: 'eu-central-1',
  suggestions: COMMON_REGIONS,
};
