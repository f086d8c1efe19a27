/**
 * One table from a problem's code to its severity, its title, and what the person can do about it here. The `Problem`
 * has its own message and hint, and its kind decides what the table leaves open.
 */
import type { Problem } from '../bindings/Problem';
import type { ProblemKind } from '../bindings/ProblemKind';
import type { ProblemCode } from './problem-code';

/** `wait`: Daypass tries again. `attention`: the person has to do something. `error`: something does not work. */
export type Severity = 'wait' | 'attention' | 'error';

/** What a button beside the problem does. */
export type Remedy = 'sign-in' | 'edit-identity' | 'open-config' | 'try-again';

export interface Words {
  severity: Severity;
  title: string;
  remedy: Remedy | null;
}

const BY_KIND: Record<ProblemKind, Words> = {
  passing: { severity: 'wait', title: 'Temporary problem', remedy: 'try-again' },
  'needs-sign-in': { severity: 'attention', title: 'Sign in again', remedy: 'sign-in' },
  'not-found': { severity: 'error', title: 'Not found', remedy: null },
  refused: { severity: 'error', title: 'Refused', remedy: null },
  invalid: { severity: 'error', title: 'Something needs correcting', remedy: null },
  cancelled: { severity: 'wait', title: 'Cancelled', remedy: null },
  failed: { severity: 'error', title: 'That didn’t work', remedy: 'try-again' },
};

/** For a parameter outside of what AWS allows. */
const LIMIT: Partial<Words> = { title: 'AWS doesn’t allow that' };

