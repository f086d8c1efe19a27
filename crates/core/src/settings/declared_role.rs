//! A role that a person declared.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::names::{IdentityName, ProfileName, Region, SessionDuration, Target, TargetKind};
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
    /// What is asked for.
    #[serde(default)]
    pub terms: Terms,
}

impl DeclaredRole {
    /// What is wrong with its duration: longer than its kind of session lasts, or than an hour where one role assumes
    /// another (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining>).
    pub fn asks_for_too_long(&self) -> Option<String> {
        let own = SessionDuration::longest(self.arn.kind());
        let (longest, whose) = match (self.arn.kind(), self.via.as_ref().map(Target::kind)) {
            // A user's session token isn't a role's.
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
