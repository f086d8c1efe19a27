//! `config.toml`: identities, declared roles, settings. No secrets: people share it in a team's repository.

mod edit;
mod in_force;
mod parse;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use edit::ConfigFile;
pub(crate) use in_force::{InForce, KeyByConfig};

use crate::exchange::{StsEndpoint, Terms};
use crate::names::{IdentityName, ProfileName, Region, SessionDuration, Target, TargetKind};
use crate::problem::{Problem, ProblemKind};
use crate::view::IdentitySettings;

/// What `config.toml` says, checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// Identities by name.
    pub identities: BTreeMap<IdentityName, IdentitySettings>,
    /// Roles that are declared, in the order of the file.
    pub roles: Vec<DeclaredRole>,
    /// Region for roles that name none.
    pub region: Option<Region>,
    /// Regions whose STS is asked when the first cannot be reached, in this order.
    pub fallback_regions: Vec<Region>,
    /// Which of STS's endpoints are asked.
    pub sts: StsEndpoint,
    /// Where the vault's key is.
    pub vault_key: VaultKey,
}

/// A `[[role]]` of `config.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct DeclaredRole {
    /// What credentials are of.
    pub arn: Target,
    /// The identity that assumes it, or that the chain to it begins with.
    pub identity: IdentityName,
    /// The role whose session assumes it: a chain. It is known by the same identity.
    #[serde(default)]
    pub via: Option<Target>,
    /// The profile it is written to unless told otherwise.
    #[serde(default)]
    pub profile: Option<ProfileName>,
    /// Region written to the profile and asked at STS.
    #[serde(default)]
    pub region: Option<Region>,
    /// What is asked for.
    #[serde(default)]
    pub terms: Terms,
}

impl DeclaredRole {
    /// What is wrong with its duration: longer than its kind of session lasts, or than an hour where one role assumes
    /// another (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining>).
    pub(crate) fn asks_for_too_long(&self) -> Option<String> {
        let own = SessionDuration::longest(self.arn.kind());
        let (longest, whose) = match (self.arn.kind(), self.via.as_ref().map(Target::kind)) {
            // A user's session token is no role's.
            (TargetKind::Role, Some(TargetKind::Role | TargetKind::IdentityPool)) => {
                (own.min(SessionDuration::default()), "a role that is assumed by another role")
            }
            (TargetKind::Role, _) => (own, "a role session"),
            (TargetKind::User, _) => (own, "a user's session token"),
            (TargetKind::FederatedUser, _) => (own, "a federated user's session"),
            (TargetKind::Root, _) => (own, "a root session"),
            (TargetKind::IdentityPool, _) => (own, "a session of an identity pool"),
        };
        let duration = self.terms.duration.filter(|duration| *duration > longest)?;
        Some(format!("duration {duration} is too long: {whose} lasts from 15m to {longest}"))
    }
}

/// Where the key of the vault is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum VaultKey {
    /// The keyring of the operating system.
    #[default]
    Keyring,
    /// A passphrase that the person types.
    Passphrase,
    /// A file that the person named.
    File(PathBuf),
}

impl Config {
    /// Reads the text of a `config.toml`.
    ///
    /// # Errors
    ///
    /// `config-mistake`, with line, column, what stands there and what was expected.
    pub fn parse(text: &str, file: &std::path::Path) -> Result<Self, Problem> {
        parse::parse(text).map_err(|mistake| mistake.into_problem(text, file))
    }

    /// The settings of an identity.
    ///
    /// # Errors
    ///
    /// `unknown-identity`, naming those there are.
    pub fn identity(&self, name: &IdentityName) -> Result<&IdentitySettings, Problem> {
        self.identities.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.identities.keys().map(IdentityName::as_str).collect();
            let hint = if known.is_empty() {
                "add one with `daypass identity add`, or in the window".to_owned()
            } else {
                format!("the identities here are: {}", known.join(", "))
            };
            Problem::new(ProblemKind::NotFound, "unknown-identity", format!("there is no identity named {name}"))
                .hint(hint)
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
