/** The form of a declared role: texts as typed, and what they mean. */
import type { AskWhen } from '../bindings/AskWhen';
import type { DeclaredRole } from '../bindings/DeclaredRole';
import type { DeliverySetting } from '../bindings/DeliverySetting';
import type { HandOut } from '../bindings/HandOut';
import type { RoleCheck } from '../bindings/RoleCheck';
import type { RoleView } from '../bindings/RoleView';
import type { Terms } from '../bindings/Terms';
import { byField } from './checker.svelte';
import { incompletePairs, missingKeys, type Pair } from './pairs';
import { NO_TERMS } from './terms';
import { roleForm as words } from '../words/role-form';

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
  tags: Pair[];
  /** Keys of transitive tags. */
  transitive: string[];
  sourceIdentity: string;
  externalId: string;
  taskPolicy: string;
  /** By provider, each with its assertion. */
  contexts: Pair[];
  /** When the person is asked, and how tools get the credentials. Empty: as usual; null: as config.toml says now. */
  ask: string | null;
  delivery: string | null;
  /** Not in the form, but kept. */
  tokenSize: Terms['minimum_session_token_size'];
}

export function formOf(role: RoleView | null, identity: string): RoleForm {
  const terms = role?.terms ?? NO_TERMS;
  return {
    arn: role?.arn ?? '',
    identity: role?.identity ?? identity,
    via: role?.via.at(-1) ?? '',
    profile: role?.profile ?? null,
    // One that it has from elsewhere is not its own, and stays with where it is from.
    region: role === null || role.region === role.usualRegion ? '' : (role.region ?? ''),
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
    ask: null,
    delivery: null,
    tokenSize: terms.minimum_session_token_size,
  };
}

/** What the form says of handing out credentials. */
export function handOutOf({ ask, delivery }: RoleForm, check: RoleCheck | null): HandOut {
  return {
    ask: ((ask ?? check?.handOut.ask) || null) as AskWhen | null,
    delivery: ((delivery ?? check?.handOut.delivery) || null) as DeliverySetting | null,
  };
}

/** Whether the person is asked first. Then the credentials are in no file. */
export const askedFirst = (form: RoleForm, check: RoleCheck): boolean =>
  (handOutOf(form, check).ask ?? check.usualAsk) !== 'never';

/** `check`: what the broker says of the form so far. What it does not offer for the ARN is left out. */
export function roleOf(form: RoleForm, profile: string | null, check: RoleCheck | null): DeclaredRole {
  const text = (value: string) => value.trim() || null;
  const tags = form.tags.filter(({ key }) => key.trim() !== '').map(({ key, value }) => [key.trim(), value] as const);
  const offers = (term: string) => check === null || check.terms.includes(term);
  return {
    arn: form.arn.trim(),
    identity: form.identity,
    via: check === null || check.canBeChained ? text(form.via) : null,
    profile,
    region: text(form.region),
    terms: {
      duration: text(form.duration),
      session_name: text(form.sessionName),
      read_only: form.readOnly && offers('read_only'),
      policy: text(form.policy),
      policy_arns: form.policyArns.split(/[\s,]+/).filter((one) => one !== ''),
      tags: Object.fromEntries(tags),
      transitive_tag_keys: form.transitive.filter((key) => tags.some(([known]) => known === key)),
      source_identity: text(form.sourceIdentity),
      external_id: text(form.externalId),
      provided_contexts: form.contexts
        .map(({ key, value }) => ({ provider_arn: key.trim(), assertion: value.trim() }))
        .filter(({ provider_arn, assertion }) => provider_arn !== '' || assertion !== ''),
      minimum_session_token_size: form.tokenSize,
      task_policy: offers('task_policy') ? text(form.taskPolicy) : null,
    },
  };
}

/** What `config.toml` says, or would say, of a role of the list. */
export function declared(role: RoleView, profile: string): DeclaredRole {
  const { arn, identity, region, terms } = role;
  return { arn, identity, via: role.via.at(-1) ?? null, profile, region, terms };
}

/** Whether the form holds something that is under "More terms". */
export function isFurther(form: RoleForm): boolean {
  const { sessionName, policy, policyArns, tags, contexts, sourceIdentity, externalId } = form;
  return tags.length + contexts.length > 0 || [sessionName, policy, policyArns, sourceIdentity, externalId].some((text) => text !== '');
}

/** By field; null: none. */
export type Mistakes = ReturnType<typeof mistakesOf>;

/** The mistake in each field; `further`: one of the fields under "More terms" has one. */
export function mistakesOf(form: RoleForm, check: RoleCheck | null) {
  const wrong = byField(check?.mistakes ?? []);
  const of = (field: string) => wrong[field] ?? null;
  const needsTask = check !== null && check.taskPolicies.length > 0;
  const further = {
    sessionName: of('terms.session_name'),
    sourceIdentity: of('terms.source_identity'),
    externalId: of('terms.external_id'),
    policy: of('terms.policy'),
    policyArns: of('terms.policy_arns'),
    tags: missingKeys(form.tags, words.tagWithoutKey) ?? of('terms.tags') ?? of('terms.transitive_tag_keys'),
    contexts: incompletePairs(form.contexts, words.contextLabels) ?? of('terms.provided_contexts'),
  };
  return {
    arn: of('arn'),
    identity: of('identity'),
    via: of('via'),
    profile: form.profile?.trim() === '' ? words.profileMissing : of('profile'),
    region: of('region'),
    duration: of('terms.duration'),
    taskPolicy: needsTask && form.taskPolicy === '' ? words.taskMissing : of('terms.task_policy'),
    ...further,
    further: Object.values(further).find((mistake) => mistake !== null) ?? null,
  };
}
