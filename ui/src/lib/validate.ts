/**
 * What the fields of the forms accept, said while a person types. The rules are those of `crates/broker/src/names.rs`,
 * which checks again: here they only explain sooner. Each returns what is wrong and what to do, or null.
 */
import type { TargetKind } from '../bindings/TargetKind';

export type Complaint = string | null;

export function identityName(text: string, taken: readonly string[] = []): Complaint {
  if (text === '') return 'Give it a name, such as your company’s: acme';
  if (!/^[A-Za-z0-9]/.test(text)) return 'Begin with a letter or a digit.';
  const wrong = /[^A-Za-z0-9._-]/.exec(text);
  if (wrong) return `Use letters, digits, “-”, “_” and “.” only: ${named(wrong[0])} can’t be used.`;
  if (text.length > 64) return `Use at most 64 characters; these are ${text.length}.`;
  if (taken.includes(text)) return `There is an identity named ${text} already. Choose another name.`;
  return null;
}

export function issuerUrl(text: string): Complaint {
  if (text === '') return 'Enter the issuer URL that your provider documents, such as https://login.example.com';
  const url = parseUrl(text);
  if (!url) return 'That isn’t a URL. It begins with https:// and holds no blanks.';
  if (!isSafe(url)) {
    return 'The issuer must be reached over https. Only a provider on this machine may use http.';
  }
  if (url.username || url.password) return 'Leave user name and password out of the URL.';
  if (url.search || url.hash) return 'Leave out everything from “?” or “#” on.';
  if (text.includes('/.well-known/')) return 'Leave out /.well-known/… : Daypass adds it.';
  return null;
}

export function clientId(text: string): Complaint {
  if (text === '') return 'Enter the client ID of the application registered at your provider.';
  if (/\s/.test(text)) return 'A client ID holds no blanks. Check what was pasted.';
  return null;
}

export function redirectPort(text: string): Complaint {
  if (text === '') return null;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1024 || port > 65_535) return 'Use a port from 1024 to 65535, or leave it empty.';
  return null;
}

export function sessionNameTemplate(text: string): Complaint {
  if (text === '') return null;
  if (/\{[^}]*$|^[^{]*\}/.test(text)) return 'Every “{” needs its “}”, as in {email}.';
  if (/\{\s*\}/.test(text)) return 'Put the name of a claim between the braces, as in {email}.';
  const wrong = /[^\w+=,.@-]/.exec(text.replace(/\{[^}]*\}/g, ''));
  if (wrong) return `AWS allows letters, digits and _ + = , . @ - in a session name: ${named(wrong[0])} can’t be used.`;
  return null;
}

export function scope(text: string): Complaint {
  // RFC 6749, section 3.3: printable ASCII without `"` and `\`.
  const wrong = /[^\x21\x23-\x5b\x5d-\x7e]/.exec(text);
  return wrong ? `Separate scopes with blanks: ${named(wrong[0])} can’t be part of one.` : null;
}

/** A page that a person signs in at. */
export function pageUrl(text: string): Complaint {
  const url = parseUrl(text);
  if (!url) return 'That isn’t a URL. It begins with https:// and holds no blanks.';
  if (!isSafe(url)) return 'Use https: passwords are typed there.';
  if (url.username || url.password) return 'Leave user name and password out of the URL.';
  if (/^([a-z0-9-]+\.)?signin\.(aws\.amazon\.com|amazonaws(-us-gov\.com|\.cn))$/.test(url.hostname)) {
    return 'That is AWS’s own address. Use the one of your identity provider.';
  }
  return null;
}

/** The address of a provider’s endpoint. */
export function endpoint(text: string): Complaint {
  const url = parseUrl(text);
  if (!url) return 'That isn’t a URL. It begins with https:// and holds no blanks.';
  if (!isSafe(url)) return 'Use https. Only a provider on this machine may use http.';
  if (url.username || url.password) return 'Leave user name and password out of the URL.';
  return url.hash ? 'Leave out everything from “#” on.' : null;
}

