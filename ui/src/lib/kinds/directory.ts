import type { DirectorySettings } from '../../bindings/DirectorySettings';
import * as validate from '../validate';
import type { KindOf } from './kind';
import { caFile } from './shared';

export const directory: KindOf<DirectorySettings> = {
  word: 'directory',
  title: 'Directory (LDAP)',
  about: 'Active Directory, OpenLDAP: your groups become roles',
  icon: 'tree',
  intro:
    'You sign in with the name and password of your directory, over TLS. Groups become roles, assumed with a key that ' +
    'the directory’s people share and that only the vault knows.',
  example: 'corp',
  fields: {
    url: {
      type: 'url',
      label: 'Server',
      help: 'ldaps:// with TLS from the start; ldap:// with StartTLS.',
      placeholder: 'ldaps://ldap.example.com',
      required: 'Enter the directory’s address, such as ldaps://ldap.example.com',
      check: validate.ldapUrl,
    },
    start_tls: {
      type: 'bool',
      label: 'StartTLS',
      help: 'On the plain port, before anything else is said.',
      when: (form) => String(form['url']).trim().startsWith('ldap://'),
    },
    bind_dn: {
      type: 'text',
      label: 'Bind as',
      help: 'Whom you sign in as; {user} is what you type. Empty: you are searched for first.',
      placeholder: 'uid={user},ou=people,dc=example,dc=org',
      check: validate.userTemplate,
    },
    search_base: {
      type: 'text',
      label: 'Search base',
      help: 'Where in the directory people are searched for.',
      placeholder: 'ou=people,dc=example,dc=org',
    },
    role_pattern: {
      type: 'text',
      label: 'Groups that are roles',
      help: 'How such a group is called: the account and the role are read from its name.',
      placeholder: 'AWS-{account}-{role}',
      check: validate.rolePattern,
    },
    roles: {
      type: 'map',
      label: 'Roles of groups',
      help: 'A group’s name or DN, and the role’s ARN; several with commas.',
      keyLabel: 'Group',
      valueLabel: 'Role ARN',
      keyPlaceholder: 'developers',
      valuePlaceholder: 'arn:aws:iam::123456789012:role/Developer',
      several: true,
      checkValue: validate.roleArn,
    },
    search_filter: {
      type: 'text',
      label: 'Search filter',
      help: 'Finds your entry; {user} is what you type.',
      placeholder: '(uid={user})',
      check: validate.ldapFilter,
      advanced: true,
    },
    bind_user: {
      type: 'text',
      label: 'Searching account',
      help: 'Who searches and reads groups, where nobody may do so unnamed. Its password goes to the vault.',
      placeholder: 'cn=daypass,ou=services,dc=example,dc=org',
      advanced: true,
    },
    group_base: {
      type: 'text',
      label: 'Group base',
      help: 'Where groups are. Empty: memberOf of your entry is read.',
      placeholder: 'ou=groups,dc=example,dc=org',
      advanced: true,
    },
    group_filter: {
      type: 'text',
      label: 'Group filter',
      help: 'Finds your groups; {dn} is your entry.',
      placeholder: '(|(member={dn})(uniqueMember={dn}))',
      check: validate.ldapFilter,
      advanced: true,
    },
    role_path: {
      type: 'text',
      label: 'Path of the roles',
      help: 'Of roles that are read from a group’s name.',
      placeholder: '/',
      check: validate.rolePath,
      advanced: true,
    },
    partition: {
      type: 'text',
      label: 'Partition',
      help: 'Of roles that are read from a group’s name.',
      placeholder: 'aws',
      check: validate.partition,
      suggestions: ['aws', 'aws-cn', 'aws-us-gov'],
      advanced: true,
    },
    session_name: {
      type: 'text',
      label: 'Session name template',
      help: 'What CloudTrail shows for you. Attributes of your entry stand in braces: {mail}',
      placeholder: '{mail}',
      check: validate.sessionNameTemplate,
      advanced: true,
    },
    tags: {
      type: 'map',
      label: 'Session tags',
      help: 'The tag’s key, and the attribute of your entry that it is taken from.',
      keyLabel: 'Tag key',
      valueLabel: 'Attribute',
      keyPlaceholder: 'team',
      valuePlaceholder: 'departmentNumber',
      advanced: true,
    },
    federate: {
      type: 'group',
      label: 'Federated user',
      help: 'Everybody who signs in gets credentials of their own by GetFederationToken, with these policies.',
      fields: {
        account: {
          type: 'text',
          label: 'Account',
          help: 'The account of the key.',
          placeholder: '123456789012',
          required: 'A federated user lives in an account: enter its 12 digits.',
          check: validate.accountId,
        },
        policy_arns: {
          type: 'lines',
          label: 'Policies of the federated user',
          help: 'ARNs, one a line; 10 at most.',
          check: validate.managedPolicy,
        },
        policy: { type: 'json', label: 'Inline policy of the federated user', help: 'JSON.' },
      },
      advanced: true,
    },
    hours: {
      type: 'number',
      label: 'Hours that a sign-in lasts',
      help: '1 to 720.',
      placeholder: '12',
      check: validate.hours,
      advanced: true,
    },
    ca_file: caFile,
  },
  secrets: [
    {
      name: 'broker_access_key_id',
      label: 'Access key ID of the broker',
      help: 'Of the IAM user whose key assumes the roles. Your administrator has it.',
      plain: true,
      check: validate.accessKeyId,
    },
    { name: 'broker_secret_access_key', label: 'Secret access key of the broker', help: 'It stays in the vault.' },
    {
      name: 'bind_password',
      label: 'Password of the searching account',
      help: 'It stays in the vault.',
      when: (form) => form['bind_user'] !== '',
    },
  ],
  namesRoles: () => true,
  check: (form) => ({
    url:
      String(form['url']).trim().startsWith('ldap://') && form['start_tls'] !== true
        ? 'A password over ldap:// can be read on its way: switch StartTLS on, or write ldaps://'
        : null,
    search_base:
      form['bind_dn'] === '' && form['search_base'] === ''
        ? 'Enter where people are searched for, or what you bind as.'
        : null,
  }),
};
