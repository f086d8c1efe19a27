/** What is wrong with what was typed. */
export const typed = {
  mfaCode: 'Enter the 6 digits of the code.',
  temporaryKey: 'This is a temporary key. Use the user’s own key, which begins with AKIA.',
  keyId: 'An access key ID has 16 to 128 letters and digits, such as AKIAIOSFODNN7EXAMPLE.',
  noKeyId: 'Paste an access key ID. It begins with AKIA or ASIA.',
  both: (key: string, value: string) => `Fill in both: ${key.toLowerCase()} and ${value.toLowerCase()}.`,
  twice: (key: string) => `“${key}” appears twice.`,
};