export function host(text: string): Complaint {
  return /^[a-z0-9.-]+(:\d+)?(\/\S*)?$/i.test(text) ? null : 'Write the host without https://, such as www.amazon.com';
}

/** `ldaps://HOST[:PORT]`, or `ldap://` for StartTLS. */
export function ldapUrl(text: string): Complaint {
  const url = parseUrl(text);
  if (!url || !/^ldaps?:$/.test(url.protocol) || url.hostname === '') return 'It looks like ldaps://ldap.example.com';
  if (url.username || url.password) return 'Leave user name and password out of the URL.';
  if (!/^\/?$/.test(url.pathname) || url.search || url.hash) return 'Leave out everything behind the host and its port.';
  return null;
}

/** `SerialNumber` of STS, of a device that shows codes. */
export function mfaSerial(text: string): Complaint {
  if (/^arn:[^:]*:iam::[^:]*:u2f\//.test(text)) {
    return 'Security keys and passkeys have no codes, and the AWS API takes nothing else.';
  }
  if (text.startsWith('arn:') && !/^arn:[a-z-]+:iam::\d{12}:mfa\/./.test(text)) {
    return 'A virtual device’s ARN looks like arn:aws:iam::123456789012:mfa/NAME';
  }
  const wrong = /[^\w+=/:,.@-]/.exec(text);
  if (wrong) return `AWS allows letters, digits and _ + = / : , . @ - : ${named(wrong[0])} can’t be used.`;
  if (text.length < 9 || text.length > 256) return `AWS allows 9 to 256 characters; these are ${text.length}.`;
  return null;
}

export function accessKeyId(text: string): Complaint {
  if (/^ASIA/.test(text)) return 'That is a temporary key. Use the user’s own: it begins with AKIA.';
  if (!/^\w{16,128}$/.test(text)) return 'An access key ID has at least 16 letters and digits: AKIA…';
  return null;
}

/** The AWS access portal: an address, or the directory’s id. */
export function startUrl(text: string): Complaint {
  if (/^d-[0-9a-f]{10}$/.test(text)) return null;
  const url = parseUrl(text.includes('://') ? text : `https://${text}`);
  if (!url || !/\./.test(url.hostname)) {
    if (url && isSafe(url) && url.hostname === 'localhost') return null;
    return 'It looks like https://acme.awsapps.com/start, or is the directory’s ID: d-1234567890';
  }
  if (!isSafe(url)) return 'The portal is reached over https.';
  if (url.username || url.password) return 'Leave user name and password out of the URL.';
  return null;
}

/** `REGION:UUID` */
export function poolId(text: string): Complaint {
  if (/^[a-z][a-z0-9-]+\d:[0-9a-f-]{1,55}$/i.test(text)) return null;
  return 'It has a region, a colon and a UUID: eu-central-1:1d2c3b4a-0f0e-4a4b-8c8d-123456789abc';
}

/** A template in which the person’s name stands. */
export function userTemplate(text: string): Complaint {
  return text.includes('{user}') ? null : 'Write {user} where your name goes: uid={user},ou=people,dc=example,dc=org';
}

/** RFC 4515, as far as parentheses go. */
export function ldapFilter(text: string): Complaint {
  const depth = [...text].reduce((now, c) => (now < 0 ? now : now + (c === '(' ? 1 : c === ')' ? -1 : 0)), 0);
  return text.startsWith('(') && depth === 0 ? null : 'A filter stands in parentheses that all close: (uid={user})';
}

/** The form of a group’s name that stands for a role. */
export function rolePattern(text: string): Complaint {
  return text.includes('{account}') && text.includes('{role}') ? null : 'It holds {account} and {role}: AWS-{account}-{role}';
}

export function rolePath(text: string): Complaint {
  return /^\/([\x21-\x2e\x30-\x7e]+\/)*$/.test(text) ? null : 'A path begins and ends with “/”: /teams/';
}

export function partition(text: string): Complaint {
  return PARTITIONS.includes(text) ? null : `“${text}” isn’t a partition of AWS. Most accounts use aws.`;
}

