import type { IdentityCenterSettings } from '../../bindings/IdentityCenterSettings';
import { COMMON_REGIONS } from '../regions';
import type { KindOf } from './kind';
import { defaultRegion, redirectPort } from './shared';
import { identityCenter as words } from '../../words/kinds/identity-center';
import { shared } from '../../words/kinds/shared';

export const identityCenter: KindOf<IdentityCenterSettings> = {
  word: 'identity-center',
  title: words.title,
  about: words.about,
  icon: 'centre',
  intro: words.intro,
  example: 'acme',
  fields: {
    start_url: {
      type: 'text',
      ...words.fields.start_url,
      placeholder: 'https://acme.awsapps.com/start',
    },
    region: {
      type: 'text',
      ...words.fields.region,
      placeholder: 'eu-central-1',
      suggestions: COMMON_REGIONS,
    },
    second_start_url: {
      type: 'text',
      ...words.fields.second_start_url,
      placeholder: 'https://ssoins-1234567890abcdef.portal.eu-west-1.app.aws',
      advanced: true,
    },
    second_region: {
      type: 'text',
      ...words.fields.second_region,
      placeholder: 'eu-west-1',
      suggestions: COMMON_REGIONS,
      advanced: true,
    },
    scopes: {
      type: 'words',
      ...words.fields.scopes,
      implied: 'sso:account:access',
      advanced: true,
    },
    redirect_port: redirectPort(shared.portIfFirewall),
    default_region: defaultRegion,
  },
  secrets: [],
  namesRoles: () => true,
};
