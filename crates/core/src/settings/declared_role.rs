//! A role that a person declared.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{AskWhen, DeliverySetting};
use crate::names::{IdentityName, Partition, ProfileName, Region, SessionDuration, Target, TargetKind};
use crate::terms::Terms;

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
    /// How its sessions are delivered. A change without it leaves what the file says.
    #[serde(default)]
    #[ts(optional)]
    pub delivery: Option<DeliverySetting>,
    /// The requested terms.
    #[serde(default)]
    pub terms: Terms,
}

/// What a declared role says of handing out its credentials. Absent: what its account or the settings say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct HandOut {
    /// When the person is asked before a program gets them.
    pub ask: Option<AskWhen>,
    /// How its sessions are delivered.
    pub delivery: Option<DeliverySetting>,
}

/// A field of a declared role that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleMistake {
    /// As it is called in `config.toml`.
    pub field: &'static str,
    /// What is wrong with it.
    pub what: String,
}

impl DeclaredRole {
    /// What no field by itself can have wrong. Terms are checked against the operation, which the identity knows.
    #[must_use]
    pub fn mistakes(&self) -> Vec<RoleMistake> {
        let mut mistakes = Vec::new();
        let mut wrong = |field, what| mistakes.push(RoleMistake { field, what });
        let here = self.arn.partition();
        if let Some(via) = &self.via {
            if !via.kind().can_assume_roles() {
                wrong("via", format!("{via} can't assume a role: AWS doesn't let such a session call AssumeRole"));
            } else if via.partition() != here {
                wrong("via", format!("{via} can't assume {}: it's in another partition", self.arn));
            }
        }
        if let Some(what) = self.region.as_ref().and_then(|region| misplaced(region, &self.arn)) {
            wrong("region", what);
        }
        if let Some(what) = self.asks_for_too_long() {
            wrong("duration", what);
        }
        mistakes
    }

    /// What is wrong with its duration: longer than its kind of session lasts, or than an hour where one role assumes
    /// another (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining>).
    #[must_use]
    pub fn asks_for_too_long(&self) -> Option<String> {
        let longest = self.longest();
        let duration = self.terms.duration.filter(|duration| *duration > longest)?;
        let whose = match self.arn.kind() {
            TargetKind::Role if self.is_chained() => "a role that is assumed by another role",
            TargetKind::Role => "a role session",
            TargetKind::User => "a user's session token",
            TargetKind::FederatedUser => "a federated user's session",
            TargetKind::Root => "a root session",
            TargetKind::IdentityPool => "a session of an identity pool",
        };
        Some(format!("duration {duration} is too long: {whose} lasts from 15m to {longest}"))
    }

    /// The longest that its sessions may be asked to last.
    #[must_use]
    pub fn longest(&self) -> SessionDuration {
        let longest = SessionDuration::longest(self.arn.kind());
        if self.is_chained() { longest.min(SessionDuration::default()) } else { longest }
    }

    /// Whether one role assumes another, as AWS counts: a user's session token is not a role's.
    fn is_chained(&self) -> bool {
        self.arn.kind() == TargetKind::Role
            && self.via.as_ref().is_some_and(|via| matches!(via.kind(), TargetKind::Role | TargetKind::IdentityPool))
    }
}

/// What is wrong with a region for a role, if it is in another partition.
#[must_use]
pub fn misplaced(region: &Region, role: &Target) -> Option<String> {
    let (there, here) = (Partition::of_region(region), role.partition());
    (there != here).then(|| format!("region {region} is in partition {there}, and {role} in {here}"))
}
