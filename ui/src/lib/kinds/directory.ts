import type { DirectorySettings } from '../../bindings/DirectorySettings';
import { userKeyId } from '../typed';
import type { KindOf } from './kind';
import { caFile, defaultRegion } from './shared';
import { directory as words } from '../../words/kinds/directory';

export const directory: KindOf<DirectorySettings> = {
  word: 'directory',
  title: words.title,
  about: words.about,
  icon: 'tree',
  intro: words.intro,
  example: 'corp',
  fields: {
    url: {
      type: 'url',
      ...words.fields.url,
      placeholder: 'ldaps://ldap.example.com',
    },
    start_tls: {
      type: 'bool',
      ...words.fields.start_tls,
      when: (form) => String(form['url']).trim().startsWith('ldap://'),
    },
    bind_dn: {
      type: 'text',
      ...words.fields.bind_dn,
      placeholder: 'uid={user},ou=people,dc=example,dc=org',
    },
    search_base: {
      type: 'text',
      ...words.fields.search_base,
      placeholder: 'ou=people,dc=example,dc=org',
    },
    role_pattern: {
      type: 'text',
      ...words.fields.role_pattern,
      placeholder: 'AWS-{account}-{role}',
    },
    roles: {
      type: 'map',
      ...words.fields.roles,
      keyPlaceholder: 'developers',
      valuePlaceholder: 'arn:aws:iam::123456789012:role/Developer',
      several: true,
    },
    search_filter: {
      type: 'text',
      ...words.fields.search_filter,
      placeholder: '(uid={user})',
      advanced: true,
    },
    bind_user: {
      type: 'text',
      ...words.fields.bind_user,
      placeholder: 'cn=daypass,ou=services,dc=example,dc=org',
      advanced: true,
    },
    group_base: {
      type: 'text',
      ...words.fields.group_base,
      placeholder: 'ou=groups,dc=example,dc=org',
      advanced: true,
    },
    group_filter: {
      type: 'text',
      ...words.fields.group_filter,
      placeholder: '(|(member={dn})(uniqueMember={dn}))',
      advanced: true,
    },
    role_path: {
      type: 'text',
      ...words.fields.role_path,
      placeholder: '/',
      advanced: true,
    },
    partition: {
      type: 'text',
      ...words.fields.partition,
      placeholder: 'aws',
      suggestions: ['aws', 'aws-cn', 'aws-us-gov'],
      advanced: true,
    },
    session_name: {
      type: 'text',
      ...words.fields.session_name,
      placeholder: '{mail}',
      advanced: true,
    },
    tags: {
      type: 'map',
      ...words.fields.tags,
      keyPlaceholder: 'team',
      valuePlaceholder: 'departmentNumber',
      advanced: true,
    },
    federate: {
      type: 'group',
      label: words.fields.federate.label,
      help: words.fields.federate.help,
      fields: {
        account: {
          type: 'text',
          ...words.fields.federate.fields.account,
          placeholder: '123456789012',
        },
        policy_arns: {
          type: 'lines',
          ...words.fields.federate.fields.policy_arns,
        },
        policy: { type: 'json', ...words.fields.federate.fields.policy, },
      },
      advanced: true,
    },
    hours: {
      type: 'number',
      ...words.fields.hours,
      placeholder: '12',
      advanced: true,
    },
    ca_file: caFile,
    default_region: defaultRegion,
  },
  secrets: [
    {
      name: 'broker_access_key_id',
      ...words.secrets.broker_access_key_id,
      plain: true,
      check: userKeyId,
    },
    { name: 'broker_secret_access_key', ...words.secrets.broker_secret_access_key, },
    {
      name: 'bind_password',
      ...words.secrets.bind_password,
      when: (form) => form['bind_user'] !== '',
    },
  ],
  namesRoles: () => true,
};
