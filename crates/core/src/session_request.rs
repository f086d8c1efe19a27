//! What a person asks for when they start a session.

use serde::{Deserialize, Serialize};

use crate::names::{IdentityName, ProfileName, Region, Target};
use crate::terms::Terms;

/// What the person asked for: kept until they stop it, through renewals and restarts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRequest {
    /// The profile that tools use.
    pub profile: ProfileName,
    /// What credentials are of.
    pub role: Target,
    /// The identity whose proof is exchanged.
    pub identity: IdentityName,
    /// The roles that are assumed on the way, from the identity to this one.
    #[serde(default)]
    pub via: Vec<Target>,
    /// Region written to the profile and asked at STS.
    pub region: Option<Region>,
    /// What is asked for.
    #[serde(default)]
    pub terms: Terms,
    /// How tools get the credentials.
    pub delivery: Delivery,
}

impl SessionRequest {
    /// Whether a session of the `other` request does for this one: it is the same, and tools that ask for credentials
    /// don't mind that a profile is written as well.
    #[must_use]
    pub fn is_met_by(&self, other: &Self) -> bool {
        let delivery = match self.delivery {
            Delivery::Process => Delivery::Process,
            Delivery::CredentialsFile => other.delivery,
        };
        *self == Self { delivery, ..other.clone() }
    }
}

/// How tools get the credentials of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// A section of the AWS credentials file.
    CredentialsFile,
    /// `credential_process` asks for them; nothing is written.
    Process,
}
