/** At the start, config.toml can't be read. */
export const configMistake = {
  title: 'Fix your config file to continue',
  /** The file stands between the two. */
  about: [
    'Your identities and roles are in',
    ', which Daypass can’t use as it is. Nothing was changed in it. As soon as you save it without the mistake, Daypass continues by itself.',
  ] as const,
  file: 'config.toml',
  open: 'Open config file',
};
