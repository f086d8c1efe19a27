/**
 * The form of what is typed outside of identities and roles, said before it is sent: secrets go straight to where they
 * are used, so these are not checked by a call. `cases/forms.json` has the examples; the broker runs the same ones.
 */
export type Mistake = string | null;

/** A code of an MFA device. */
export function mfaCode(text: string): Mistake {
  return /^\d{6}$/.test(text) ? null : 'Enter the 6 digits of the code.';
}

/** The ID of an IAM user's own access key. */
export function userKeyId(text: string): Mistake {
  if (text.startsWith('ASIA')) return 'This is a temporary key. Use the user’s own key, which begins with AKIA.';
  return isKeyId(text) ? null : 'An access key ID has 16 to 128 letters and digits, such as AKIAIOSFODNN7EXAMPLE.';
}

/** The ID of any access key: a user's own or a session's. */
export function keyId(text: string): Mistake {
  if (text === '') return 'Paste an access key ID. It begins with AKIA or ASIA.';
  return isKeyId(text) ? null : 'An access key ID has 16 to 128 letters and digits, such as AKIAIOSFODNN7EXAMPLE.';
}

const isKeyId = (text: string) => /^\w{16,128}$/.test(text);
