/** Terms in words, and how long a session lasts when nobody says. */
import type { IdentitySettings } from '../bindings/IdentitySettings';
import type { RoleView } from '../bindings/RoleView';
import type { TargetKind } from '../bindings/TargetKind';
import type { Terms } from '../bindings/Terms';
import { count } from './time';

export const NO_TERMS: Terms = {
  duration: null,
  session_name: null,
  read_only: false,
  policy: null,
  policy_arns: [],
  tags: {},
  transitive_tag_keys: [],
  source_identity: null,
  external_id: null,
  provided_contexts: [],
  task_policy: null,
  minimum_session_token_size: null,
};

/** What a session is of, for people. */
export const TARGET_WORDS: Record<TargetKind, { noun: string; arn: string }> = {
  role: { noun: 'Role', arn: 'Role ARN' },
  user: { noun: 'IAM user', arn: 'User ARN' },
  'federated-user': { noun: 'Federated user', arn: 'Federated user ARN' },
  root: { noun: 'Root of the account', arn: 'Root ARN' },
  'identity-pool': { noun: 'Identity pool', arn: 'Identity pool ARN' },
};

/** `SessionDuration::usual`. */
const USUAL: Record<TargetKind, string> = {
  role: '1h',
  user: '12h',
  'federated-user': '12h',
  root: '15m',
  'identity-pool': '1h',
};

export function durationOf(role: Pick<RoleView, 'terms' | 'kind'>): string {
  return role.terms.duration ?? USUAL[role.kind];
}

/** The last part of an ARN that says which one it is: `Target::name`. */
export function shortName(arn: string): string {
  return arn.endsWith(':root') ? 'root' : (/(?:identitypool\/[^:]*:|\/)?([^/]*)$/.exec(arn)?.[1] ?? arn);
}

/** What decides whether policies can narrow a session. */
type Narrowed = Pick<RoleView, 'kind' | 'arn' | 'via'>;

/**
 * Whether a role's terms can narrow its sessions: STS takes session policies of roles and federated users. Those of a
 * directory's federated user are the identity's own, and others beside them would widen.
 */
export function canBeNarrowed(role: Narrowed, identity: IdentitySettings | undefined): boolean {
  if (role.kind === 'federated-user') return identity?.kind !== 'directory';
  return role.kind === 'role' && !isPermissionSet(role);
}

/** Whether it can be made read-only: that goes with no other session policy, because AWS allows what any one allows. */
export function canBeReadOnly(role: Narrowed & Pick<RoleView, 'terms'>, identity?: IdentitySettings): boolean {
  const { policy, policy_arns } = role.terms;
  return canBeNarrowed(role, identity) && policy === null && policy_arns.length === 0;
}

/** A permission set of IAM Identity Center: its portal gives credentials and takes no terms. */
function isPermissionSet({ arn, via }: Narrowed): boolean {
  return via.length === 0 && arn.includes(':role/aws-reserved/sso.amazonaws.com/');
}

/** Whether its session may assume a role: AWS lets that of a federated user and of a root do nothing of the kind. */
export function leadsOn(kind: TargetKind): boolean {
  return kind !== 'federated-user' && kind !== 'root';
}

/** Whether another role's session may come before it: AssumeRole, AssumeRoot. */
export function canBeChained(kind: TargetKind): boolean {
  return kind === 'role' || kind === 'root';
}

/** The task policies of AssumeRoot (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html). */
export const TASK_POLICIES: readonly { value: string; label: string }[] = [
  { value: 'IAMAuditRootUserCredentials', label: 'Look at the root user’s credentials' },
  { value: 'IAMCreateRootUserPassword', label: 'Let a root password be set' },
  { value: 'IAMDeleteRootUserCredentials', label: 'Delete the root user’s credentials' },
  { value: 'S3UnlockBucketPolicy', label: 'Unlock an S3 bucket' },
  { value: 'SQSUnlockQueuePolicy', label: 'Unlock an SQS queue' },
];

/** Terms beside the duration, one line each. */
export function termLines(terms: Terms): { label: string; value: string }[] {
  const lines: [string, string | null][] = [
    ['Session name', terms.session_name],
    ['Task', terms.task_policy],
    ['Inline policy', terms.policy === null ? null : count(terms.policy.length, 'character')],
    ['Policies', terms.policy_arns.length ? terms.policy_arns.map(shortName).join(', ') : null],
    ['Tags', tagLine(terms)],
    ['Source identity', terms.source_identity],
    ['External ID', terms.external_id],
    ['Session token', tokenSize(terms)],
    ['Contexts', terms.provided_contexts.length ? count(terms.provided_contexts.length, 'context') : null],
  ];
  return lines.flatMap(([label, value]) => (value === null ? [] : [{ label, value }]));
}

function tokenSize({ minimum_session_token_size: bytes }: Terms): string | null {
  return bytes === null ? null : `at least ${count(bytes, 'byte')}`;
}

function tagLine({ tags, transitive_tag_keys: handedOn }: Terms): string | null {
  const all = Object.entries(tags).map(([key, value]) => `${key}=${value}${handedOn.includes(key) ? ' →' : ''}`);
  return all.length ? all.join(', ') : null;
}
