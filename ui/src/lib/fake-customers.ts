/** Twelve customers for pictures of a large catalog: a thousand accounts, three thousand roles, twenty identities. */
import type { AccountColour } from '../bindings/AccountColour';
import type { IdentitySettings } from '../bindings/IdentitySettings';
import type { RoleView } from '../bindings/RoleView';
import type { FakeState } from './fake-state';
import { FakeBackend, type FakeOptions, identityView, roleView, sessionView } from './fake-backend';
import { empty } from './fake-scenarios';

const CUSTOMERS = ['Acme', 'Contoso', 'Globex', 'Hooli', 'Initech', 'Northwind', 'Stark', 'Tyrell', 'Umbrella', 'Vandelay', 'Wayne', 'Wonka'];
const SYSTEMS = ['Analytics', 'Billing', 'CRM', 'Data lake', 'Identity', 'Logistics', 'Mobile', 'Payments', 'Platform', 'Search', 'Shop', 'Web'];
const STAGES = ['audit', 'development', 'production', 'shared', 'staging', 'test', 'training'];
const ROLES = ['ReadOnly', 'Admin', 'Deploy', 'Developer', 'Auditor'];
const COLOURS: readonly (AccountColour | null)[] = ['blue', 'green', null, 'orange', 'purple', 'turquoise', null];
const OTHER_IDENTITIES = ['acme-admin', 'adfs', 'corp', 'github', 'leapp', 'mara-key', 'pool', 'shop-customers'];

export function customers(options: FakeOptions): FakeBackend {
  const roles = CUSTOMERS.flatMap((customer, c) =>
    SYSTEMS.flatMap((system, s) => STAGES.flatMap((stage, n) => rolesOf(`${customer} ${system} ${stage}`, c, s * STAGES.length + n, stage))),
  );
  const state: FakeState = {
    ...empty(),
    identities: [...CUSTOMERS.map((name) => name.toLowerCase()), ...OTHER_IDENTITIES].map(identity),
    roles: [...roles, ...odd()],
    recentRoles: roles.filter((_, i) => i % 611 === 7).map((role) => role.id),
  };
  const running = [roles[4], roles[400], roles[1203]] as RoleView[];
  state.sessions = running.map((role, i) => sessionView(role, role.profile, 'active', Date.now() - i * 1_500_000, 3600 * (1 + i * i)));
  const backend = new FakeBackend(state, options);
  backend.favourites = [roles[9], roles[700], roles[1500]].map((role) => (role as RoleView).id);
  backend.folders = new Map(roles.filter((_, i) => i % 3 === 0).map((role) => [role.account, CUSTOMERS[role.account.length % 12] as string]));
  return backend;
}

function rolesOf(accountName: string, customer: number, place: number, stage: string): RoleView[] {
  const production = stage === 'production';
  const account = String(100_000_000_000 + ((customer * 84 + place) * 791_929_300 + 11_122_223_333) % 899_999_999_999);
  const identity = (CUSTOMERS[customer] as string).toLowerCase();
  const accountColour = production ? 'red' : (COLOURS[place % COLOURS.length] ?? null);
  return ROLES.slice(0, 2 + (place % 3)).map((name) =>
    roleView(`arn:aws:iam::${account}:role/${name}`, identity, {
      accountName,
      accountColour,
      production,
      profile: `${accountName}-${name}`.toLowerCase().replaceAll(' ', '-'),
    }),
  );
}

/** An account with forty roles, one role that two identities reach, a name from right to left, and a long one. */
function odd(): RoleView[] {
  const arn = (account: string, name: string) => `arn:aws:iam::${account}:role/${name}`;
  const teams = ['Alpha', 'Beta', 'Gamma', 'Delta', 'Ops'];
  const tasks = ['Read', 'Write', 'Deploy', 'Debug', 'Admin', 'Billing', 'Backup', 'Audit'];
  const many = teams.flatMap((team) => tasks.map((task) => roleView(arn('900000000001', team + task), 'acme', { accountName: 'Acme Analytics all teams' })));
  const both = ['acme', 'acme-admin'].map((by) => roleView(arn('900000000002', 'BreakGlass'), by, { accountName: 'Acme Break glass', production: true, accountColour: 'red' }));
  const hebrew = roleView(arn('900000000003', 'ReadOnly'), 'acme', { accountName: 'חשבון ייצור (Acme)' });
  const long = roleView(arn('900000000004', 'AWSReservedSSO_PlatformEngineeringOnCallAdministrator_1f2e3d4c5b6a'), 'acme', {
    accountName: 'Acme with a name that goes on for longer than any column has room',
  });
  return [...many, ...both, hebrew, long];
}

function identity(name: string, i: number) {
  const issuer = `https://login.${name}.example`;
  const settings = (i % 3 === 0 ? { kind: 'identity-center', start_url: `https://${name}.awsapps.com/start` } : { kind: 'oidc', issuer, client_id: name }) as IdentitySettings;
  const state = i % 7 === 5 ? ('signed-out' as const) : i === 6 ? ('needs-sign-in' as const) : ('signed-in' as const);
  return identityView(name, settings, { state, person: state === 'signed-out' ? null : `mara@${name}.example` });
}
