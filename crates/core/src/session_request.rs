//! What a person asks for when they start a session.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::lease::{Elevation, FALL_BACK_LEAD, Lease};
use crate::names::{IdentityName, ProfileName, Region, Target};
use crate::terms::Terms;

/// What the person asked for. Daypass keeps it through renewals and restarts until they stop the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRequest {
    /// The profile that tools use.
    pub profile: ProfileName,
    /// More profiles with the same credentials. They begin, are renewed and end with the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<ProfileName>,
    /// The role or user that the credentials belong to.
    pub role: Target,
    /// The identity whose proof is exchanged.
    pub identity: IdentityName,
    /// The roles that are assumed on the way, from the identity to this one.
    #[serde(default)]
    pub via: Vec<Target>,
    /// The region in the profile, whose STS is asked.
    pub region: Option<Region>,
    /// Whether the person named that region when they started the session. Otherwise it is the role's, and follows it.
    #[serde(default)]
    pub region_named: bool,
    /// The requested terms.
    #[serde(default)]
    pub terms: Terms,
    /// How tools get the credentials.
    pub delivery: Delivery,
    /// Whether one program has it, and for how long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
    /// Whether a session that starts read-only is full for some time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elevation: Option<Elevation>,
}

impl SessionRequest {
    /// A request on the role's own terms.
    #[must_use]
    pub fn new(profile: ProfileName, role: Target, identity: IdentityName, delivery: Delivery) -> Self {
        Self {
            profile,
            also: Vec::new(),
            role,
            identity,
            via: Vec::new(),
            region: None,
            region_named: false,
            terms: Terms::default(),
            delivery,
            lease: None,
            elevation: None,
        }
    }

    /// When what it asks for ends, whatever its credentials say: the lease, or the elevation.
    #[must_use]
    pub fn ends_at(&self) -> Option<DateTime<Utc>> {
        let of_lease = self.lease.as_ref().map(|lease| lease.until);
        let of_elevation = self.elevation.as_ref().map(|elevation| elevation.until);
        of_lease.into_iter().chain(of_elevation).min()
    }

    /// Whether both ask for the same. The moment when a lease or an elevation ends may differ: a process whose clock
    /// was set back notes it by that clock, and the person may end it early.
    #[must_use]
    pub fn asks_for_the_same_as(&self, other: &Self) -> bool {
        let untimed = |request: &Self| {
            let mut request = request.clone();
            let of_lease = request.lease.as_mut().map(|lease| &mut lease.until);
            let of_elevation = request.elevation.as_mut().map(|elevation| &mut elevation.until);
            of_lease.into_iter().chain(of_elevation).for_each(|until| *until = DateTime::UNIX_EPOCH);
            request
        };
        self == other || (self.ends_at().is_some() && untimed(self) == untimed(other))
    }

    /// Whether it is a lease that is over.
    #[must_use]
    pub fn is_over_lease(&self, now: DateTime<Utc>) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.until <= now)
    }

    /// The request as it is at this moment: without an elevation that is over.
    #[must_use]
    pub fn at(&self, now: DateTime<Utc>) -> Self {
        let elevation = self.elevation.clone().filter(|elevation| elevation.until > now + FALL_BACK_LEAD);
        Self { elevation, ..self.clone() }
    }

    /// Whether a session of the `other` request meets this one: the credentials are the same, and the tools of this
    /// request find them.
    #[must_use]
    pub fn is_met_by(&self, other: &Self) -> bool {
        other.delivery.serves(self.delivery) && self.wants_credentials_of(other)
    }

    /// Whether both ask for the same credentials of the same profile, however tools get them.
    #[must_use]
    pub fn wants_credentials_of(&self, other: &Self) -> bool {
        *self == other.delivered_as(self.delivery)
    }

    /// All its profiles.
    pub fn profiles(&self) -> impl Iterator<Item = &ProfileName> {
        std::iter::once(&self.profile).chain(&self.also)
    }

    /// Whether a profile is one of its own.
    #[must_use]
    pub fn has(&self, profile: &ProfileName) -> bool {
        self.profiles().any(|own| own == profile)
    }

    /// The same request with another delivery.
    #[must_use]
    pub fn delivered_as(&self, delivery: Delivery) -> Self {
        Self { delivery, ..self.clone() }
    }
}

/// How tools get the credentials of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export)]
pub enum Delivery {
    /// A section of the AWS credentials file.
    CredentialsFile,
    /// `credential_process` asks for them. Daypass writes nothing.
    Process,
}

impl Delivery {
    /// Whether tools that expect the `wanted` delivery find a session that is delivered like this. Daypass answers
    /// `credential_process` for every session.
    #[must_use]
    pub fn serves(self, wanted: Self) -> bool {
        match (self, wanted) {
            (Self::CredentialsFile | Self::Process, Self::Process) | (Self::CredentialsFile, Self::CredentialsFile) => {
                true
            }
            (Self::Process, Self::CredentialsFile) => false,
        }
    }

    /// Whether this is another way than the `other` one.
    #[must_use]
    pub fn differs_from(self, other: Self) -> bool {
        self != other
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn request(delivery: Delivery) -> SessionRequest {
        let role = "arn:aws:iam::123456789012:role/dev".parse().unwrap();
        SessionRequest::new("dev".parse().unwrap(), role, "work".parse().unwrap(), delivery)
    }

    #[test]
    fn an_elevation_is_over_in_time_for_the_credentials_after_it() {
        let until = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let elevated = SessionRequest {
            elevation: Some(Elevation { until, why: "a deploy".into() }),
            ..request(Delivery::Process)
        };
        let moment = chrono::TimeDelta::milliseconds(1);
        assert_eq!(elevated.at(until - FALL_BACK_LEAD - moment), elevated);
        assert_eq!(elevated.at(until - FALL_BACK_LEAD), request(Delivery::Process));
        assert_eq!((elevated.ends_at(), request(Delivery::Process).ends_at()), (Some(until), None));
    }

    #[test]
    fn a_profile_in_the_file_serves_the_process_but_not_the_other_way_round() {
        let (file, process) = (request(Delivery::CredentialsFile), request(Delivery::Process));
        assert!(process.is_met_by(&file) && process.is_met_by(&process) && file.is_met_by(&file));
        assert!(!file.is_met_by(&process));
        assert!(file.wants_credentials_of(&process));
        let other = SessionRequest { region: Some("eu-central-1".parse().unwrap()), ..process.clone() };
        assert!(!process.is_met_by(&other) && !file.wants_credentials_of(&other));
    }
}