/** An empty entry leaves all words to the problem's kind. */
const BY_CODE: Record<ProblemCode, Partial<Words>> = {
  'config-mistake': { title: 'config.toml has a mistake', severity: 'error', remedy: 'open-config' },
  'config-unreadable': { title: 'config.toml can’t be read', severity: 'error', remedy: 'try-again' },
  'foreign-profile': { title: 'Daypass didn’t write this profile', severity: 'attention', remedy: null },

  'keyring-locked': { title: 'Your keyring is locked', severity: 'attention', remedy: 'try-again' },
  'keyring-absent': { title: 'No keyring was found', severity: 'error', remedy: 'try-again' },
  'keyring-unanswered': { title: 'Your keyring didn’t answer', severity: 'attention', remedy: 'try-again' },
  'keyring-failed': { title: 'Your keyring reported an error', severity: 'error', remedy: 'try-again' },
  'passphrase-needed': { title: 'The vault needs its passphrase', severity: 'attention', remedy: 'try-again' },
  'passphrase-wrong': { title: 'That passphrase doesn’t open the vault', severity: 'error', remedy: 'try-again' },
  'vault-wrong-key': { title: 'The vault is locked with another key', severity: 'error', remedy: 'try-again' },
  'vault-damaged': { title: 'The vault is damaged', severity: 'error', remedy: null },
  'vault-newer': { title: 'The vault is from a newer Daypass', severity: 'error', remedy: null },
  'vault-unreadable': { title: 'The vault can’t be read', severity: 'error', remedy: 'try-again' },
  'vault-unwritable': { title: 'The vault can’t be written', severity: 'error', remedy: 'try-again' },

  'no-browser': { title: 'No browser could be opened', severity: 'attention', remedy: null },
  clipboard: { title: 'The clipboard can’t be used', severity: 'error', remedy: 'try-again' },
  'sts-unreachable': { title: 'AWS can’t be reached' },
  'console-not-for-root': { title: 'The console doesn’t accept root sessions', severity: 'attention' },
  'console-not-for-users': { title: 'The console doesn’t accept IAM user sessions', severity: 'attention' },
  'console-unreachable': { title: 'The AWS sign-in page can’t be reached' },
  'sts-certificate-untrusted': { title: 'The connection to AWS isn’t trusted', remedy: null },
  'console-certificate-untrusted': { title: 'The connection to AWS isn’t trusted', remedy: null },
  'signed-out': { title: 'Sign in first' },

  'term-not-possible': { title: 'One of the terms isn’t supported here', remedy: null },
  'target-not-possible': { title: 'This identity can’t reach that role', remedy: null },
  'nothing-typed': { title: 'Something is missing' },

  'sts-mfa-code-wrong': { title: 'AWS refused the MFA code', severity: 'attention' },
  'mfa-code-used': { title: 'That code has already been used', severity: 'attention' },
  'bad-mfa-code': { title: 'The code has 6 digits', severity: 'attention' },
  'iam-user-no-key': { title: 'The access key is missing', severity: 'attention', remedy: 'edit-identity' },
  'iam-user-key-unknown': { title: 'AWS doesn’t know this access key', remedy: 'edit-identity' },
  'iam-user-wrong-secret': { title: 'The secret doesn’t match the access key', remedy: 'edit-identity' },
  'iam-user-totp-wrong': { title: 'The MFA secret doesn’t match your device', remedy: 'edit-identity' },
  'iam-user-no-totp': { title: 'No MFA secret in the vault', remedy: 'edit-identity' },
  'iam-user-two-keys': { title: 'The user already has two access keys', remedy: null },
  'rotation-ended': { title: 'The rotation isn’t finished', severity: 'attention', remedy: 'try-again' },

  'directory-wrong-password': { title: 'Wrong user name or password', severity: 'attention', remedy: null },
  'directory-empty-password': { title: 'The password is missing', severity: 'attention', remedy: null },
  'directory-account-locked': { title: 'The account is locked', remedy: null },
  'directory-account-disabled': { title: 'The account is disabled', remedy: null },
  'directory-account-expired': { title: 'The account has expired', remedy: null },
  'directory-password-expired': { title: 'The password has expired', severity: 'attention', remedy: null },
  'directory-password-must-change': { title: 'You must change your password', severity: 'attention', remedy: null },
  'directory-unreachable': { title: 'The directory can’t be reached' },
  'directory-not-ldap': { title: 'That server isn’t a directory', remedy: 'edit-identity' },
  'directory-certificate-untrusted': { title: 'The directory isn’t trusted', remedy: 'edit-identity' },
  'directory-no-start-tls': { title: 'The directory doesn’t offer StartTLS', remedy: 'edit-identity' },
  'directory-no-entry': { title: 'The search didn’t find you', remedy: 'edit-identity' },
  'directory-no-broker-key': { title: 'The broker’s key is missing', severity: 'attention', remedy: 'edit-identity' },
  'directory-no-bind-password': { title: 'A password is missing', severity: 'attention', remedy: 'edit-identity' },
  'directory-not-your-role': { title: 'None of your groups gives you this role', remedy: null },

  'saml-no-window': { title: 'This sign-in needs the desktop app', remedy: null },
  'saml-no-roles': { title: 'The sign-in listed no roles', remedy: null },
  'saml-expired': { title: 'The sign-in took too long', severity: 'attention', remedy: 'sign-in' },
  'saml-not-for-aws': { title: 'That sign-in isn’t for AWS', remedy: 'edit-identity' },
  'saml-encrypted': { title: 'The sign-in is encrypted for AWS', remedy: null },
  'saml-declined': { title: 'The identity provider declined', remedy: 'sign-in' },
  'saml-role-not-listed': { title: 'The sign-in doesn’t list this role', remedy: 'sign-in' },
  'sign-in-unreachable': { title: 'The sign-in page can’t be reached' },
  'sign-in-not-trusted': { title: 'The sign-in page isn’t trusted', remedy: null },
  'sign-in-crashed': { title: 'The sign-in page crashed', remedy: 'try-again' },

  'identity-center-unreachable': { title: 'Identity Center can’t be reached' },
  'identity-center-busy': { title: 'Identity Center is busy', severity: 'wait', remedy: 'try-again' },
  'identity-center-not-there': { title: 'No such portal in that region', remedy: 'edit-identity' },
  'identity-center-sign-in-over': { title: 'Sign in again', remedy: 'sign-in' },
  'identity-center-no-access': { title: 'Identity Center doesn’t give you this role', remedy: null },
  'identity-center-device-denied': { title: 'The code was refused', severity: 'attention', remedy: 'try-again' },
  'identity-center-device-expired': { title: 'The code expired', severity: 'attention', remedy: 'try-again' },

  'cognito-not-authorized': { title: 'The identity pool refused', remedy: null },
  'cognito-no-oidc': { title: 'The identity that signs in is missing', remedy: 'edit-identity' },
  'cognito-resource-not-found': { title: 'No such identity pool', remedy: 'edit-identity' },
  'cognito-limit-exceeded': { title: 'The identity pool is busy', severity: 'wait', remedy: 'try-again' },

  'file-locked': { title: 'A file is in use', severity: 'wait', remedy: 'try-again' },
  'file-contended': { title: 'Another program kept changing a file', severity: 'wait', remedy: 'try-again' },
  'file-not-writable': { title: 'A file can’t be written', severity: 'error', remedy: 'try-again' },
  'file-not-readable': { title: 'A file can’t be read', severity: 'error', remedy: 'try-again' },
  'disk-full': { title: 'The disk is full', severity: 'error', remedy: 'try-again' },

  'limit-duration': LIMIT,
  'limit-session-name': LIMIT,
  'limit-policy': LIMIT,
  'limit-policy-arns': LIMIT,
  'limit-tags': LIMIT,
  'limit-transitive-tag-keys': LIMIT,
  'limit-source-identity': LIMIT,
  'limit-external-id': LIMIT,
  'limit-provided-contexts': LIMIT,
  'limit-minimum-session-token-size': LIMIT,
  'limit-task-policy': LIMIT,
  'limit-federated-user-name': LIMIT,
  'limit-mfa-serial': LIMIT,
  'limit-mfa-code': LIMIT,
  'limit-saml-assertion': LIMIT,
  'limit-web-identity-token': LIMIT,
  'limit-encoded-message': LIMIT,
  'limit-access-key-id': LIMIT,

  'window-failed': {},
};

