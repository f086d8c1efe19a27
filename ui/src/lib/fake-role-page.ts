/** What the backend in memory answers to the role's page, and what the person changes there. */
import type { ChainStep } from '../bindings/ChainStep';
import type { ChangeSession } from '../bindings/ChangeSession';
import type { ConsoleService } from '../bindings/ConsoleService';
import type { Outcome } from '../bindings/Outcome';
import type { Person } from '../bindings/Person';
import type { Problem } from '../bindings/Problem';
import type { SessionChange } from '../bindings/SessionChange';
import type { SessionView } from '../bindings/SessionView';
import { FakeRoles } from './fake-roles';

export abstract class FakeRolePage extends FakeRoles {
  /** Profiles that Daypass did not write. */
  readonly foreign = new Set<string>();
  /** Until when the roles on the way to others work, by ARN. */
  readonly links = new Map<string, string>();

  abstract changeSession(change: SessionChange, session: SessionView): void;

  // Both are asked for each role that is shown, so they aren't among what the person did.
  consoleServices = () => Promise.resolve(SERVICES);
  chainOf = (id: string): Promise<ChainStep[]> => {
    const role = this.listed.state.roles.find((one) => one.id === id);
    const session = this.state.sessions.find((one) => one.roleId === id);
    const via = (session?.via ?? role?.via ?? []).map((arn) => ({ arn, expiresHere: this.links.get(arn) ?? null }));
    return Promise.resolve([...via, { arn: role?.arn ?? id, expiresHere: session?.expiresHere ?? null }]);
  };

  rearrangeSession = (change: ChangeSession) =>
    this.call('change_session', change, (): SessionView => {
      const before = this.state.sessions.find(({ profile, also }) => [profile, ...also].includes(change.profile));
      if (!before) throw refused('unknown-session', `no session is running for profile ${change.profile}`, null);
      const isNewInFile = change.delivery === 'credentials-file' && change.delivery !== before.delivery;
      const [profile, ...also] = this.#profilesAfter(before, change, isNewInFile ? [] : [before.profile, ...before.also]);
      if (profile === undefined) throw refused('bad-profile-name', `${before.profile} would have no profile left`, null);
      const { region } = change;
      const after: SessionView = {
        ...before,
        profile,
        also,
        delivery: change.delivery ?? before.delivery,
        region: region === null ? before.region : region.is === 'named' ? region.name : null,
        backup: change.replace ? `${this.state.credentialsFile}.daypass-backup` : before.backup,
        renamedFrom: profile === before.profile ? null : before.profile,
      };
      this.state = { ...this.state, sessions: this.state.sessions.filter((one) => one !== before) };
      this.changeSession('delivery-changed', after);
      return after;
    });

  stopAndGiveBack = (profile: string) =>
    this.call('stop_and_give_back', { profile }, () => {
      const session = this.state.sessions.find((one) => one.profile === profile);
      if (session) this.changeSession('stopped', { ...session, state: 'stopped' });
      return session?.backup !== null;
    });

  elevate = (profile: string, lasts: string, why: string, person: Person) =>
    this.call('elevate', { profile, lasts, why, person }, (): Outcome<SessionView> => {
      const session = this.state.sessions.find((one) => one.profile === profile);
      if (!session?.terms.read_only) throw refused('already-full', `${profile} isn't read-only`, null);
      const until = new Date(Date.now() + Number.parseInt(lasts, 10) * 60_000).toISOString();
      const elevated: SessionView = { ...session, elevation: { until, why } };
      this.changeSession('started', elevated);
      return { is: 'done', value: elevated };
    });

  fallBack = (profile: string) =>
    this.call('fall_back', { profile }, (): SessionView => {
      const session = this.state.sessions.find((one) => one.profile === profile);
      if (!session?.elevation) throw refused('not-elevated', `${profile} isn't elevated`, null);
      const readOnly: SessionView = { ...session, elevation: null };
      this.changeSession('renewed', readOnly);
      return readOnly;
    });

  renameIdentity = (name: string, newName: string) =>
    this.call('rename_identity', { name, newName }, () => {
      const { identities, roles, sessions } = this.state;
      if (identities.some((one) => one.name === newName)) {
        throw refused('identity-exists', `there is an identity named ${newName} already`, 'choose another name');
      }
      const renamed = <T extends { identity: string }>(one: T): T => (one.identity === name ? { ...one, identity: newName } : one);
      const id = (of: string) => (of.startsWith(`${name}:`) ? newName + of.slice(name.length) : of);
      this.state = {
        ...this.state,
        identities: identities.map((one) => ({
          ...one,
          name: one.name === name ? newName : one.name,
          signedInBy: one.signedInBy === name ? newName : one.signedInBy,
        })),
        roles: roles.map((role) => ({ ...renamed(role), id: id(role.id) })),
        sessions: sessions.map((session) => ({ ...renamed(session), roleId: id(session.roleId) })),
      };
      this.favourites = this.favourites.map(id);
      this.emit({ type: 'catalog-changed' });
    });

  #profilesAfter(before: SessionView, change: ChangeSession, written: readonly string[]): string[] {
    const { profile, rename, add, drop, replace } = change;
    const own = [before.profile, ...before.also];
    const kept = own.filter((one) => !drop.includes(one)).map((one) => (rename !== null && one === profile ? rename : one));
    const after = [...new Set([...kept, ...add])];
    for (const name of after.filter((one) => !written.includes(one))) {
      const other = this.state.sessions.find((one) => one !== before && [one.profile, ...one.also].includes(name));
      if (other) throw refused('profile-in-use', `profile ${name} belongs to the session of profile ${other.profile}`, null);
      if (/[\]\n]/.test(name)) throw refused('bad-profile-name', `"${name}" can't be the name of a profile`, null);
      if (this.foreign.has(name) && !replace) {
        const message = `${this.state.credentialsFile}:1 has a profile "${name}" that Daypass didn't write`;
        throw refused('foreign-profile', message, 'choose another name');
      }
    }
    return after;
  }
}

function refused(code: Problem['code'], message: string, hint: string | null): Problem {
  return { code, message, hint, kind: 'refused', requestId: null };
}

const service = (id: string, name: string, ...aliases: string[]): ConsoleService => ({ id, name, aliases });

const SERVICES: ConsoleService[] = [
  service('cloudwatch', 'CloudWatch', 'logs', 'metrics'),
  service('dynamodb', 'DynamoDB'),
  service('ec2', 'EC2', 'instances'),
  service('eks', 'Elastic Kubernetes Service', 'kubernetes'),
  service('iam', 'IAM'),
  service('kms', 'Key Management Service', 'keys'),
  service('lambda', 'Lambda', 'functions'),
  service('s3', 'S3', 'buckets'),
];
