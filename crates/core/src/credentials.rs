//! Keys and temporary credentials, on their way from an exchange to your tools.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

use crate::names::Region;

/// Temporary credentials.
#[derive(Debug, Clone)]
pub struct SessionCredentials {
    /// Begins with `ASIA`. Not a secret: CloudTrail shows it.
    pub access_key_id: String,
    /// The secret key.
    pub secret_access_key: SecretString,
    /// The session token.
    pub session_token: SecretString,
    /// When they end, as STS says.
    pub expires_at: DateTime<Utc>,
}

/// Keys that requests are signed with: of a user, or temporary.
#[derive(Debug, Clone)]
pub struct Keys {
    /// `AKIA…` or `ASIA…`. Not a secret.
    pub access_key_id: String,
    /// The secret key.
    pub secret_access_key: SecretString,
    /// For temporary ones.
    pub session_token: Option<SecretString>,
}

impl From<SessionCredentials> for Keys {
    fn from(credentials: SessionCredentials) -> Self {
        Self {
            access_key_id: credentials.access_key_id,
            secret_access_key: credentials.secret_access_key,
            session_token: Some(credentials.session_token),
        }
    }
}

/// What an exchange yields.
#[derive(Debug, Clone)]
pub struct Minted {
    /// The credentials.
    pub credentials: SessionCredentials,
    /// Who they are of, as GetCallerIdentity would return it: `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`, or the
    /// ARN of the user, the federated user or the root.
    pub assumed_role_arn: String,
    /// `AROA…:SESSION`; empty where the operation does not say.
    pub assumed_role_id: String,
    /// For CloudTrail.
    pub request_id: Option<String>,
    /// When the answer came, by this machine's clock.
    pub issued_at: DateTime<Utc>,
    /// The server's clock minus this machine's, from the `Date` of the answer: exact to a second or two. `None`
    /// when the server sent none.
    pub clock_skew: Option<TimeDelta>,
    /// The region whose STS answered, when it was not the first that was asked.
    pub fallback_region: Option<Region>,
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
    /// What an exchange yielded.
    #[must_use]
    pub fn of(minted: Minted) -> Self {
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

/// The vault is the one place where secrets are written out; it seals what it gets.
fn exposed<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}
