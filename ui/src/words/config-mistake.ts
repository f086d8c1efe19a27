/** At the start, config.toml can't be read. */
export const configMistake = {
  title: 'Fix your config file to continue',
  /** The file stands between the two. */
  about: [
    'Your identities and roles are in',
    ', which has a mistake. Daypass hasn’t changed the file. Fix the mistake and save it, and Daypass continues.',
  ] as const,
  file: 'config.toml',
  open: 'Open config file',
};
