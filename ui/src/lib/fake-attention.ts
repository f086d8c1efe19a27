/** What needs the person, for the backend in memory. The broker's own rules are in `crates/core/src/attention`. */
import type { Attention } from '../bindings/Attention';
import type { AttentionItem } from '../bindings/AttentionItem';
import type { AttentionLevel } from '../bindings/AttentionLevel';
import type { AttentionStep } from '../bindings/AttentionStep';
import type { Event } from '../bindings/Event';
import type { IdentityView } from '../bindings/IdentityView';
import type { Problem } from '../bindings/Problem';
import type { SessionView } from '../bindings/SessionView';
import type { Snapshot } from '../bindings/Snapshot';
import { shortName } from './terms';
import { clockError } from './time';

const ORDER: Record<AttentionLevel, number> = { failed: 0, 'needs-you': 1, notice: 2 };

export class FakeAttention {
  /** By identity: why its last sign-in failed. */
  readonly #failed = new Map<string, Problem>();
  /** By identity: what asked for a sign-in. */
  readonly #asked = new Map<string, { profiles: string[]; problem: Problem }>();

  takeIn(event: Event): void {
    switch (event.type) {
      case 'sign-in-failed':
        this.#failed.delete(event.identity);
        if (event.problem.kind !== 'cancelled') this.#failed.set(event.identity, event.problem);
        break;
      case 'sign-in-needed':
        this.#asked.set(event.identity, event);
        break;
      case 'signed-in':
      case 'signed-out':
        this.#asked.delete(event.identity);
        this.#failed.delete(event.identity);
        break;
      default:
        break;
    }
  }

  of(state: Snapshot): AttentionItem[] {
    const items = [...whole(state), ...state.sessions.flatMap(ofSession)];
    for (const view of state.identities) items.push(...ofIdentity(state, view), ...this.#ofSignIn(state, view));
    return items.sort((a, b) => ORDER[a.level] - ORDER[b.level]);
  }

  #ofSignIn(state: Snapshot, view: IdentityView): AttentionItem[] {
    const { name } = view;
    const is = (level: AttentionLevel, what: Attention, step: AttentionStep['is'] = 'sign-in') => [
      item(`sign-in:${name}`, level, name, what, { is: step, identity: name } as AttentionStep),
    ];
    if (view.state === 'signing-in') return is('needs-you', { is: 'sign-in-waits' }, 'continue-sign-in');
    const failed = this.#failed.get(name);
    if (failed) return is('failed', { is: 'sign-in-failed', problem: failed });
    const waiting = state.sessions.filter((one) => one.identity === name && one.state === 'needs-sign-in');
    const asked = this.#asked.get(name);
    if (view.state !== 'needs-sign-in' && waiting.length === 0 && !asked) return [];
    const problem = waiting[0]?.problem ?? asked?.problem ?? view.problem;
    const profiles = [...new Set([...waiting.map((one) => one.profile), ...(asked?.profiles ?? [])])];
    return is('needs-you', { is: 'sign-in-needed', profiles, problem });
  }
}

function item(
  id: string,
  level: AttentionLevel,
  identity: string | null,
  what: Attention,
  step: AttentionStep,
): AttentionItem {
  return { id, level, identity, what, step };
}

function whole(state: Snapshot): AttentionItem[] {
  const items: AttentionItem[] = [];
  const add = (id: string, level: AttentionLevel, what: Attention, step: AttentionStep = { is: 'as-problem' }) =>
    items.push(item(id, level, null, what, step));
  const { vaultProblem, configProblem, credentialsProblem, policy, catalogs, sessions } = state;
  if (vaultProblem?.code === 'vault-locked' || vaultProblem?.code === 'passphrase-needed') {
    add('vault', 'needs-you', { is: 'vault-locked', problem: vaultProblem }, { is: 'unlock' });
  } else if (vaultProblem) add('vault', 'failed', { is: 'vault-unusable', problem: vaultProblem });
  if (configProblem) add('config', 'failed', { is: 'config-mistake', problem: configProblem });
  if (policy?.problem) add('policy', 'failed', { is: 'policy-unusable', problem: policy.problem }, { is: 'nothing' });
  if (credentialsProblem) add('aws-files', 'needs-you', { is: 'aws-files', problem: credentialsProblem });
  for (const { name: catalog, problem, waiting } of catalogs) {
    const step: AttentionStep = { is: 'review-catalog', catalog };
    if (problem) add(`catalog:${catalog}`, 'notice', { is: 'catalog-unusable', catalog, problem });
    else if (waiting.length) {
      add(`catalog:${catalog}`, 'needs-you', { is: 'catalog-waits', catalog, changes: waiting.length }, step);
    }
  }
  const seconds = Math.round(clockError(sessions) / 1000);
  if (Math.abs(seconds) >= 60) add('clock', 'needs-you', { is: 'clock-wrong', seconds }, { is: 'nothing' });
  return items;
}

function ofSession(one: SessionView): AttentionItem[] {
  if (!one.problem || one.problem.kind === 'needs-sign-in') return [];
  const { profile, roleId, role, accountName, identity, expiresHere, problem } = one;
  const session = { profile, roleId, role: shortName(role), account: accountName ?? role.split(':')[4] ?? '', expiresHere };
  switch (one.state) {
    case 'failed':
    case 'expired':
      return [item(`session:${profile}`, 'failed', identity, { is: 'session-failed', session, problem }, { is: 'show-role', role: roleId })];
    case 'active':
    case 'renewing':
      return [item(`session:${profile}`, 'notice', identity, { is: 'renewal-delayed', session, problem }, { is: 'renew', profile })];
    default:
      return [];
  }
}

function ofIdentity(state: Snapshot, { name, state: stands, problem }: IdentityView): AttentionItem[] {
  if (!problem || problem.code === state.vaultProblem?.code) return [];
  const id = `identity:${name}`;
  if (stands === 'signed-in') {
    return [item(id, 'notice', name, { is: 'roles-not-listed', problem }, { is: 'list-roles', identity: name })];
  }
  if (stands !== 'signed-out') return [];
  return [item(id, 'needs-you', name, { is: 'identity-unusable', problem }, { is: 'as-problem' })];
}
