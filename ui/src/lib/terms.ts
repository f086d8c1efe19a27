/** Terms in words. */
import type { TargetKind } from '../bindings/TargetKind';
import type { Terms } from '../bindings/Terms';

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

/** Words for what a session is of. */
export const TARGET_WORDS: Record<TargetKind, { noun: string; arn: string }> = {
  role: { noun: 'Role', arn: 'Role ARN' },
  user: { noun: 'IAM user', arn: 'User ARN' },
  'federated-user': { noun: 'Federated user', arn: 'Federated user ARN' },
  root: { noun: 'Account root', arn: 'Root ARN' },
  'identity-pool': { noun: 'Identity pool', arn: 'Identity pool ARN' },
};

/** The last part of an ARN, which names it: `Target::name` of the broker. */
export function shortName(arn: string): string {
  return arn.endsWith(':root') ? 'root' : (/(?:identitypool\/[^:]*:|\/)?([^/]*)$/.exec(arn)?.[1] ?? arn);
}

/** The identity in `IDENTITY:ARN`, the id of a role. */
export const identityOf = (id: string): string => id.slice(0, id.indexOf(':'));

/** The tasks of AssumeRoot, in words. Which of them there are, the broker says. */
const TASK_WORDS: Readonly<Record<string, string>> = {
  IAMAuditRootUserCredentials: 'View the root user’s credentials',
  IAMCreateRootUserPassword: 'Allow setting a root password',
  IAMDeleteRootUserCredentials: 'Delete the root user’s credentials',
  S3UnlockBucketPolicy: 'Unlock an S3 bucket',
  SQSUnlockQueuePolicy: 'Unlock an SQS queue',
};

export function taskWords(policy: string): string {
  return TASK_WORDS[policy] ?? policy;
}
