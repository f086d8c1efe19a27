/**
 * What the fields of the forms accept, said while a person types. The rules are those of `crates/broker/src/names.rs`,
 * which checks again: here they only explain sooner. Each returns what is wrong and what to do, or null.
 */

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
  const url = URL.parse?.(text) ?? parseUrl(text);
  if (!url) return 'That isn’t a URL. It begins with https:// and holds no blanks.';
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && local)) {
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

export function sessionName(text: string): Complaint {
  if (text === '') return null;
  if (/\{[^}]*$|^[^{]*\}/.test(text)) return 'Every “{” needs its “}”, as in {email}.';
  if (/\{\s*\}/.test(text)) return 'Put the name of a claim between the braces, as in {email}.';
  const wrong = /[^\w+=,.@-]/.exec(text.replace(/\{[^}]*\}/g, ''));
  if (wrong) return `AWS allows letters, digits and _ + = , . @ - in a session name: ${named(wrong[0])} can’t be used.`;
  return null;
}

export function scopes(text: string): Complaint {
  // RFC 6749, section 3.3: printable ASCII without `"` and `\`.
  const wrong = /[^\x21\x23-\x5b\x5d-\x7e\s]/.exec(text);
  return wrong ? `Separate scopes with blanks: ${named(wrong[0])} can’t be part of one.` : null;
}

const PARTITIONS = ['aws', 'aws-cn', 'aws-us-gov', 'aws-eusc', 'aws-iso', 'aws-iso-b', 'aws-iso-e', 'aws-iso-f'];
const ARN_FORM = 'arn:aws:iam::123456789012:role/Developer';

export function roleArn(text: string): Complaint {
  if (text === '') return `Paste the role’s ARN. It looks like ${ARN_FORM}`;
  const parts = text.split(':');
  const [arn, partition = '', service, region, account = ''] = parts;
  const resource = parts.slice(5).join(':');
  if (/\s/.test(text)) return 'An ARN holds no blanks. Check what was pasted.';
  if (arn !== 'arn') return `Begin with “arn:”. A role’s ARN looks like ${ARN_FORM}`;
  if (parts.length < 3 && PARTITIONS.some((one) => one.startsWith(partition))) return unfinished();
  if (!PARTITIONS.includes(partition)) return `“${partition}” isn’t a partition of AWS. Most accounts use aws.`;
  if (service === 'sts') return 'That is a session (assumed-role). Use the role’s own ARN, with iam and role/.';
  if (parts.length < 6) return unfinished();
  if (service !== 'iam' || region !== '') return `After the partition comes “iam::”, as in ${ARN_FORM}`;
  if (!/^\d{12}$/.test(account)) return `The account ID has 12 digits; “${account}” has ${account.length}.`;
  if (!resource.startsWith('role/')) return 'After the account ID comes “role/” and the role’s name.';
  const steps = resource.slice(5).split('/');
  const name = steps.at(-1) ?? '';
  if (name === '') return 'The role’s name is missing after “role/”.';
  if (steps.slice(0, -1).includes('')) return 'There is one “/” too many.';
  if (!/^[\w+=,.@-]{1,64}$/.test(name)) return 'A role’s name has 1 to 64 letters, digits or _ + = , . @ -';
  return null;
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
  return 'Use a region’s code, such as eu-central-1, or leave it empty.';
}

/** 15 minutes to 12 hours: the bounds of `DurationSeconds` in AssumeRoleWithWebIdentity. */
export function duration(text: string): Complaint {
  if (text === '') return null;
  const parts = /^(\d+)\s*([hms]?)$/.exec(text);
  if (!parts) return 'Write hours or minutes, such as 1h or 90m.';
  const seconds = Number(parts[1]) * ({ h: 3600, m: 60 }[parts[2] as string] ?? 1);
  if (seconds < 900) return 'AWS grants no less than 15 minutes: 15m.';
  if (seconds > 43_200) return 'AWS grants no more than 12 hours: 12h.';
  return null;
}

/** The profile that a new role gets unless the person says otherwise. */
export function suggestedProfile(arn: string, taken: readonly string[]): string {
  if (roleArn(arn) !== null) return '';
  const account = arn.split(':')[4] ?? '';
  const plain = (arn.split('/').at(-1) ?? '').toLowerCase();
  return [plain, `${plain}-${account.slice(-4)}`, `${plain}-${account}`].find((name) => !taken.includes(name)) ?? plain;
}

const unfinished = () => `Not complete yet. A role’s ARN looks like ${ARN_FORM}`;

function named(character: string): string {
  if (character === ' ') return 'a blank';
  if (/[\n\r]/.test(character)) return 'a line break';
  return /[\p{Cc}\s]/u.test(character) ? 'an invisible character' : `“${character}”`;
}

/** `URL.parse` is missing in web views from before 2024. */
function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
