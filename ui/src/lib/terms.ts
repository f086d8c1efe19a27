/** The terms of a session, and the names in ARNs. */
import type { Terms } from '../bindings/Terms';
import { TASK_WORDS } from '../words/terms';

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

/** The last part of an ARN, which names it: `Target::name` of the broker. */
export function shortName(arn: string): string {
  return arn.endsWith(':root') ? 'root' : (/(?:identitypool\/[^:]*:|\/)?([^/]*)$/.exec(arn)?.[1] ?? arn);
}

/** The identity in `IDENTITY:ARN`, the id of a role. */
export const identityOf = (id: string): string => id.slice(0, id.indexOf(':'));

/** A task of AssumeRoot, in words. */
export function taskWords(policy: string): string {
  return TASK_WORDS[policy] ?? policy;
}
