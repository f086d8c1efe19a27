/**
 * One table from a problem's code to its severity, its title, and what the person can do about it here. The `Problem`
 * has its own message and hint, and its kind decides what the table leaves open.
 */
import type { Problem } from '../bindings/Problem';
import type { ProblemKind } from '../bindings/ProblemKind';
import type { AwsProblem } from '../bindings/AwsProblem';
import type { AwsService } from '../bindings/AwsService';
import type { ProblemCode } from '../bindings/ProblemCode';

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
const BY_CODE: Record<OwnCode, Partial<Words>> = {
  'config-mistake': { title: 'config.toml has a mistake', severity: 'error', remedy: 'open-config' },
  'config-open-to-others': { title: 'Anyone here can change config.toml', severity: 'error', remedy: 'open-config' },
  'config-unreadable': { title: 'config.toml can’t be read', severity: 'error', remedy: 'try-again' },
  'credentials-file-open-to-others': { title: 'Others can read your credentials file', severity: 'attention', remedy: 'try-again' },
  'aws-file-faulty': { title: 'The AWS CLI can’t read an AWS file', severity: 'attention', remedy: 'try-again' },
  'profile-shadowed': { title: 'Tools would use another setting', severity: 'attention', remedy: null },
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
  'console-not-for-root': { title: 'The console doesn’t accept root sessions', severity: 'attention' },
  'console-not-for-users': { title: 'The console doesn’t accept IAM user sessions', severity: 'attention' },
  'console-unreachable': { title: 'The AWS sign-in page can’t be reached' },
  'console-other-principal': { title: 'You’re signed in to the console as someone else', severity: 'attention', remedy: 'sign-in' },
  'console-code-wanted': { title: 'The sign-in waits for a code', severity: 'attention', remedy: 'sign-in' },
  'console-sign-in-over': { title: 'Sign in again', remedy: 'sign-in' },
  'console-sign-in-not-allowed': { title: 'No policy allows this sign-in', severity: 'attention', remedy: null },
  'console-sign-in-refused': { title: 'The console refused the sign-in', remedy: 'sign-in' },
  'console-certificate-untrusted': { title: 'The connection to AWS isn’t trusted', remedy: null },
  'signed-out': { title: 'Sign in first' },

  'term-not-possible': { title: 'One of the terms isn’t supported here', remedy: null },
  'target-not-possible': { title: 'This identity can’t reach that role', remedy: null },
  'nothing-typed': { title: 'Something is missing' },

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
  'directory-no-base': { title: 'The search base doesn’t exist', remedy: 'edit-identity' },
  'directory-no-role': { title: 'None of your groups gives you a role', severity: 'attention', remedy: null },
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
  'identity-center-unsafe-address': { title: 'The portal sent an unsafe address', remedy: null },
  'identity-center-device-expired': { title: 'The code expired', severity: 'attention', remedy: 'try-again' },

  'cognito-no-oidc': { title: 'The identity that signs in is missing', remedy: 'edit-identity' },

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

  'agent-cannot': {},
  'agent-gone': {},
  'agent-refused': {},
  'agent-running': {},
  'agent-silent': {},
  'agent-socket': {},
  'agent-version': {},
  'no-agent': {},
  'no-home': {},
  'no-json': {},
  'no-runtime': {},
  'no-signals': {},
  'not-confirmed': {},
  interrupted: {},
  doctor: {},
  sandbox: {},
  'sandbox-home': {},
  'sandbox-program': {},
  'bad-usage': {},
  'bad-trust': {},
  'bad-ca-file': {},
  'policy-unreadable': {},
  'tag-twice': {},
  'unknown-kind': {},
  'unknown-identity': {},
  'unknown-role': {},
  'secret-for-another-destination': {
    title: 'A secret was given for another server',
    severity: 'attention',
    remedy: 'edit-identity',
  },
  'unknown-secret': {},
  'unknown-setting': {},
  'unknown-session': {},
  'which-identity': {},
  'which-session': {},
  'trial-ended': {},
  'config-not-written': {},
  'config-unchanged': {},
  'state-not-writable': {},
  'turn-busy': {},
  'audit-broken': {},
  'audit-unreadable': {},
  'file-error': {},
  'not-a-file': {},
  'not-one-line': {},
  'bad-key': {},
  'bad-profile-name': {},
  'bad-value': {},
  'no-entries': {},
  'key-file-open-to-others': {},
  'passphrase-declined': {},
  'passphrase-empty': {},
  'vault-key-invalid': {},
  'vault-seal-failed': {},
  'bad-access-key': {},
  'bad-account-id': {},
  'bad-arn': {},
  'bad-authorization-endpoint': {},
  'bad-authorization-parameters': {},
  'bad-bind-dn': {},
  'bad-bind-user': {},
  'bad-binding': {},
  'bad-client-id': {},
  'bad-console-service': {},
  'bad-duration': {},
  'bad-endpoint': {},
  'bad-federate': {},
  'bad-federated-user-name': {},
  'bad-filter': {},
  'bad-force-sign-in': {},
  'bad-group-base': {},
  'bad-group-filter': {},
  'bad-hours': {},
  'bad-identity-name': {},
  'bad-issuer': {},
  'bad-login': {},
  'bad-mfa-serial': {},
  'bad-partition': {},
  'bad-pool-id': {},
  'bad-provider-id': {},
  'bad-redirect-path': {},
  'bad-redirect-port': {},
  'bad-region': {},
  'bad-role': {},
  'bad-role-arn': {},
  'bad-role-path': {},
  'bad-role-pattern': {},
  'bad-role-session-name': {},
  'bad-roles-claim': {},
  'bad-saml-provider-arn': {},
  'bad-scopes': {},
  'bad-search-base': {},
  'bad-search-filter': {},
  'bad-session-name': {},
  'bad-sso-url': {},
  'bad-start-url': {},
  'bad-tags': {},
  'bad-token-endpoint': {},
  'bad-totp-secret': {},
  'bad-url': {},
  'bad-userinfo-endpoint': {},
  'ambiguous-role': {},
  'role-discovered': {},
  'role-exists': {},
  'identity-exists': {},
  'identity-in-use': {},
  'listing-stopped': {},
  'credentials-over': { title: 'The credentials came too late' },
  'renewal-left': {},
  'renewal-broke-off': {},
  'session-not-kept': {},
  'session-stopped': {},
  'user-keys-needed': {},
  'ca-file-bad': {},
  'ca-file-empty': {},
  'ca-file-unreadable': {},
  'https-setup': {},
  'browser-did-not-come': {},
  'no-editor': {},
  'no-loopback': {},
  'no-loopback-port': {},
  'not-a-web-address': {},
  'not-there': {},
  'port-in-use': {},
  'no-sign-in': {},
  'nothing-to-refresh': {},
  'proof-not-kept': {},
  'refresh-ended': {},
  'registration-not-kept': {},
  'catalog-not-kept': {},
  'discovery-ended': {},
  'sign-in-cancelled': {},
  'sign-in-cookies': {},
  'sign-in-needs-person': {},
  'sign-in-over': {},
  'sign-in-page-unreachable': {},
  'sign-in-slow': {},
  'sign-in-timed-out': {},
  'sign-in-window': {},
  'assertion-not-caught': {},
  'assertion-unreadable': {},
  'oidc-another-person': {},
  'oidc-answer-from-other': {},
  'oidc-certificate-untrusted': {},
  'oidc-consent-refused': {},
  'oidc-issuer-mismatch': {},
  'oidc-key-not-listed': {},
  'oidc-no-id-token': {},
  'oidc-no-id-token-on-refresh': {},
  'oidc-no-pkce': {},
  'oidc-no-refresh-token': { title: 'This sign-in won’t renew by itself', severity: 'attention', remedy: 'edit-identity' },
  'oidc-no-roles': { title: 'The roles claim lists no role', severity: 'attention', remedy: 'edit-identity' },
  'oidc-no-tls': {},
  'oidc-not-a-provider': {},
  'oidc-out-of-order': {},
  'oidc-sign-in-failed': {},
  'oidc-sign-in-spent': {},
  'oidc-token-invalid': {},
  'oidc-token-refused': {},
  'oidc-token-wrong-time': {},
  'oidc-unreachable': {},
  'oidc-unreadable-answer': {},
  'oidc-wrong-nonce': {},
  'oauth-answer-from-other': {},
  'oauth-certificate-untrusted': {},
  'oauth-consent-refused': {},
  'oauth-out-of-order': {},
  'oauth-sign-in-failed': {},
  'oauth-sign-in-spent': {},
  'oauth-token-refused': {},
  'oauth-unreachable': {},
  'oauth-unreadable-answer': {},
  'saml-another-person': {},
  'saml-another-request': {},
  'saml-assertion-spent': {},
  'saml-bad-roles': {},
  'saml-bad-time': {},
  'saml-dtd': {},
  'saml-empty': {},
  'saml-no-assertion': {},
  'saml-no-page': {},
  'saml-not-a-response': {},
  'saml-not-a-role': {},
  'saml-not-yet-valid': {},
  'saml-out-of-order': {},
  'saml-several-assertions': {},
  'saml-skipped': { title: 'Part of the sign-in can’t be used', severity: 'attention', remedy: null },
  'saml-too-long': {},
  'saml-unreachable': {},
  'saml-unreadable': {},
  'identity-center-access-denied': {},
  'identity-center-certificate-untrusted': {},
  'identity-center-consent-refused': {},
  'identity-center-grant-refused': {},
  'identity-center-incomplete-answer': {},
  'identity-center-not-a-permission-set': {},
  'identity-center-refused': {},
  'identity-center-request': {},
  'identity-center-scope-refused': {},
  'identity-center-settings-refused': {},
  'identity-center-sign-in-failed': {},
  'identity-center-token-refused': {},
  'iam-user-key-not-listed': {},
  'iam-user-not-a-role': {},
  'iam-user-not-a-user': {},
  'iam-user-other-user': {},
  'not-an-iam-user': {},
  'profile-empty': {},
  'profile-expired': {},
  'profile-file-unreadable': {},
  'profile-is-daypass': {},
  'profile-keys-refused': {},
  'profile-loop': {},
  'profile-no-aws-cli': {},
  'profile-no-program': {},
  'profile-not-a-role': {},
  'profile-not-found': {},
  'profile-old-aws-cli': {},
  'profile-program-failed': {},
  'profile-program-slow': {},
  'profile-program-unreadable': {},
  'directory-bad-tag': {},
  'directory-bad-user-name': {},
  'directory-entry-hidden': {},
  'directory-fixed-policies': {},
  'directory-not-at-this-hour': {},
  'directory-not-from-here': {},
  'directory-referral': {},
  'directory-refused': {},
  'directory-service-refused': {},
  'directory-several-entries': {},
  'directory-too-many-groups': {},
  'cognito-not-the-pool': {},
  'console-other-partition': {},
  'console-out-of-order': {},
  'console-refused': {},
  'console-unreadable-answer': {},
  'no-console': {},
  'sts-no-endpoint': {},
};

/** The codes of AWS's services: `sts-access-denied`. */
type AwsCode = `${AwsService}-${AwsProblem}` | `${AwsService}-not-${AwsService}`;
type OwnCode = Exclude<ProblemCode, AwsCode>;

/** What an AWS service refuses with says enough with its kind and message, except for these. */
const OF_AWS: Partial<Record<AwsCode, Partial<Words>>> = {
  'sts-unreachable': { title: 'AWS can’t be reached' },
  'sts-certificate-untrusted': { title: 'The connection to AWS isn’t trusted', remedy: null },
  'sts-mfa-code-wrong': { title: 'AWS refused the MFA code', severity: 'attention' },
  'cognito-not-authorized': { title: 'The identity pool refused', remedy: null },
  'cognito-resource-not-found': { title: 'No such identity pool', remedy: 'edit-identity' },
  'cognito-limit-exceeded': { title: 'The identity pool is busy', severity: 'wait', remedy: 'try-again' },
};

export function wordsFor({ code, kind }: Problem): Words {
  return { ...BY_KIND[kind], ...(isOwn(code) ? BY_CODE[code] : OF_AWS[code]) };
}

function isOwn(code: ProblemCode): code is OwnCode {
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
