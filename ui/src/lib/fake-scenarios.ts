/** What `npm run dev` shows with `?fake=NAME`, and what the tests start from. */
import type { IdentitySettings } from '../bindings/IdentitySettings';
import type { IdentityView } from '../bindings/IdentityView';
import type { Problem } from '../bindings/Problem';
import type { RoleView } from '../bindings/RoleView';
import type { SessionView } from '../bindings/SessionView';
import { VAULT_LOCKED } from './fake-answers';
import type { FakeState } from './fake-state';
import { FakeBackend, type FakeOptions, identityView, roleView, sessionView } from './fake-backend';
import { customers } from './fake-customers';
import { madeUpHistory } from './fake-history';
import { somethingToImport } from './fake-import';
import { NO_TERMS } from './terms';

export function scenario(name: string): FakeBackend {
  const live: FakeOptions = { latency: 250, signInAfter: 6000, stepLatency: 1500 };
  if (name === 'customers') return customers(live);
  const make = SCENARIOS[name] ?? SCENARIOS['main'];
  const noTray = { tray: false, version: '0.1.0', platform: 'linux' };
  const plan = name === 'first-start' ? { plan: somethingToImport() } : {};
  const backend = new FakeBackend((make as () => FakeState)(), name === 'problems' ? { ...live, shell: noTray } : { ...live, ...plan });
  backend.log.know(backend.state.roles);
  backend.log.lastUses = backend.state.sessions.slice(0, 1).map(({ profile, roleId }) => {
    return { profile, roleId, at: new Date(Date.now() - 130_000).toISOString(), taker: { by: 'process' as const, program: 'terraform' } };
  });
  if (name === 'month') backend.log.add(...madeUpHistory(backend.state.roles, 30, Date.now(), 20));
  else backend.log.add(...madeUpHistory(backend.state.roles.slice(0, 6), 3, Date.now()));
  backend.log.chain = { is: 'intact', lines: backend.log.events.length, unsealed: 0, removed: 0, restarted: null };
  if (name === 'foreign') backend.foreign.add('acme-dev');
  return backend;
}

const SCENARIOS: Record<string, () => FakeState> = {
  'first-start': empty,
  'no-roles': () => ({ ...empty(), identities: [identity('acme')] }),
  main,
  kinds,
  foreign: main,
  sandbox: () => ({ ...main(), sandbox: true }),
  'sandbox-signed-out': sandboxSignedOut,
  problems,
  morning,
  'config-mistake': configMistake,
  shared,
  'after-sign-out': afterSignOut,
  'no-keyring': noKeyring,
  locked,
  'open-file': openFile,
  many: () => many(10_000),
  twenty: () => many(40, 20),
  huge: () => many(100_000),
  month: () => many(40),
};

export function empty(): FakeState {
  return {
    identities: [],
    roles: [],
    rolesKnown: null,
    filters: [],
    sessions: [],
    configProblem: null,
    vaultProblem: null,
    credentialsProblem: null,
    recentRoles: [],
    catalogs: [],
    policy: null,
    configFile: '/home/mara/.config/daypass/config.toml',
    credentialsFile: '/home/mara/.aws/credentials',
    sandbox: false,
  };
}

/** A vault that was locked while the person was away: nothing of its sessions and sign-ins is known. */
export function locked(): FakeState {
  const { identities, ...rest } = main();
  const shut = identities.map((one): IdentityView => ({ ...one, state: 'signed-out', person: null, signedInUntil: null, problem: VAULT_LOCKED }));
  return { ...rest, identities: shut, sessions: [], vaultProblem: VAULT_LOCKED };
}

/** The sandbox at its start: its one identity lists the roles after a sign-in. */
export function sandboxSignedOut(): FakeState {
  const { settings, ...one } = identity('sandbox');
  const named = { ...one, settings: { ...settings, roles_claim: 'https://aws.amazon.com/roles' } };
  return { ...empty(), identities: [named], sandbox: true };
}

