//! A session as it lies in the vault: what the person wished for, and the credentials that were given for it.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

use crate::exchange::{Minted, SessionCredentials, Terms};
use crate::names::{IdentityName, ProfileName, Region, Target};
use crate::view::{SessionState, SessionView, role_id};

/// What the person asked for: kept until they stop it, through renewals and restarts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
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

impl Wish {
    /// Whether a session of the `other` wish does for this one: it is the same, and tools that ask for credentials
    /// don't mind that a profile is written as well.
    pub(crate) fn is_met_by(&self, other: &Self) -> bool {
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

/// Credentials in hand.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Credentials {
    /// `ASIA…`: not a secret.
    pub access_key_id: String,
    /// The secret key.
    #[serde(serialize_with = "exposed")]
    pub secret_access_key: SecretString,
    /// The session token.
    #[serde(serialize_with = "exposed")]
    pub session_token: SecretString,
    /// The expiry that the service returned.
    pub expires_at: DateTime<Utc>,
    /// When they were received, on this machine's clock.
    pub issued_at: DateTime<Utc>,
    /// How far the server's clock is ahead of this machine's, in milliseconds.
    #[serde(default)]
    pub skew_ms: i64,
    /// The region whose STS gave them, when it was not the first that was asked.
    #[serde(default)]
    pub fallback_region: Option<Region>,
    /// `arn:aws:sts::…:assumed-role/ROLE/NAME`.
    pub assumed_role: String,
}

impl Credentials {
    pub(crate) fn of(minted: Minted) -> Self {
        Self {
            access_key_id: minted.credentials.access_key_id,
            secret_access_key: minted.credentials.secret_access_key,
            session_token: minted.credentials.session_token,
            expires_at: minted.credentials.expires_at,
            issued_at: minted.issued_at,
            skew_ms: minted.clock_skew.map_or(0, |skew| skew.num_milliseconds()),
            fallback_region: minted.fallback_region,
            assumed_role: minted.assumed_role_arn,
        }
    }

    /// The part that AWS knows.
    #[must_use]
    pub fn keys(&self) -> SessionCredentials {
        SessionCredentials {
            access_key_id: self.access_key_id.clone(),
            secret_access_key: self.secret_access_key.clone(),
            session_token: self.session_token.clone(),
            expires_at: self.expires_at,
        }
    }

    /// The expiry on this machine's clock: what timers and comparisons with "now" must use.
    #[must_use]
    pub fn expires_here(&self) -> DateTime<Utc> {
        // A clock that is wrong by less than two seconds is not wrong: `Date` has whole seconds.
        let skew = TimeDelta::milliseconds(self.skew_ms);
        if skew.abs() < TimeDelta::seconds(2) {
            return self.expires_at;
        }
        // Both are what a server said.
        self.expires_at.checked_sub_signed(skew).unwrap_or(self.expires_at)
    }
}

/// What the vault keeps of a session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Held {
    /// What was asked for.
    pub wish: Wish,
    /// What was given; none once expired.
    pub credentials: Option<Credentials>,
    /// Renewals since it was started.
    pub renewals: u32,
}

impl Held {
    /// Its name in the vault.
    #[must_use]
    pub fn entry(profile: &ProfileName) -> String {
        format!("{}{profile}", Self::ENTRIES)
    }

    /// What the names of all sessions in the vault begin with.
    pub const ENTRIES: &'static str = "session/";

    pub(super) fn key_id(&self) -> Option<&str> {
        self.credentials.as_ref().map(|c| c.access_key_id.as_str())
    }

    pub(crate) fn view(&self, state: SessionState) -> SessionView {
        let credentials = self.credentials.as_ref();
        SessionView {
            profile: self.wish.profile.clone(),
            role: self.wish.role.clone(),
            role_id: role_id(&self.wish.identity, &self.wish.role),
            identity: self.wish.identity.clone(),
            region: self.wish.region.clone(),
            terms: self.wish.terms.clone(),
            via: self.wish.via.clone(),
            sts_region: credentials.and_then(|c| c.fallback_region.clone()),
            state,
            expires_at: credentials.map(|c| c.expires_at),
            issued_at: credentials.map(|c| c.issued_at),
            renews_at: None,
            renewals: self.renewals,
            access_key_id: credentials.map(|c| c.access_key_id.clone()),
            assumed_role: credentials.map(|c| c.assumed_role.clone()),
            problem: None,
            backup: None,
        }
    }
}

/// The vault is the one place where secrets are written out; it seals what it gets.
fn exposed<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}
