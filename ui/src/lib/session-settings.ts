/** What a session may do, in sentences: its terms as a person reads them. */
import type { RoleView } from '../bindings/RoleView';
import type { SessionView } from '../bindings/SessionView';
import type { Terms } from '../bindings/Terms';
import { settings as words } from '../words/role';
import { isLive } from './states';
import { shortName, taskWords } from './terms';
import { TARGET_WORDS } from '../words/terms';
import { lifetime } from './time';

/** One sentence each, what limits most first. `before`: how long the last session lasted. */
export function sessionSettings(role: RoleView, session: SessionView | null, before: string | null): string[] {
  const terms = session?.terms ?? role.terms;
  return [
    ...(terms.read_only ? [words.readOnly] : []),
    lasts(role, session, terms, before),
    ...limits(terms),
    ...Object.entries(terms.tags).map(([key, value]) =>
      words.tagged(`${key}=${value}`, terms.transitive_tag_keys.includes(key)),
    ),
    ...names(terms),
    ...(role.kind === 'role' ? [] : [words.kind(TARGET_WORDS[role.kind].noun)]),
    words.identity(role.identity),
    ...(session?.stsRegion ? [words.stsRegion(session.stsRegion)] : []),
  ];
}

/** What it was, where a session has run; what is asked for; or who decides. */
function lasts(role: RoleView, session: SessionView | null, terms: Terms, before: string | null): string {
  const asked = terms.duration ?? role.usualDuration;
  const actual = session && isLive(session) ? lifetime(session) : null;
  if (asked) return words.lasts(actual ?? asked);
  if (actual) return words.lastsAsSet(actual);
  return before ? words.lasted(before) : words.lastsUnknown;
}

function limits(terms: Terms): string[] {
  return [
    ...(terms.task_policy === null ? [] : [words.task(taskWords(terms.task_policy))]),
    ...(terms.policy_arns.length ? [words.policies(terms.policy_arns.map(shortName))] : []),
    ...(terms.policy === null ? [] : [words.policy(terms.policy.length)]),
  ];
}

function names(terms: Terms): string[] {
  const { session_name, source_identity, external_id, minimum_session_token_size: bytes, provided_contexts } = terms;
  return [
    ...(session_name === null ? [] : [words.sessionName(session_name)]),
    ...(source_identity === null ? [] : [words.sourceIdentity(source_identity)]),
    ...(external_id === null ? [] : [words.externalId(external_id)]),
    ...(bytes === null ? [] : [words.tokenSize(bytes)]),
    ...(provided_contexts.length ? [words.contexts(provided_contexts.length)] : []),
  ];
}
