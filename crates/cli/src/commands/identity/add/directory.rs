//! `daypass identity add directory`

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use daypass_core::names::{AccountId, RoleArn};
use daypass_core::problem::{Problem, ProblemKind};
use daypass_core::settings::IdentitySettings;
use daypass_core::settings::{DirectorySettings, Federate, GroupRoles};

use super::Trust;

#[derive(Args)]
pub(crate) struct Directory {
    /// Where the directory is: ldaps://HOST[:PORT], or ldap://HOST[:PORT] with --start-tls
    #[arg(long, value_name = "URL")]
    url: String,
    /// Ask for TLS on the plain port before anything else
    #[arg(long)]
    start_tls: bool,
    #[command(flatten)]
    trust: Trust,
    /// What people bind as, e.g. uid={user},ou=people,dc=example,dc=org or {user}@corp.example
    #[arg(long, value_name = "TEMPLATE")]
    bind_dn: Option<String>,
    /// Where people are searched for
    #[arg(long, value_name = "DN")]
    search_base: Option<String>,
    /// What finds one person [default: (uid={user})]
    #[arg(long, value_name = "FILTER")]
    search_filter: Option<String>,
    /// Account that searches and reads; its password is asked for
    #[arg(long, value_name = "DN")]
    bind_user: Option<String>,
    /// Where groups are searched for [default: memberOf of the person's entry]
    #[arg(long, value_name = "DN")]
    group_base: Option<String>,
    /// What finds a person's groups [default: (|(member={dn})(uniqueMember={dn}))]
    #[arg(long, value_name = "FILTER")]
    group_filter: Option<String>,
    /// Groups of this form are roles, e.g. AWS-{account}-{role}
    #[arg(long, value_name = "PATTERN")]
    role_pattern: Option<String>,
    /// Path of the roles that --role-pattern finds [default: /]
    #[arg(long, value_name = "PATH")]
    role_path: Option<String>,
    /// Partition of the roles that --role-pattern finds [default: aws]
    #[arg(long, value_name = "PARTITION")]
    partition: Option<String>,
    /// Role of a group, by the group's name or DN; may be given several times, for one group too
    #[arg(long = "role", value_name = "GROUP=ARN", value_parser = group_and_role)]
    roles: Vec<(String, RoleArn)>,
    /// Role session name, with attributes in braces, e.g. {mail}
    #[arg(long, value_name = "TEMPLATE")]
    session_name: Option<String>,
    /// Session tag from an attribute; may be given several times
    #[arg(long = "tag", value_name = "KEY=ATTRIBUTE", value_parser = key_and_attribute)]
    tags: Vec<(String, String)>,
    /// Make a federated user of everybody who signs in, in this account
    #[arg(long, value_name = "ACCOUNT")]
    federate: Option<AccountId>,
    /// Managed policy of the federated user; may be given several times
    #[arg(long = "federate-policy-arn", value_name = "ARN", requires = "federate")]
    federate_policy_arns: Vec<String>,
    /// File with an inline policy of the federated user, JSON
    #[arg(long, value_name = "FILE", requires = "federate")]
    federate_policy_file: Option<PathBuf>,
    /// How long a sign-in is good for, 1 to 720 [default: 12]
    #[arg(long, value_name = "HOURS")]
    hours: Option<u32>,
}

impl super::Settings for Directory {
    fn settings(self) -> Result<IdentitySettings, Problem> {
        let policy = self.federate_policy_file.map(|path| {
            std::fs::read_to_string(&path).map_err(|e| {
                Problem::new(ProblemKind::Invalid, "policy-unreadable", format!("{}: {e}", path.display()))
                    .hint("give a file with a JSON policy document")
            })
        });
        let (policy, policy_arns) = (policy.transpose()?, self.federate_policy_arns);
        Ok(IdentitySettings::Directory(Box::new(DirectorySettings {
            url: self.url,
            start_tls: self.start_tls,
            ca_file: self.trust.ca_file()?,
            bind_dn: self.bind_dn,
            search_base: self.search_base,
            search_filter: self.search_filter,
            bind_user: self.bind_user,
            group_base: self.group_base,
            group_filter: self.group_filter,
            role_pattern: self.role_pattern,
            role_path: self.role_path,
            partition: self.partition,
            roles: by_group(self.roles),
            session_name: self.session_name,
            tags: self.tags.into_iter().collect(),
            federate: self.federate.map(|account| Federate { account, policy_arns, policy }),
            hours: self.hours,
        })))
    }
}

fn by_group(pairs: Vec<(String, RoleArn)>) -> BTreeMap<String, GroupRoles> {
    let mut groups: BTreeMap<String, Vec<RoleArn>> = BTreeMap::new();
    for (group, role) in pairs {
        groups.entry(group).or_default().push(role);
    }
    let of = |mut roles: Vec<RoleArn>| match (roles.pop(), roles.is_empty()) {
        (Some(role), true) => GroupRoles::One(role),
        (last, _) => GroupRoles::Several(roles.into_iter().chain(last).collect()),
    };
    groups.into_iter().map(|(group, roles)| (group, of(roles))).collect()
}

/// A DN has '=' in it too.
fn group_and_role(text: &str) -> Result<(String, RoleArn), String> {
    let at = text.rfind("=arn:").ok_or("write GROUP=ARN")?;
    let role = text[at + 1..].parse().map_err(|e: daypass_core::names::NameError| e.to_string())?;
    Ok((text[..at].to_owned(), role))
}

/// A tag's key may have '=' in it; an attribute's name has none.
fn key_and_attribute(text: &str) -> Result<(String, String), String> {
    let (key, attribute) = text.rsplit_once('=').ok_or("write KEY=ATTRIBUTE")?;
    Ok((key.to_owned(), attribute.to_owned()))
}
