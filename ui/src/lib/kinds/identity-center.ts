import type { IdentityCenterSettings } from '../../bindings/IdentityCenterSettings';
import { COMMON_REGIONS } from '../regions';
import * as validate from '../validate';
import type { KindOf } from './kind';
import { redirectPort } from './shared';

export const identityCenter: KindOf<IdentityCenterSettings> = {
  word: 'identity-center',
  title: 'IAM Identity Center',
  about: 'Your AWS access portal, once AWS SSO: all your accounts and roles at once',
  icon: 'centre',
  intro: 'You sign in at your AWS access portal in the browser. All accounts and roles that you may use then appear.',
  example: 'acme',
  fields: {
    start_url: {
      type: 'text',
      label: 'Start URL',
      help: 'Of your AWS access portal, in any of its forms; or the directory’s ID, d-1234567890.',
      placeholder: 'https://acme.awsapps.com/start',
      required: 'Enter the address of your AWS access portal, such as https://acme.awsapps.com/start',
      check: validate.startUrl,
    },
    region: {
      type: 'text',
      label: 'Region of Identity Center',
      help: 'Where Identity Center was set up. The portal shows it under “Access keys”, as SSO region.',
      placeholder: 'eu-central-1',
      required: 'Enter the region that Identity Center is in, such as eu-central-1',
      check: validate.region,
      suggestions: COMMON_REGIONS,
    },
    scopes: {
      type: 'words',
      label: 'More scopes',
      help: 'Beside sso:account:access, separated by blanks.',
      implied: 'sso:account:access',
      check: validate.scope,
      advanced: true,
    },
    redirect_port: redirectPort('Only where a firewall wants to know it.'),
  },
  secrets: [],
  namesRoles: () => true,
};