export function wordsFor({ code, kind }: Problem): Words {
  return { ...BY_KIND[kind], ...(isKnown(code) ? BY_CODE[code] : {}) };
}

function isKnown(code: string): code is ProblemCode {
  return Object.hasOwn(BY_CODE, code);
}

/** Whether two places show the same problem. */
export function isSame(one: Problem | null | undefined, other: Problem | null | undefined): boolean {
  return one?.code === other?.code && one?.requestId === other?.requestId;
}

/** A message or hint for the window: a sentence starts with a capital, and text in backticks is code. */
export function pieces(text: string): { text: string; code: boolean }[] {
  const parts = text.split('`');
  // A path, an address, a file name or code keeps its first letter.
  if (/^[a-z]+[ ,;]/.test(text) && !text.startsWith('daypass ')) {
    parts[0] = text.charAt(0).toUpperCase() + (parts[0] as string).slice(1);
  }
  // A backtick without a partner is part of the text.
  if (parts.length % 2 === 0) return [{ text: parts.join('`'), code: false }];
  return parts.map((part, i) => ({ text: part, code: i % 2 === 1 })).filter((part) => part.text !== '');
}

export const REMEDY_LABELS: Record<Remedy, string> = {
  'sign-in': 'Sign in',
  'edit-identity': 'Edit identity',
  'open-config': 'Open config file',
  'try-again': 'Try again',
};

/** Anything thrown, as a problem. Commands reject with one; a broken bridge rejects with a text. */
export function asProblem(thrown: unknown): Problem {
  if (typeof thrown === 'object' && thrown !== null && 'code' in thrown && 'kind' in thrown && 'message' in thrown) {
    return thrown as Problem;
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return {
    code: 'window-failed',
    message: `The window couldn’t do that: ${message}`,
    hint: 'Try again. If that doesn’t help, restart Daypass.',
    kind: 'failed',
    requestId: null,
  };
}