/** A team's catalog, something of which waits, on a machine of an organization with a policy. */
export function shared(): FakeState {
  const { identities, roles, ...rest } = main();
  const waiting = [
    { of: 'identity acme', field: 'issuer', before: 'https://login.acme.example', after: 'https://sso.acme.example' },
    { of: 'account 111122223333', field: 'production', before: 'true', after: null },
  ];
  const catalog = {
    name: 'team',
    from: 'https://intranet.acme.example/aws/catalog.toml',
    signed: true,
    trusted: false,
    byPolicy: false,
    serial: 7,
    identities: 1,
    roles: 24,
    accounts: 12,
    waiting,
    waitingId: 'what-waits',
    notes: [],
    problem: null,
    checkedAt: new Date().toISOString(),
  };
  const policy = {
    file: '/etc/daypass/policy.toml',
    longestSession: '4h',
    deliveries: null,
    kinds: ['oidc', 'identity-center'],
    providers: null,
    productionReadOnly: true,
    problem: null,
  };
  return {
    ...rest,
    identities: identities.map((one) => (one.name === 'acme' ? { ...one, catalog: 'team' } : one)),
    roles: roles.map((role) => (role.identity === 'acme' ? { ...role, catalog: 'team' } : role)),
    catalogs: [catalog],
    policy,
  };
}

/** A person at work: two identities, a dozen accounts, three sessions. */
export function main(): FakeState {
  const roles = ACCOUNTS.flatMap(([account, accountName, identity], a) =>
    ROLES.filter((_, r) => (a + r) % 3 !== 1).map((name) => {
      const profile = `${accountName}-${name.replace(/Access|User/, '').toLowerCase()}`;
      const region = a % 2 ? 'us-east-1' : 'eu-central-1';
      const marks = accountName.endsWith('prod') ? { accountColour: 'red' as const, production: true } : {};
      return roleView(`arn:aws:iam::${account}:role/${name}`, identity, { accountName, ...marks, profile, region });
    }),
  );
  roles[0] = { ...(roles[0] as RoleView), profile: 'acme-dev' };
  const session = (i: number, state: SessionView['state'], ageMinutes: number, renewals: number) => {
    const role = roles[i] as RoleView;
    const issued = Date.now() - ageMinutes * 60_000;
    return { ...sessionView(role, role.profile, state, issued, 3600), renewals };
  };
  return {
    ...empty(),
    identities: [identity('acme', { state: 'signed-in', person: 'mara@acme.example' }), identity('northwind')],
    roles,
    sessions: [session(1, 'active', 8, 4), session(4, 'active', 31, 1), session(7, 'renewing', 43, 12)],
  };
}

