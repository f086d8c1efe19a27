/**
 * The form of what is typed outside of identities and roles, said before it is sent: secrets go straight to where they
 * are used, so these are not checked by a call. `cases/forms.json` has the examples; the broker runs the same ones.
 */
import { typed as words } from '../words/typed';

export type Mistake = string | null;

/** A code of an MFA device. */
export function mfaCode(text: string): Mistake {
  return /^\d{6}$/.test(text) ? null : words.mfaCode;
}

/** The ID of an IAM user's own access key. */
export function userKeyId(text: string): Mistake {
  if (text.startsWith('ASIA')) return words.temporaryKey;
  return isKeyId(text) ? null : words.keyId;
}

/** The ID of any access key: a user's own or a session's. */
export function keyId(text: string): Mistake {
  if (text === '') return words.noKeyId;
  return isKeyId(text) ? null : words.keyId;
}

const isKeyId = (text: string) => /^\w{16,128}$/.test(text);

/**
 * The secret of the one access key in a text, such as the file that the IAM console offers for download. It is 40 letters,
 * digits, `+` and `/`. Null: there is none, or more than one.
 */
export function secretOfKey(text: string): string | null {
  const parts = text.match(/(?<![\w/+=])[\w/+]{40}(?![\w/+=])/g) ?? [];
  const [secret, another] = new Set(parts.filter((part) => /[a-z]/.test(part) && /[A-Z]/.test(part) && /\d/.test(part)));
  return another === undefined ? (secret ?? null) : null;
}
