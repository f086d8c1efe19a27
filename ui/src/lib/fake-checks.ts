/**
 * What the fake backend says of forms. The answers are those of `cases/forms.json`, which a test of the broker compares
 * with what the broker says (`crates/broker/src/broker/forms/tests.rs`).
 */
import type { DeclaredRole } from '../bindings/DeclaredRole';
import type { FieldMistake } from '../bindings/FieldMistake';
import type { IdentitySettings } from '../bindings/IdentitySettings';
import type { PolicyView } from '../bindings/PolicyView';
import type { RoleCheck } from '../bindings/RoleCheck';
import type { TargetKind } from '../bindings/TargetKind';
import cases from '../cases/forms.json';

interface IdentityCase {
  name?: string;
  kind: string;
  typed: Record<string, unknown>;
  mistakes: FieldMistake[];
}

interface RoleCase {
  identity: string;
  isNew: boolean;
  typed: { arn: string; via?: string } & Record<string, unknown>;
  answer: RoleCheck;
}

/** A case applies to every form that holds what it holds: one that holds less has no other mistakes. */
export function mistakesIn(name: string, settings: IdentitySettings): FieldMistake[] {
  const found = (cases.identities as IdentityCase[]).filter(
    (one) => (one.name === undefined ? one.kind === settings.kind && holds(settings, one.typed) : one.name === name),
  );
  return firsts(found.flatMap((one) => one.mistakes));
}

/** The case of this ARN and of the way to it, with the mistakes of all cases that apply. */
export function roleCheck(role: DeclaredRole, kind: string, isNew: boolean): RoleCheck {
  const all = cases.roles as RoleCase[];
  const base = all.find(
    (one) =>
      one.typed.arn === role.arn &&
      (one.typed.via ?? null) === role.via &&
      one.identity === kind &&
      Object.entries(one.typed).every(([field, value]) => ['arn', 'via'].includes(field) || isEmpty(value)),
  );
  const applying = all.filter((one) => one.identity === kind && (isNew || !one.isNew) && holds(role, one.typed));
  const mistakes = firsts(applying.flatMap((one) => one.answer.mistakes));
  return { ...(base?.answer ?? unlisted(role, kind)), mistakes };
}

/** What a policy limits of every role: the fake backend marks no account as production. */
export function bounded(check: RoleCheck, policy: PolicyView | null): RoleCheck {
  if (!policy) return check;
  const { longestSession, productionReadOnly } = policy;
  return {
    ...check,
    longestDuration: longestSession ?? check.longestDuration,
    longestByPolicy: longestSession !== null,
    readOnlyByPolicy: productionReadOnly,
  };
}

/** A role that the cases do not have, as its ARN has it. */
function unlisted({ arn, via }: DeclaredRole, identity: string): RoleCheck {
  const kind = targetKind(arn);
  const isByPortal = identity === 'identity-center' && via === null;
  const name = arn.split('/').at(-1) ?? '';
  return {
    mistakes: [],
    target: { kind, account: arn.split(':')[4] ?? '', name, suggestedProfile: name.toLowerCase() },
    terms: isByPortal ? [] : kind === 'role' ? ['duration', 'read_only', 'policy', 'policy_arns'] : ['duration'],
    canBeChained: kind === 'role' || kind === 'root',
    usualDuration: isByPortal ? null : usualDuration(kind),
    longestDuration: via === null ? '12h' : '1h',
    longestByPolicy: false,
    readOnlyByPolicy: false,
    taskPolicies: [],
    handOut: { ask: null, delivery: null },
    usualAsk: 'never',
    usualDelivery: 'file',
  };
}

/** Of a good ARN. */
export function targetKind(arn: string): TargetKind {
  if (arn.includes(':cognito-identity:')) return 'identity-pool';
  if (arn.includes(':federated-user/')) return 'federated-user';
  if (arn.endsWith(':root')) return 'root';
  return arn.includes(':user/') ? 'user' : 'role';
}

export function usualDuration(kind: TargetKind): string {
  return { role: '1h', user: '12h', 'federated-user': '12h', root: '15m', 'identity-pool': '1h' }[kind];
}

/** Whether everything in `part` is in `whole` too, however deep. */
function holds(whole: unknown, part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return (whole ?? null) === part;
  if (typeof whole !== 'object' || whole === null) return false;
  if (Array.isArray(part) && (whole as unknown[]).length !== part.length) return false;
  return Object.entries(part).every(([key, value]) => holds((whole as Record<string, unknown>)[key], value));
}

/** Terms that are left out. */
function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && Object.values(value ?? {}).every((one) => one === null);
}

function firsts(mistakes: FieldMistake[]): FieldMistake[] {
  return mistakes.filter(({ field }, i) => mistakes.findIndex((one) => one.field === field) === i);
}