/** One identity of each kind, a chain, terms, and every kind of session. */
export function kinds(): FakeState {
  const state = main();
  const until = new Date(Date.now() + 7 * 3_600_000).toISOString();
  const of = (name: string, settings: object, more: Partial<IdentityView> = {}) =>
    identityView(name, settings as IdentitySettings, more);
  const kept = (name: string, settings: object, more: Partial<IdentityView> = {}) => {
    const view = of(name, settings, more);
    return { ...view, secrets: view.secrets.map((secret) => ({ ...secret, isSet: true })) };
  };
  const device = 'arn:aws:iam::104928374651:mfa/mara';
  const directory = { bind_dn: 'uid={user},ou=people,dc=corp,dc=example', roles: {}, tags: {} };
  const base = state.roles[0] as RoleView;
  const hub = { ...base, terms: { ...base.terms, source_identity: 'mara' } };
  const auditTerms = {
    ...NO_TERMS,
    read_only: true,
    external_id: 'daypass-2291',
    tags: { team: 'platform', stage: 'prod' },
    transitive_tag_keys: ['team'],
  };
  const audit = roleView('arn:aws:iam::530192847561:role/Auditor', 'acme', {
    accountName: 'acme-security',
    profile: 'audit',
    via: [hub.arn, 'arn:aws:iam::318274650912:role/Hub'],
    terms: auditTerms,
  });
  const roles = [
    ...state.roles.map((role) => (role.arn === hub.arn ? hub : role)),
    audit,
    roleView('arn:aws:iam::104928374651:user/mara', 'mara-key', { accountName: 'acme-dev', profile: 'mara' }),
    roleView('arn:aws:sts::104928374651:federated-user/mara', 'corp', { accountName: 'acme-dev', profile: 'mara-fed' }),
    roleView('arn:aws:iam::729384756102:root', 'mara-key', {
      accountName: 'northwind-prod',
      profile: 'northwind-root',
      terms: { ...NO_TERMS, task_policy: 'IAMAuditRootUserCredentials' },
    }),
    roleView('arn:aws:cognito-identity:eu-central-1:104928374651:identitypool/eu-central-1:1d2c3b4a', 'app-pool', {
      accountName: 'acme-dev',
      profile: 'app',
    }),
  ];
  const running = sessionView(audit, 'audit', 'active', Date.now() - 600_000, 3600);
  return {
    ...state,
    identities: [
      of('acme', { kind: 'identity-center', start_url: 'https://acme.awsapps.com/start' }, signedIn(until)),
      of('adfs', { kind: 'saml', start_url: 'https://adfs.corp.example/adfs/ls/', sso_url: null }),
      identity('northwind'),
      kept('mara-key', { kind: 'iam-user', mfa_serial: device, region: null }, signedIn(until)),
      kept('corp', { kind: 'directory', url: 'ldaps://ldap.corp.example', ...directory }),
      of('app-pool', { kind: 'cognito', identity: 'northwind', pool_id: 'eu-central-1:1d2c3b4a', account: '104928374651' }),
      of('shop', { kind: 'oauth', provider_id: 'www.amazon.com', client_id: 'amzn1.application-oa2-client.fake' }),
      of('leapp', { kind: 'profile', profile: 'leapp-main', region: null }, { state: 'signed-in', person: 'leapp-main' }),
    ],
    roles,
    sessions: [...state.sessions, { ...running, stsRegion: 'eu-west-1' }],
  };
}

const signedIn = (signedInUntil: string): Partial<IdentityView> => ({
  state: 'signed-in',
  person: 'mara@acme.example',
  signedInUntil,
});

/** Everything that can be wrong at once. */
function problems(): FakeState {
  const state = main();
  const denied = problem('sts-access-denied', 'refused', 'AWS refused: the trust policy of Developer does not name acme', {
    hint: 'Ask the account’s administrator to add the provider to the role’s trust policy.',
    requestId: '7f3b9c1e-aaaa-4bbb-8ccc-1234567890ab',
  });
  const delayed = problem('sts-unreachable', 'passing', 'sts.eu-central-1.amazonaws.com didn\'t answer within 5 s');
  const spent = problem('oidc-sign-in-spent', 'needs-sign-in', 'acme’s provider no longer accepts the sign-in of Monday');
  const [first, second, third] = state.sessions as [SessionView, SessionView, SessionView];
  const renewing = sessionView(state.roles[6] as RoleView, 'renewing', 'renewing', Date.now() - 2_500_000, 3600);
  const expired = sessionView(state.roles[9] as RoleView, 'expired', 'expired', Date.now() - 7_200_000, 3600);
  return {
    ...state,
    identities: state.identities.map((one, i) =>
      i ? one : { ...one, state: 'needs-sign-in' as const, problem: spent },
    ),
    sessions: [
      { ...first, state: 'needs-sign-in', problem: spent },
      { ...second, problem: delayed, renewsAt: new Date(Date.now() + 90_000).toISOString() },
      { ...third, state: 'failed', problem: denied, expiresAt: null, issuedAt: null, renewsAt: null },
      expired,
      renewing,
    ],
    configProblem: problem('config-mistake', 'invalid', 'config.toml, line 14: unknown field “clientid”', {
      hint: 'Expected client_id. The last good configuration stays in force.',
    }),
    vaultProblem: problem('keyring-locked', 'failed', 'The Secret Service keyring “login” is locked', {
      hint: 'Unlock it in your desktop’s keyring program, then try again.',
    }),
  };
}

/** Three identities that were signed in until the morning. */
export function morning(): FakeState {
  const names = ['acme', 'northwind', 'globex'];
  return { ...main(), identities: names.map((name) => identity(name, { state: 'needs-sign-in' })) };
}

