/** The form of a declared role: texts as typed, and what they mean. */
import type { DeclaredRole } from '../bindings/DeclaredRole';
import type { IdentitySettings } from '../bindings/IdentitySettings';
import type { RoleView } from '../bindings/RoleView';
import type { TargetKind } from '../bindings/TargetKind';
import type { Terms } from '../bindings/Terms';
import { canBeChained, canBeNarrowed, NO_TERMS } from './terms';
import * as validate from './validate';

export interface RoleForm {
  arn: string;
  identity: string;
  /** The ARN of the role before it; empty for none. */
  via: string;
  /** As typed; null: as suggested from the ARN. */
  profile: string | null;
  region: string;
  duration: string;
  readOnly: boolean;
  sessionName: string;
  policy: string;
  policyArns: string;
  tags: validate.Tag[];
  /** Keys of tags that are handed on. */
  transitive: string[];
  sourceIdentity: string;
  externalId: string;
  taskPolicy: string;
  /** By provider, each with its assertion. */
  contexts: validate.Tag[];
  /** Nothing that a person types, but kept. */
  tokenSize: Terms['minimum_session_token_size'];
}

export function formOf(role: RoleView | null, identity: string): RoleForm {
  const terms = role?.terms ?? NO_TERMS;
  return {
    arn: role?.arn ?? '',
    identity: role?.identity ?? identity,
    via: role?.via.at(-1) ?? '',
    profile: role?.profile ?? null,
    region: role?.region ?? '',
    duration: terms.duration ?? '',
    readOnly: terms.read_only,
    sessionName: terms.session_name ?? '',
    policy: terms.policy ?? '',
    policyArns: terms.policy_arns.join('\n'),
    tags: Object.entries(terms.tags).map(([key, value]) => ({ key, value })),
    transitive: [...terms.transitive_tag_keys],
    sourceIdentity: terms.source_identity ?? '',
    externalId: terms.external_id ?? '',
    taskPolicy: terms.task_policy ?? '',
    contexts: terms.provided_contexts.map(({ provider_arn, assertion }) => ({ key: provider_arn, value: assertion })),
    tokenSize: terms.minimum_session_token_size,
  };
}

/** `settings`: those of the identity. */
export function roleOf(form: RoleForm, profile: string, settings: IdentitySettings | undefined): DeclaredRole {
  const text = (value: string) => value.trim() || null;
  const tags = form.tags.filter(({ key }) => key.trim() !== '').map(({ key, value }) => [key.trim(), value] as const);
  const arn = form.arn.trim();
  const kind = validate.targetKind(arn) ?? 'role';
  const via = canBeChained(kind) ? text(form.via) : null;
  const narrows = canBeNarrowed({ kind, arn, via: via === null ? [] : [via] }, settings);
  return {
    arn,
    identity: form.identity,
    via,
    profile,
    region: text(form.region),
    terms: {
      duration: text(form.duration),
      session_name: text(form.sessionName),
      read_only: form.readOnly && narrows,
      policy: text(form.policy),
      policy_arns: lines(form.policyArns),
      tags: Object.fromEntries(tags),
      transitive_tag_keys: form.transitive.filter((key) => tags.some(([known]) => known === key)),
      source_identity: text(form.sourceIdentity),
      external_id: text(form.externalId),
      provided_contexts: form.contexts
        .map(({ key, value }) => ({ provider_arn: key.trim(), assertion: value.trim() }))
        .filter(({ provider_arn, assertion }) => provider_arn !== '' || assertion !== ''),
      minimum_session_token_size: form.tokenSize,
      task_policy: kind === 'root' ? text(form.taskPolicy) : null,
    },
  };
}

/** Whether something is asked for that stands under "More terms". */
export function isFurther(form: RoleForm): boolean {
  const { sessionName, policy, policyArns, tags, contexts, sourceIdentity, externalId } = form;
  return tags.length + contexts.length > 0 || [sessionName, policy, policyArns, sourceIdentity, externalId].some((text) => text !== '');
}

/** What is wrong in which field; `further`: something under "More terms" is. `chained`: one role assumes the other. */
export function complaintsOf(
  form: RoleForm,
  kind: TargetKind,
  profile: string,
  known: readonly string[],
  chained: boolean,
) {
  const arn = form.arn.trim();
  const further = {
    sessionName: validate.sessionName(form.sessionName.trim()),
    sourceIdentity: validate.sessionName(form.sourceIdentity.trim()),
    externalId: validate.externalId(form.externalId.trim()),
    policy: validate.sessionPolicy(form.policy) ?? alone(form, form.policy),
    policyArns: managedPolicies(form) ?? alone(form, form.policyArns),
    tags: validate.tags(form.tags),
    contexts: validate.contexts(form.contexts),
  };
  return {
    arn: validate.targetArn(arn) ?? (known.includes(arn) ? 'This role is in the list already. Search for it there.' : null),
    // Without an ARN there is nothing to suggest yet: only the ARN is to be mended then.
    profile: form.profile === null && profile === '' ? null : validate.profileName(profile),
    region: validate.region(form.region.trim()),
    duration: validate.duration(form.duration.trim(), kind, chained),
    taskPolicy: kind === 'root' && form.taskPolicy === '' ? 'Choose what the session is for.' : null,
    ...further,
    further: Object.values(further).find((complaint) => complaint !== null) ?? null,
  };
}

function managedPolicies(form: RoleForm): validate.Complaint {
  const all = lines(form.policyArns);
  if (all.length > 10) return `AWS allows 10 policies; these are ${all.length}.`;
  return all.reduce<validate.Complaint>((found, one) => found ?? validate.managedPolicy(one), null);
}

function alone({ readOnly }: RoleForm, policy: string): validate.Complaint {
  const both = readOnly && policy.trim() !== '';
  return both ? 'Not together with “Always read-only”: AWS allows what any one of the policies allows.' : null;
}

const lines = (text: string): string[] => text.split(/[\s,]+/).filter((one) => one !== '');
