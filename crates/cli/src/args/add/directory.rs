//! `daypass identity add directory`

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use daypass_core::names::{AccountId, RoleArn};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::IdentitySettings;
use daypass_core::settings::{DirectorySettings, Federate, GroupRoles};

use super::settings::{RoleRegion, Trust};

#[derive(Args)]
pub(crate) struct Directory {
    /// URL of the directory: ldaps://HOST[:PORT], or ldap://HOST[:PORT] with --start-tls
    #[arg(long, value_name = "URL")]
    url: String,
    /// Start TLS on the plain port before sending anything else
    #[arg(long)]
    start_tls: bool,
    #[command(flatten)]
    trust: Trust,
    /// DN to bind as when a person signs in, e.g. uid={user},ou=people,dc=example,dc=org or {user}@corp.example
    #[arg(long, value_name = "TEMPLATE")]
    bind_dn: Option<String>,
    /// Base DN to search for people
    #[arg(long, value_name = "DN")]
    search_base: Option<String>,
    /// Filter that finds one person [default: (uid={user})]
    #[arg(long, value_name = "FILTER")]
    search_filter: Option<String>,
    /// DN of the service account that searches the directory; Daypass asks for its password
    #[arg(long, value_name = "DN")]
    bind_user: Option<String>,
    /// Base DN to search for groups [default: read memberOf from the person's entry]
    #[arg(long, value_name = "DN")]
    group_base: Option<String>,
    /// Filter that finds a person's groups [default: (|(member={dn})(uniqueMember={dn}))]
    #[arg(long, value_name = "FILTER")]
    group_filter: Option<String>,
    /// Pattern of group names that stand for roles, e.g. AWS-{account}-{role}
    #[arg(long, value_name = "PATTERN")]
    role_pattern: Option<String>,
    /// Path of roles that --role-pattern finds [default: /]
    #[arg(long, value_name = "PATH")]
    role_path: Option<String>,
    /// Partition of roles that --role-pattern finds [default: aws]
    #[arg(long, value_name = "PARTITION")]
    partition: Option<String>,
    /// Role for a group, by the group's name or DN; repeat for several roles or groups
    #[arg(long = "role", value_name = "GROUP=ARN", value_parser = group_and_role)]
    roles: Vec<(String, RoleArn)>,
    /// Role session name, with the person's attributes in braces, e.g. {mail}
    #[arg(long, value_name = "TEMPLATE")]
    session_name: Option<String>,
    /// Session tag with the value of an attribute; repeat for several
    #[arg(long = "tag", value_name = "KEY=ATTRIBUTE", value_parser = key_and_attribute)]
    tags: Vec<(String, String)>,
    /// Give each person a federated user in this account
    #[arg(long, value_name = "ACCOUNT")]
    federate: Option<AccountId>,
    /// Managed policy for the federated user; repeat for several
    #[arg(long = "federate-policy-arn", value_name = "ARN", requires = "federate")]
    federate_policy_arns: Vec<String>,
    /// JSON file with an inline policy for the federated user
    #[arg(long, value_name = "FILE", requires = "federate")]
    federate_policy_file: Option<PathBuf>,
    /// How long a sign-in lasts, 1 to 720 hours [default: 12]
    #[arg(long, value_name = "HOURS")]
    hours: Option<u32>,
    #[command(flatten)]
    roles_in: RoleRegion,
}

impl super::settings::Settings for Directory {
    fn settings(self) -> Result<IdentitySettings, Problem> {
        let policy = self.federate_policy_file.map(|path| {
            std::fs::read_to_string(&path).map_err(|e| {
                Problem::new(ProblemKind::Invalid, ProblemCode::PolicyUnreadable, format!("{}: {e}", path.display()))
                    .hint("pass a file that contains a JSON policy document")
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
            default_region: self.roles_in.default_region,
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

/// A DN contains '=' too.
fn group_and_role(text: &str) -> Result<(String, RoleArn), String> {
    let at = text.rfind("=arn:").ok_or("write GROUP=ARN")?;
    let role = text[at + 1..].parse().map_err(|e: daypass_core::names::NameError| e.to_string())?;
    Ok((text[..at].to_owned(), role))
}

/// A tag's key may contain '='. An attribute's name can't.
fn key_and_attribute(text: &str) -> Result<(String, String), String> {
    let (key, attribute) = text.rsplit_once('=').ok_or("write KEY=ATTRIBUTE")?;
    Ok((key.to_owned(), attribute.to_owned()))
}
