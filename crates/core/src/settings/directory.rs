//! The settings of a directory.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use ts_rs::TS;

use crate::names::{AccountId, Region, RoleArn};

/// A directory. The names are those of `config.toml`, in the window too: one struct serves both.
///
/// Templates have placeholders in braces. `{user}` is the name that was typed; it is escaped for the place that it
/// stands in (RFC 4514 in a DN, RFC 4515 in a filter).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct DirectorySettings {
    /// `ldaps://HOST[:PORT]`, or `ldap://HOST[:PORT]` with `start_tls`.
    pub url: String,
    /// Ask the server for TLS on the plain port before anything else (RFC 4511, 4.14).
    #[serde(default)]
    pub start_tls: bool,
    /// PEM file with certificates to trust beside the system's.
    #[serde(default)]
    pub ca_file: Option<String>,
    /// What the person binds as: a DN (`uid={user},ou=people,dc=example,dc=org`), or a name that Active Directory takes
    /// (`{user}@corp.example`), whose entry is then searched for in `search_base`.
    #[serde(default)]
    pub bind_dn: Option<String>,
    /// Where people are searched for. Without `bind_dn`: search, then bind as what was found.
    #[serde(default)]
    pub search_base: Option<String>,
    /// What finds one person. Default: `(uid={user})`.
    #[serde(default)]
    pub search_filter: Option<String>,
    /// The account that searches, and reads entries and groups; its password is the secret `bind_password`. Without
    /// it: anonymous to search, the person to read.
    #[serde(default)]
    pub bind_user: Option<String>,
    /// Where groups are searched for. Without it: `memberOf` of the person's entry.
    #[serde(default)]
    pub group_base: Option<String>,
    /// What finds the person's groups. Default: `(|(member={dn})(uniqueMember={dn}))`.
    #[serde(default)]
    pub group_filter: Option<String>,
    /// Groups whose `cn` has this form are roles: `AWS-{account}-{role}`.
    #[serde(default)]
    pub role_pattern: Option<String>,
    /// The path of the roles that `role_pattern` finds. Default: `/`.
    #[serde(default)]
    pub role_path: Option<String>,
    /// The partition of the roles that `role_pattern` finds. Default: `aws`.
    #[serde(default)]
    pub partition: Option<String>,
    /// Roles of groups by name: a group's `cn` or DN, and a role ARN or a list of them.
    #[serde(default)]
    pub roles: BTreeMap<String, GroupRoles>,
    /// Template of the role session name, with attributes of the entry and `{user}`. Default: the first of `mail`,
    /// `userPrincipalName`, `uid` and `sAMAccountName` that the entry has, else what was typed.
    #[serde(default)]
    pub session_name: Option<String>,
    /// Session tags: the tag's key, and the attribute that it is taken from.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// A federated user for everybody who signs in (GetFederationToken).
    #[serde(default)]
    pub federate: Option<Federate>,
    /// How long a sign-in is good for, in hours: 1 to 720. Default: 12.
    #[serde(default)]
    pub hours: Option<u32>,
    /// Region for the profiles of its roles, where the role names none.
    #[serde(default)]
    pub default_region: Option<Region>,
}

/// What a federated user may do. Without any policy nothing, but where a resource's policy names the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Federate {
    /// The account of the broker's key: a federated user lives there.
    pub account: AccountId,
    /// Managed policies, ARNs; 10 at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policy_arns: Vec<String>,
    /// Inline policy, JSON.
    #[serde(default)]
    pub policy: Option<String>,
}

/// The roles of a group: one, or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(untagged)]
pub enum GroupRoles {
    /// One.
    One(RoleArn),
    /// Several.
    Several(Vec<RoleArn>),
}

impl DirectorySettings {
    /// What a sign-in asks the directory. A kept entry is good for these settings alone; how its groups become roles
    /// may change without a new sign-in.
    pub fn asked(&self) -> Self {
        Self {
            role_pattern: None,
            role_path: None,
            partition: None,
            roles: BTreeMap::new(),
            federate: None,
            hours: None,
            default_region: None,
            ..self.clone()
        }
    }
}

impl GroupRoles {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[RoleArn] {
        match self {
            Self::One(role) => std::slice::from_ref(role),
            Self::Several(roles) => roles,
        }
    }
}

/// By hand: serde's untagged enums don't say what is wrong with an ARN.
impl<'de> Deserialize<'de> for GroupRoles {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrSeveral;

        impl<'de> Visitor<'de> for OneOrSeveral {
            type Value = GroupRoles;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a role ARN, or a list of role ARNs")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<GroupRoles, E> {
                text.parse().map(GroupRoles::One).map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<GroupRoles, A::Error> {
                let mut roles = Vec::new();
                while let Some(role) = list.next_element()? {
                    roles.push(role);
                }
                Ok(GroupRoles::Several(roles))
            }
        }

        deserializer.deserialize_any(OneOrSeveral)
    }
}
