import type { IdentityCenterSettings } from '../../bindings/IdentityCenterSettings';
import { COMMON_REGIONS } from '../regions';
import type { KindOf } from './kind';
import { defaultRegion, redirectPort } from './shared';

export const identityCenter: KindOf<IdentityCenterSettings> = {
  word: 'identity-center',
  title: 'IAM Identity Center',
  about: 'Your AWS access portal (formerly AWS SSO), with all your accounts and roles',
  icon: 'centre',
  intro: 'You sign in to your AWS access portal in the browser. All your accounts and roles then appear here.',
  example: 'acme',
  fields: {
    start_url: {
      type: 'text',
      label: 'Start URL',
      help: 'Your AWS administrator gives you this address. The directory’s ID, such as d-1234567890, works too.',
      placeholder: 'https://acme.awsapps.com/start',
      required: 'Enter the address of your AWS access portal, such as https://acme.awsapps.com/start',
    },
    region: {
      type: 'text',
      label: 'Region of Identity Center',
      help: 'The portal shows it under “Access keys” as SSO region.',
      placeholder: 'eu-central-1',
      required: 'Enter the region of Identity Center, such as eu-central-1',
      suggestions: COMMON_REGIONS,
    },
    second_start_url: {
      type: 'text',
      label: 'Second start URL',
      help: 'The portal in an additional region of Identity Center. You sign in there while the first can’t be reached.',
      placeholder: 'https://ssoins-1234567890abcdef.portal.eu-west-1.app.aws',
      advanced: true,
    },
    second_region: {
      type: 'text',
      label: 'Second region',
      help: 'The additional region.',
      placeholder: 'eu-west-1',
      suggestions: COMMON_REGIONS,
      advanced: true,
    },
    scopes: {
      type: 'words',
      label: 'More scopes',
      help: 'In addition to sso:account:access. Separate them with spaces.',
      implied: 'sso:account:access',
      advanced: true,
    },
    redirect_port: redirectPort('Only if a firewall needs it.'),
    default_region: defaultRegion,
  },
  secrets: [],
  namesRoles: () => true,
};