export function hours(text: string): Complaint {
  const number = Number(text);
  return /^\d+$/.test(text) && number >= 1 && number <= 720 ? null : 'Use whole hours, 1 to 720.';
}

/** Of any sort: the user’s own or a session’s. */
export function anyAccessKeyId(text: string): Complaint {
  if (text === '') return 'Paste an access key ID. It begins with AKIA or ASIA.';
  return /^\w{16,128}$/.test(text) ? null : 'An access key ID has 16 to 128 letters and digits: AKIA… or ASIA…';
}

export function accountId(text: string): Complaint {
  return /^\d{12}$/.test(text) ? null : `An account ID has 12 digits; “${text}” isn’t one.`;
}

export function managedPolicy(text: string): Complaint {
  const form = /^arn:[a-z-]+:iam::(aws|\d{12}):policy\/[\w+=,.@/-]+$/;
  return form.test(text) ? null : `${text} isn’t a policy’s ARN: arn:aws:iam::aws:policy/ReadOnlyAccess`;
}

/** A JSON object, or nothing. */
export function json(text: string): Complaint {
  if (text.trim() === '') return null;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return null;
    return 'A policy is a JSON object: it begins with “{”.';
  } catch (thrown) {
    return `That isn’t JSON yet: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
}

/** `Policy` of STS: JSON, 2,048 characters at most. */
export function sessionPolicy(text: string): Complaint {
  const complaint = json(text);
  if (complaint) return complaint;
  const { length } = text.trim();
  return length > 2048 ? `AWS allows 2,048 characters; these are ${length.toLocaleString('en')}.` : null;
}

/** `RoleSessionName` and `SourceIdentity`. */
export function sessionName(text: string): Complaint {
  if (text === '') return null;
  const wrong = /[^\w+=,.@-]/.exec(text);
  if (wrong) return `AWS allows letters, digits and _ + = , . @ - : ${named(wrong[0])} can’t be used.`;
  if (text.length < 2 || text.length > 64) return `AWS allows 2 to 64 characters; these are ${text.length}.`;
  return null;
}

export function externalId(text: string): Complaint {
  if (text === '') return null;
  const wrong = /[^\w+=,.@:/-]/.exec(text);
  if (wrong) return `AWS allows letters, digits and _ + = , . @ : / - : ${named(wrong[0])} can’t be used.`;
  if (text.length < 2 || text.length > 1224) return `AWS allows 2 to 1,224 characters; these are ${text.length}.`;
  return null;
}

export interface Tag {
  key: string;
  value: string;
}

/** Session tags: 50 at most, keys to 128 characters, values to 256. */
export function tags(all: readonly Tag[]): Complaint {
  const typed = all.filter(({ key, value }) => key.trim() !== '' || value !== '');
  if (typed.length > 50) return `AWS allows 50 tags; these are ${typed.length}.`;
  if (typed.some(({ key }) => key.trim() === '')) return 'Every tag needs a key.';
  const keys = typed.map(({ key }) => key.trim().toLowerCase());
  const twice = keys.find((key, i) => keys.indexOf(key) < i);
  if (twice !== undefined) return `The key ${twice} is there twice. To AWS, capitals make no other key.`;
  for (const { key, value } of typed) {
    if (key.trim().length > 128) return `A tag’s key has at most 128 characters: ${key.slice(0, 24)}…`;
    if (value.length > 256) return `A tag’s value has at most 256 characters: that of ${key} has ${value.length}.`;
    const wrong = /[^\p{L}\p{Z}\p{N}_.:/=+@-]/u.exec(key + value);
    if (wrong) return `${named(wrong[0])} can’t be part of a tag.`;
  }
  return null;
}

/** `ProvidedContexts`: five at most; a provider's ARN has 20 to 2,048 characters, an assertion 4 to 2,048. */
export function contexts(all: readonly Tag[]): Complaint {
  const typed = all.map(({ key, value }) => [key.trim(), value.trim()] as const).filter(([key, value]) => key || value);
  if (typed.length > 5) return `AWS allows 5 contexts; these are ${typed.length}.`;
  for (const [provider, assertion] of typed) {
    if (provider === '') return 'Every context needs the ARN of its provider.';
    if (assertion === '') return 'Every context needs its assertion, which came with it.';
    const odd = (text: string, least: number) => text.length < least || text.length > 2048;
    if (odd(provider, 20)) return `A provider’s ARN has 20 to 2,048 characters; this one has ${provider.length.toLocaleString('en')}.`;
    if (odd(assertion, 4)) return `An assertion has 4 to 2,048 characters; this one has ${assertion.length.toLocaleString('en')}.`;
  }
  return null;
}

/** A code of an MFA device. */
export function mfaCode(text: string): Complaint {
  return /^\d{6}$/.test(text) ? null : 'The code has 6 digits.';
}

const PARTITIONS = ['aws', 'aws-cn', 'aws-us-gov', 'aws-eusc', 'aws-iso', 'aws-iso-b', 'aws-iso-e', 'aws-iso-f'];
const ARN_FORM = 'arn:aws:iam::123456789012:role/Developer';

/** What a session can be of: the forms of `Target` in the broker. Null where the text is none of them (yet). */
export function targetKind(text: string): TargetKind | null {
  if (targetArn(text) !== null) return null;
  const [, , service = '', , , resource = ''] = text.split(':');
  if (service === 'cognito-identity') return 'identity-pool';
  if (service === 'sts') return 'federated-user';
  if (resource === 'root') return 'root';
  return resource.startsWith('user/') ? 'user' : 'role';
}

/** The ARN of a role; or of a user, a federated user, an account’s root, an identity pool. */
export function targetArn(text: string): Complaint {
  if (text === '') return `Paste the role’s ARN. It looks like ${ARN_FORM}`;
  const parts = text.split(':');
  const [arn, partition = '', service, region = '', account = ''] = parts;
  const resource = parts.slice(5).join(':');
  if (/\s/.test(text)) return 'An ARN holds no blanks. Check what was pasted.';
  if (arn !== 'arn') return `Begin with “arn:”. A role’s ARN looks like ${ARN_FORM}`;
  if (parts.length < 3 && PARTITIONS.some((one) => one.startsWith(partition))) return unfinished();
  if (!PARTITIONS.includes(partition)) return `“${partition}” isn’t a partition of AWS. Most accounts use aws.`;
  if (service === 'sts' && /^assumed-role/.test(resource)) {
    return 'That is a session (assumed-role). Use the role’s own ARN, with iam and role/.';
  }
  if (parts.length < 6) return unfinished();
  if (service === 'cognito-identity') return poolArn(region, account, resource);
  if (!['iam', 'sts'].includes(service as string) || region !== '') {
    return `After the partition comes “iam::”, as in ${ARN_FORM}`;
  }
  if (!/^\d{12}$/.test(account)) return `The account ID has 12 digits; “${account}” has ${account.length}.`;
  if (service === 'sts') return federatedUser(resource);
  if (resource === 'root') return null;
  const [kind] = resource.split('/', 1);
  if (kind !== 'role' && kind !== 'user') return 'After the account ID comes “role/” and the role’s name.';
  const steps = resource.slice(kind.length + 1).split('/');
  const name = steps.at(-1) ?? '';
  if (!resource.includes('/') || name === '') return `The ${kind}’s name is missing after “${kind}/”.`;
  if (steps.slice(0, -1).includes('')) return 'There is one “/” too many.';
  if (!/^[\w+=,.@-]{1,64}$/.test(name)) return `A ${kind}’s name has 1 to 64 letters, digits or _ + = , . @ -`;
  return null;
}

/** As `targetArn`, where only a role makes sense. */
export function roleArn(text: string): Complaint {
  const complaint = targetArn(text);
  return complaint ?? (targetKind(text) === 'role' ? null : 'Use the ARN of a role: it has “role/” after the account ID.');
}

function poolArn(region: string, account: string, resource: string): Complaint {
  if (!/^\d{12}$/.test(account)) return `The account ID has 12 digits; “${account}” has ${account.length}.`;
  const [, id] = /^identitypool\/(.+)$/.exec(resource) ?? [];
  if (!id || !/^[0-9a-f-]{1,55}$/i.test(id.startsWith(`${region}:`) ? id.slice(region.length + 1) : '')) {
    return 'An identity pool’s ARN ends with identitypool/, its region and its ID.';
  }
  return null;
}

function federatedUser(resource: string): Complaint {
  const name = resource.replace(/^federated-user\//, '');
  if (name === resource) return 'After the account ID comes “federated-user/” and a name.';
  return /^[\w+=,.@-]{2,32}$/.test(name) ? null : 'A federated user’s name has 2 to 32 letters, digits or _ + = , . @ -';
}

export function profileName(text: string): Complaint {
  if (text === '') return 'Enter the profile name that your tools will use, such as dev.';
  if (text.trim() !== text) return 'Remove the blank at the beginning or end.';
  const wrong = /[[\]"'#;\\\p{Cc}]|[^\S ]/u.exec(text);
  if (wrong) return `${named(wrong[0])} can’t be part of a profile name: the AWS files would be misread.`;
  if (new TextEncoder().encode(text).length > 128) return 'Use at most 128 characters.';
  return null;
}

export function region(text: string): Complaint {
  if (text === '') return null;
  if (/^[a-z](?=.*-)(?!.*--)[a-z0-9-]{3,30}\d$/.test(text)) return null;
  return 'Use a region’s code, such as eu-central-1.';
}

/** The longest that STS grants, seconds (`SessionDuration::longest`); a role that is assumed by a role gets an hour. */
export function longest(kind: TargetKind, chained: boolean): number {
  if (chained) return 3600;
  return { role: 43_200, user: 129_600, 'federated-user': 129_600, root: 900, 'identity-pool': 3600 }[kind];
}

/** `15m`, `1h`, `5400s` or plain seconds. */
export function duration(text: string, kind: TargetKind = 'role', chained = false): Complaint {
  if (text === '') return null;
  const parts = /^(\d+)\s*([hms]?)$/.exec(text);
  if (!parts) return 'Write hours or minutes, such as 1h or 90m.';
  const seconds = Number(parts[1]) * ({ h: 3600, m: 60 }[parts[2] as string] ?? 1);
  if (seconds < 900) return 'AWS grants no less than 15 minutes: 15m.';
  const most = longest(kind, chained);
  if (seconds <= most) return null;
  if (chained) return 'AWS grants one hour at most where a role assumes the next: 1h.';
  if (kind === 'root') return 'AWS grants 15 minutes for the root of an account: 15m.';
  return `AWS grants no more than ${most / 3600} hour${most === 3600 ? '' : 's'}: ${most / 3600}h.`;
}

/** The profile that a new role gets unless the person says otherwise. */
export function suggestedProfile(arn: string, taken: readonly string[]): string {
  const kind = targetKind(arn);
  if (kind === null) return '';
  const account = arn.split(':')[4] ?? '';
  const plain = kind === 'root' ? 'root' : kind === 'identity-pool' ? 'pool' : (arn.split('/').at(-1) ?? '').toLowerCase();
  return [plain, `${plain}-${account.slice(-4)}`, `${plain}-${account}`].find((name) => !taken.includes(name)) ?? plain;
}

const unfinished = () => `Not complete yet. A role’s ARN looks like ${ARN_FORM}`;

function named(character: string): string {
  if (character === ' ') return 'a blank';
  if (/[\n\r]/.test(character)) return 'a line break';
  return /[\p{Cc}\s]/u.test(character) ? 'an invisible character' : `“${character}”`;
}

/** Only a server on this machine may be without TLS. */
function isSafe(url: URL): boolean {
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  return url.protocol === 'https:' || (url.protocol === 'http:' && local);
}

/** `URL.parse` is missing in web views from before 2024. */
function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