/** At the start, config.toml cannot be read. */
function configMistake(): FakeState {
  const message = '/home/mara/.config/daypass/config.toml, line 3, column 1: unknown field `clientid`, expected `client_id`';
  const hint = 'fix that line and save. Nothing was changed';
  return { ...empty(), configProblem: problem('config-mistake', 'invalid', message, { hint }) };
}

/** The first start on a machine without a keyring. */
function noKeyring(): FakeState {
  const message = 'this machine doesn’t have a keyring for the vault’s key (no Secret Service answers on the session bus)';
  const vaultProblem = problem('keyring-absent', 'failed', message, { hint: 'keep the vault’s key elsewhere' });
  return { ...empty(), vaultProblem };
}

/** Other users can read the credentials file. */
function openFile(): FakeState {
  const message = 'other users of this machine can read /home/mara/.aws/credentials (mode 0644), and your keys are in it';
  const hint = 'make it private: chmod 600 /home/mara/.aws/credentials';
  return { ...main(), credentialsProblem: problem('credentials-file-open-to-others', 'refused', message, { hint }) };
}

/** Sessions run on after a sign-out that took their roles away, on a machine whose clock is ten minutes behind. */
function afterSignOut(): FakeState {
  const state = main();
  const ahead = (iso: string | null) => iso && new Date(Date.parse(iso) + 600_000).toISOString();
  const sessions = state.sessions.map((one) => ({ ...one, expiresAt: ahead(one.expiresAt), assumedRole: null }));
  return { ...state, identities: [identity('acme'), identity('northwind')], roles: [], sessions };
}

function many(n: number, running = 6): FakeState {
  const roles = Array.from({ length: n }, (_, i) => {
    const account = String(100_000_000_000 + Math.floor(i / ROLES.length) * 7919);
    const name = ROLES[i % ROLES.length] as string;
    const team = `${TEAMS[Math.floor(i / 5) % TEAMS.length]}-${STAGES[Math.floor(i / 50) % STAGES.length]}`;
    const accountName = `${team}-${Math.floor(i / ROLES.length)}`;
    const more = { accountName, profile: `${accountName}-${name.toLowerCase()}` };
    return roleView(`arn:aws:iam::${account}:role/${name}`, 'acme', more);
  });
  const sessions = roles.slice(-running).map((role) => sessionView(role, role.profile, 'active', Date.now(), 3600));
  return { ...main(), roles, sessions };
}

export function identity(name: string, more: Partial<IdentityView> = {}): IdentityView {
  const settings = {
    kind: 'oidc' as const,
    issuer: `https://login.${name}.example`,
    client_id: 'daypass',
    scopes: ['email', 'offline_access'],
    redirect_port: null,
    redirect_host: null,
    redirect_path: null,
    authorization_parameters: {},
    session_name: '{email}',
    roles_claim: null,
    ca_file: null,
    default_region: null,
  };
  return identityView(name, settings, more);
}

export function problem(code: Problem['code'], kind: Problem['kind'], message: string, more: Partial<Problem> = {}): Problem {
  return { code, kind, message, hint: null, requestId: null, ...more };
}

const ACCOUNTS: [string, string, string][] = [
  ['104928374651', 'acme-dev', 'acme'],
  ['230495867120', 'acme-staging', 'acme'],
  ['318274650912', 'acme-prod', 'acme'],
  ['429183746501', 'acme-data', 'acme'],
  ['530192847561', 'acme-security', 'acme'],
  ['618273645019', 'acme-network', 'acme'],
  ['729384756102', 'northwind-prod', 'northwind'],
  ['836475610293', 'northwind-test', 'northwind'],
];
const ROLES = ['Developer', 'ReadOnly', 'PowerUser', 'AdministratorAccess', 'Billing'];
const TEAMS = ['payments', 'search', 'billing', 'platform', 'mobile', 'data', 'security', 'network', 'identity', 'web'];
const STAGES = ['prod', 'staging', 'dev', 'sandbox'];
