/** IAM Identity Center: its line in the picker, and its form. */
export const identityCenter = {
  title: 'IAM Identity Center',
  about: 'Your AWS access portal (formerly AWS SSO), with all your accounts and roles',
  intro: 'You sign in to your AWS access portal in the browser. All your accounts and roles then appear here.',
  fields: {
    start_url: {
      label: 'Start URL',
      help: 'Your AWS administrator gives you this address. The directory’s ID, such as d-1234567890, works too.',
      required: 'Enter the address of your AWS access portal, such as https://acme.awsapps.com/start',
    },
    region: {
      label: 'Region of Identity Center',
      help: 'The portal shows it under “Access keys” as SSO region.',
      required: 'Enter the region of Identity Center, such as eu-central-1',
    },
    second_start_url: {
      label: 'Second start URL',
      help: 'The portal in an additional region of Identity Center. You sign in there while the first can’t be reached.',
    },
    second_region: {
      label: 'Second region',
      help: 'The additional region.',
    },
    scopes: {
      label: 'More scopes',
      help: 'In addition to sso:account:access. Separate them with spaces.',
    },
  },
};
