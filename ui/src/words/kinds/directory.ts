/** Directory (LDAP): its line in the picker, and its form. */
export const directory = {
  title: 'Directory (LDAP)',
  about: 'Active Directory or OpenLDAP. Your groups decide which roles you get',
  intro: 'You sign in with your directory’s user name and password, over TLS. Your groups become roles. Daypass assumes them with an access key that you all share and that stays in the vault.',
  fields: {
    url: {
      label: 'Server',
      help: 'Use ldaps://, or ldap:// with StartTLS.',
      required: 'Enter the directory’s address, such as ldaps://ldap.example.com',
    },
    start_tls: {
      label: 'StartTLS',
      help: 'Switches to TLS before anything else is sent.',
    },
    bind_dn: {
      label: 'Bind as',
      help: 'The DN you sign in with. {user} stands for your user name. Leave empty to search for your entry first.',
    },
    search_base: {
      label: 'Search base',
      help: 'Where Daypass searches for people.',
    },
    role_pattern: {
      label: 'Groups that are roles',
      help: 'The naming pattern of these groups. Account and role come from the name.',
    },
    roles: {
      label: 'Roles of groups',
      help: 'A group’s name or DN, and the role’s ARN. Separate several ARNs with commas.',
      keyLabel: 'Group',
      valueLabel: 'Role ARN',
    },
    search_filter: {
      label: 'Search filter',
      help: 'Finds your entry. {user} stands for your user name.',
    },
    bind_user: {
      label: 'Search account',
      help: 'Searches and reads groups if the directory doesn’t allow anonymous access. Its password goes to the vault.',
    },
    group_base: {
      label: 'Group base',
      help: 'Where Daypass searches for groups. Leave empty to use memberOf from your entry.',
    },
    group_filter: {
      label: 'Group filter',
      help: 'Finds your groups. {dn} stands for your entry.',
    },
    role_path: {
      label: 'Role path',
      help: 'For roles that come from group names.',
    },
    partition: {
      label: 'Partition',
      help: 'For roles that come from group names.',
    },
    session_name: {
      label: 'Session name template',
      help: 'How you appear in CloudTrail. Put attributes of your entry in braces: {mail}',
    },
    tags: {
      label: 'Session tags',
      help: 'A tag’s key, and the attribute of your entry that gives its value.',
      keyLabel: 'Tag key',
      valueLabel: 'Attribute',
    },
    federate: {
      label: 'Federated user',
      help: 'Everyone who signs in gets their own credentials from GetFederationToken, limited by these policies.',
      fields: {
        account: {
          label: 'Account',
          help: 'The account of the shared access key.',
          required: 'Enter the account’s 12 digits.',
        },
        policy_arns: {
          label: 'Policies of the federated user',
          help: 'One ARN per line, up to 10.',
        },
        policy: {
          label: 'Inline policy of the federated user',
          help: 'JSON.',
        },
      },
    },
    hours: {
      label: 'Sign-in duration',
      help: 'In hours, 1 to 720.',
    },
  },
  secrets: {
    broker_access_key_id: {
      label: 'Access key ID of the broker',
      help: 'The IAM user’s key that assumes the roles. Ask your administrator for it.',
    },
    broker_secret_access_key: {
      label: 'Secret access key of the broker',
      help: 'It stays in the vault.',
    },
    bind_password: {
      label: 'Password of the search account',
      help: 'It stays in the vault.',
    },
  },
};
