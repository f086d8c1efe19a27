/** The form of a role. */
import type { TargetKind } from '../bindings/TargetKind';
import { TARGET_WORDS } from './terms';

export const roleForm = {
  add: 'Add role',
  edit: (role: string) => `Edit ${role}`,
  save: 'Save role',
  saveChanges: 'Save changes',
  saving: 'Saving…',
  notListed: (identity: string) =>
    `${identity} doesn’t tell Daypass which roles you have. Add each one by its ARN, or paste the console’s link for switching to it.`,
  arnHelp: 'Copy it from the IAM console, or ask your AWS administrator.',
  target: (kind: TargetKind, name: string, account: string) =>
    `${TARGET_WORDS[kind].noun} ${kind === 'root' ? 'of' : `${name} in account`} ${account}`,
  itself: 'The identity itself',
  parent: (role: string, account: string) => `${role} · ${account}`,
  thisRole: 'this role',
  profileUse: (profile: string) => `Your tools use it as \`--profile ${profile}\``,
  profileMissing: 'Enter the profile name that your tools use, such as dev.',
  profileHelp: 'The name your tools use. Daypass suggests one from the ARN.',
  regionHelp: (usual: string | null) =>
    usual === null
      ? 'Written to the profile, right away if it’s running.'
      : `Written to the profile, right away if it’s running. If empty: ${usual}.`,
  regionExample: 'eu-central-1',
  forAccount: (account: string) => `For all roles of account ${account}`,
  chooseTask: 'Choose a task',
  taskMissing: 'Choose a task.',
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
  forAccountHelp: 'Roles that set their own region keep it.',
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
  tagWithoutKey: 'Every tag needs a key.',
  tagKeyExample: 'team',
  tagValueExample: 'platform',
  contexts: 'Identity contexts',
  contextsHelp:
    'Rarely needed. For trusted identity propagation: a signed assertion from IAM Identity Center that says which user the session acts for. It is saved in config.toml and expires soon.',
  contextLabels: { keyLabel: 'Context provider', valueLabel: 'Context assertion' },
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
