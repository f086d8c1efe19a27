import type { DirectorySettings } from '../../bindings/DirectorySettings';
import { userKeyId } from '../typed';
import type { KindOf } from './kind';
import { caFile } from './shared';

export const directory: KindOf<DirectorySettings> = {
  word: 'directory',
  title: 'Directory (LDAP)',
  about: 'Active Directory or OpenLDAP. Your groups decide which roles you get',
  icon: 'tree',
  intro:
    'You sign in with your directory’s user name and password, over TLS. Your groups become roles. Daypass assumes them ' +
    'with an access key that you all share and that stays in the vault.',
  example: 'corp',
  fields: {
    url: {
      type: 'url',
      label: 'Server',
      help: 'Use ldaps://, or ldap:// with StartTLS.',
      placeholder: 'ldaps://ldap.example.com',
      required: 'Enter the directory’s address, such as ldaps://ldap.example.com',
    },
    start_tls: {
      type: 'bool',
      label: 'StartTLS',
      help: 'Switches to TLS before anything else is sent.',
      when: (form) => String(form['url']).trim().startsWith('ldap://'),
    },
    bind_dn: {
      type: 'text',
      label: 'Bind as',
      help: 'The DN you sign in with. {user} stands for your user name. Leave empty to search for your entry first.',
      placeholder: 'uid={user},ou=people,dc=example,dc=org',
    },
    search_base: {
      type: 'text',
      label: 'Search base',
      help: 'Where Daypass searches for people.',
      placeholder: 'ou=people,dc=example,dc=org',
    },
    role_pattern: {
      type: 'text',
      label: 'Groups that are roles',
      help: 'The naming pattern of these groups. Account and role come from the name.',
      placeholder: 'AWS-{account}-{role}',
    },
    roles: {
      type: 'map',
      label: 'Roles of groups',
      help: 'A group’s name or DN, and the role’s ARN. Separate several ARNs with commas.',
      keyLabel: 'Group',
      valueLabel: 'Role ARN',
      keyPlaceholder: 'developers',
      valuePlaceholder: 'arn:aws:iam::123456789012:role/Developer',
      several: true,
    },
    search_filter: {
      type: 'text',
      label: 'Search filter',
      help: 'Finds your entry. {user} stands for your user name.',
      placeholder: '(uid={user})',
      advanced: true,
    },
    bind_user: {
      type: 'text',
      label: 'Search account',
      help: 'Searches and reads groups if the directory doesn’t allow anonymous access. Its password goes to the vault.',
      placeholder: 'cn=daypass,ou=services,dc=example,dc=org',
      advanced: true,
    },
    group_base: {
      type: 'text',
      label: 'Group base',
      help: 'Where Daypass searches for groups. Leave empty to use memberOf from your entry.',
      placeholder: 'ou=groups,dc=example,dc=org',
      advanced: true,
    },
    group_filter: {
      type: 'text',
      label: 'Group filter',
      help: 'Finds your groups. {dn} stands for your entry.',
      placeholder: '(|(member={dn})(uniqueMember={dn}))',
      advanced: true,
    },
    role_path: {
      type: 'text',
      label: 'Role path',
      help: 'For roles that come from group names.',
      placeholder: '/',
      advanced: true,
    },
    partition: {
      type: 'text',
      label: 'Partition',
      help: 'For roles that come from group names.',
      placeholder: 'aws',
      suggestions: ['aws', 'aws-cn', 'aws-us-gov'],
      advanced: true,
    },
    session_name: {
      type: 'text',
      label: 'Session name template',
      help: 'How you appear in CloudTrail. Put attributes of your entry in braces: {mail}',
      placeholder: '{mail}',
      advanced: true,
    },
    tags: {
      type: 'map',
      label: 'Session tags',
      help: 'A tag’s key, and the attribute of your entry that gives its value.',
      keyLabel: 'Tag key',
      valueLabel: 'Attribute',
      keyPlaceholder: 'team',
      valuePlaceholder: 'departmentNumber',
      advanced: true,
    },
    federate: {
      type: 'group',
      label: 'Federated user',
      help: 'Everyone who signs in gets their own credentials from GetFederationToken, limited by these policies.',
      fields: {
        account: {
          type: 'text',
          label: 'Account',
          help: 'The account of the shared access key.',
          placeholder: '123456789012',
          required: 'Enter the account’s 12 digits.',
        },
        policy_arns: {
          type: 'lines',
          label: 'Policies of the federated user',
          help: 'One ARN per line, up to 10.',
        },
        policy: { type: 'json', label: 'Inline policy of the federated user', help: 'JSON.' },
      },
      advanced: true,
    },
    hours: {
      type: 'number',
      label: 'Sign-in duration',
      help: 'In hours, 1 to 720.',
      placeholder: '12',
      advanced: true,
    },
    ca_file: caFile,
  },
  secrets: [
    {
      name: 'broker_access_key_id',
      label: 'Access key ID of the broker',
      help: 'The IAM user’s key that assumes the roles. Ask your administrator for it.',
      plain: true,
      check: userKeyId,
    },
    { name: 'broker_secret_access_key', label: 'Secret access key of the broker', help: 'It stays in the vault.' },
    {
      name: 'bind_password',
      label: 'Password of the search account',
      help: 'It stays in the vault.',
      when: (form) => form['bind_user'] !== '',
    },
  ],
  namesRoles: () => true,
};
