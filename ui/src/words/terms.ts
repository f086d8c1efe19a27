/** Terms in words. */
import type { TargetKind } from '../bindings/TargetKind';

/** What a session is of. */
export const TARGET_WORDS: Record<TargetKind, { noun: string; arn: string }> = {
  role: { noun: 'Role', arn: 'Role ARN' },
  user: { noun: 'IAM user', arn: 'User ARN' },
  'federated-user': { noun: 'Federated user', arn: 'Federated user ARN' },
  root: { noun: 'Account root', arn: 'Root ARN' },
  'identity-pool': { noun: 'Identity pool', arn: 'Identity pool ARN' },
};

/** The tasks of AssumeRoot. Which of them there are, the broker says. */
export const TASK_WORDS: Readonly<Record<string, string>> = {
  IAMAuditRootUserCredentials: 'View the root user’s credentials',
  IAMCreateRootUserPassword: 'Allow setting a root password',
  IAMDeleteRootUserCredentials: 'Delete the root user’s credentials',
  S3UnlockBucketPolicy: 'Unlock an S3 bucket',
  SQSUnlockQueuePolicy: 'Unlock an SQS queue',
};
