/** The form of a role. */
import type { TargetKind } from '../bindings/TargetKind';
import { TARGET_WORDS } from '../lib/terms';

export const roleForm = {
  add: 'Add role',
  edit: (role: string) => `Edit ${role}`,
  save: 'Save role',
  saveChanges: 'Save changes',
  saving: 'Saving…',
  arnHelp: 'Copy it from the IAM console, or ask your AWS administrator.',
  target: (kind: TargetKind, name: string, account: string) =>
    `${TARGET_WORDS[kind].noun} ${kind === 'root' ? 'of' : `${name} in account`} ${account}`,
  itself: 'The identity itself',
  parent: (role: string, account: string) => `${role} · ${account}`,
  thisRole: 'this role',
  profileUse: (profile: string) => `Your tools use it as \`--profile ${profile}\``,
  profileHelp: 'The name your tools use. Daypass suggests one from the ARN.',
  regionHelp: (usual: string | null) =>
    usual === null
      ? 'Goes into the profile, at once if it is running.'
      : `Goes into the profile, at once if it is running. Empty: ${usual}.`,
  regionExample: 'eu-central-1',
  forAccount: (account: string) => `For all roles of account ${account}`,
  chooseTask: 'Choose a task',
  more: 'More terms',
  policyExample: '{ "Version": "2012-10-17", "Statement": […] }',
  transitive: 'Transitive',
  arn: 'Role ARN',
  arnExample: 'arn:aws:iam::123456789012:role/Developer',
  identity: 'Identity',
  identityHelp: 'The role’s trust policy must allow it or its provider.',
  via: 'Assumed by',
  viaHelp: 'Choose another role to build a chain. Its session is renewed first.',
  chain: 'Chain',
  profile: 'Profile',
  region: 'Region',
  durationLabel: 'Duration',
  forAccountHelp: 'Roles with a region of their own keep it.',
  task: 'Task',
  taskHelp: 'A root session can do this and nothing else.',
  sessionName: 'Session name',
  sessionNameHelp: 'How you appear in CloudTrail.',
  sourceIdentity: 'Source identity',
  sourceIdentityHelp: 'Identifies you through a whole chain. The trust policy must allow it.',
  externalId: 'External ID',
  externalIdHelp: 'Only if the account’s owner gave you one. It isn’t a secret.',
  policy: 'Inline session policy',
  policyHelp: 'JSON. A session can do only what both this policy and the role allow.',
  policyArns: 'Managed session policies',
  policyArnsHelp: 'One ARN per line, up to 10.',
  policyArnsExample: 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess',
  tags: 'Session tags',
  tagsHelp: 'Policies can refer to tags. A transitive tag stays through a chain.',
  tagKey: 'Tag key',
  tagValue: 'Tag value',
  tagKeyExample: 'team',
  tagValueExample: 'platform',
  contexts: 'Identity contexts',
  contextsHelp:
    'Rarely needed. For trusted identity propagation: a signed assertion from IAM Identity Center that says which user the session acts for. It is saved in config.toml and expires soon.',
  contextExample: 'arn:aws:iam::aws:contextProvider/IdentityCenter',
  assertionExample: 'AQoJb3JpZ2luX2Vj…',
  renews: 'Daypass renews it.',
  duration: (longest: string, byPolicy: boolean) =>
    byPolicy
      ? `At most ${longest}. This is set by your organization. Daypass renews it.`
      : `At most ${longest}, and no longer than AWS allows for this role. Daypass renews it.`,
  readOnly: 'Always read-only',
  readOnlyHelp: 'Limits each session with the AWS managed policy ReadOnlyAccess.',
  readOnlyByPolicy: 'Set by your organization for production accounts.',
};
