/** What other tools have on the machine of the fake backend. */
import type { IdentitySettings } from '../bindings/IdentitySettings';
import type { ImportPlan } from '../bindings/ImportPlan';
import type { ImportRole } from '../bindings/ImportRole';

export const NOTHING_TO_IMPORT: ImportPlan = {
  tools: [],
  identities: [],
  roles: [],
  users: [],
  accounts: [],
  remarks: [],
  files: [],
  keys: [],
  isDone: true,
};

/** The plan for a machine with a bit of everything. */
export function somethingToImport(): ImportPlan {
  return {
    tools: [
      { id: 'aws', name: 'AWS CLI', files: ['~/.aws/config', '~/.aws/credentials'] },
      { id: 'aws-vault', name: 'aws-vault', files: [] },
      { id: 'leapp', name: 'Leapp', files: ['~/.Leapp/Leapp-lock.json'] },
    ],
    identities: [
      {
        name: 'acme',
        settings: { kind: 'identity-center', start_url: 'https://acme.awsapps.com/start' } as unknown as IdentitySettings,
        provider: 'acme.awsapps.com',
        from: ['AWS CLI', 'Leapp'],
        secrets: [],
        isThere: false,
      },
      {
        name: 'kim',
        settings: { kind: 'iam-user', mfa_serial: null, region: null } as unknown as IdentitySettings,
        provider: 'AKIAIOSFODNN7EXAMPLE',
        from: ['AWS CLI'],
        secrets: [{ field: 'access_key_id', label: 'access key ID', source: { from: 'held', place: '~/.aws/credentials:2' } }],
        isThere: false,
      },
      {
        name: 'old-key',
        settings: { kind: 'iam-user', mfa_serial: null, region: null } as unknown as IdentitySettings,
        provider: 'an access key',
        from: ['Leapp'],
        secrets: ['access_key_id', 'secret_access_key'].map((field) => ({
          field,
          label: field.replaceAll('_', ' '),
          source: { from: 'ask', why: 'only Leapp’s keychain has it' },
        })),
        isThere: false,
      },
      {
        name: 'vaulted',
        settings: { kind: 'iam-user', mfa_serial: null, region: null } as unknown as IdentitySettings,
        provider: 'an access key',
        from: ['aws-vault'],
        secrets: [
          { field: 'access_key_id', label: 'access key ID', source: { from: 'sealed', tool: 'aws-vault', place: '~/.awsvault/keys' } },
        ],
        isThere: false,
      },
    ],
    roles: [role('acme', 'Admin', 'acme-admin'), role('acme', 'ReadOnly', 'acme-read')],
    users: [{ identity: 'kim', profile: 'kim' }],
    accounts: ['104928374651'],
    remarks: [
      {
        what: 'profile turning',
        why: 'its chain forms a loop',
        advice: 'name another source_profile there',
        place: '~/.aws/config:41',
      },
    ],
    files: [
      { path: '~/.config/daypass/config.toml', profiles: [], backup: 'none' },
      {
        path: '~/.aws/config',
        backup: 'copy',
        profiles: [
          {
            name: 'acme-admin',
            isNew: false,
            removed: ['sso_session = acme', 'sso_account_id = 104928374651', 'sso_role_name = Admin'],
            added: ['credential_process = /usr/bin/daypass credential-process acme:…'],
          },
        ],
      },
    ],
    keys: [{ profile: 'kim', file: '~/.aws/credentials', identity: 'kim' }],
    isDone: false,
  };
}

/** The plan after the import. */
export const doneAlready = (plan: ImportPlan): ImportPlan => ({
  ...plan,
  identities: plan.identities.map((one) => ({ ...one, secrets: [], isThere: true })),
  roles: plan.roles.map((one) => ({ ...one, isThere: true })),
  files: [],
  keys: [],
  isDone: true,
});

function role(identity: string, name: string, profile: string): ImportRole {
  const account = '104928374651';
  const roleId = `${identity}:arn:aws:iam::${account}:role/${name}`;
  return { roleId, identity, account, name, via: null, profiles: [profile], from: 'AWS CLI', isThere: false };
}
