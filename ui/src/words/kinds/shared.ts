/** Settings that several kinds of identity have. */
export const shared = {
  clientId: {
    label: 'Client ID',
    help: 'From the application registered for Daypass at the provider. It isn’t a secret.',
    required: 'Enter the client ID of the application registered at your provider.',
  },
  clientSecret: {
    label: 'Client secret',
    help: 'Only if the client was registered with one. It stays in the vault.',
  },
  redirectPort: (when: string) => ({
    label: 'Fixed redirect port',
    help: `${when} If empty, Daypass uses a free port.`,
  }),
  portIfExact: 'If your provider needs an exact redirect URI.',
  portOnlyIfExact: 'Only if your provider needs an exact redirect URI.',
  portIfFirewall: 'Only if a firewall needs it.',
  redirectHost: {
    label: 'Redirect host',
    help: 'As registered at the provider. Either way, Daypass listens on this machine only.',
  },
  authorizationParameters: {
    label: 'Authorization parameters',
    help: 'More parameters for the sign-in page, such as domain_hint or acr_values.',
    keyLabel: 'Parameter',
    valueLabel: 'Value',
  },
  redirectPath: {
    label: 'Redirect path',
    help: 'As registered at the provider. If you use several providers, a separate path for each protects you.',
  },
  caFile: {
    label: 'CA file',
    help: 'A PEM file with extra certificates to trust, for a server inside your company.',
  },
  defaultRegion: {
    label: 'Default region',
    help: 'Written to its roles’ profiles, so your tools know which region to use. A role can set another.',
  },
  inVault: 'It stays in the vault.',
};
