//! What is known about a user and kept in the vault: whose key it is, and a session of the user.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::AccessKey;
use daypass_core::credentials::Credentials;
use daypass_core::credentials::{Keys, Minted};
use daypass_core::names::Target;

/// The proof.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct StoredUser {
    /// The keys that it was made with: one, or two while the key is rotated.
    pub(super) access_key_ids: Vec<String>,
    /// The user's ARN.
    pub(super) arn: Target,
    /// `AIDA…`.
    pub(super) user_id: String,
    /// The server's clock minus this machine's when it was last seen, in milliseconds: MFA codes go by the server's.
    #[serde(default)]
    pub(super) skew_ms: i64,
    /// What GetSessionToken gave.
    pub(super) session: Option<UserSession>,
}

/// A session of the user.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct UserSession {
    /// The MFA device that vouched for it.
    pub(super) mfa_serial: Option<String>,
    pub(super) credentials: Credentials,
}

impl StoredUser {
    pub(super) fn is_of(&self, key: &AccessKey) -> bool {
        self.access_key_ids.contains(&key.id)
    }

    pub(super) fn skew(&self) -> TimeDelta {
        TimeDelta::milliseconds(self.skew_ms)
    }

    /// The session, if this device (or none) vouched for it and it has at least `left` to live.
    pub(super) fn session(
        &self,
        mfa_serial: Option<&str>,
        now: DateTime<Utc>,
        left: TimeDelta,
    ) -> Option<&UserSession> {
        let session = self.session.as_ref().filter(|session| session.mfa_serial.as_deref() == mfa_serial)?;
        (session.ends() - now >= left).then_some(session)
    }
}

impl UserSession {
    /// Its end, on this machine's clock.
    pub(super) fn ends(&self) -> DateTime<Utc> {
        self.credentials.expires_here()
    }

    /// To sign with.
    pub(super) fn keys(&self) -> Keys {
        self.credentials.keys().into()
    }

    /// The session once more, as STS gave it: with its own beginning and end.
    pub(super) fn again(&self, user_id: &str) -> Minted {
        Minted {
            credentials: self.credentials.keys(),
            assumed_role_arn: self.credentials.assumed_role.clone(),
            assumed_role_id: user_id.to_owned(),
            request_id: None,
            issued_at: self.credentials.issued_at,
            clock_skew: Some(TimeDelta::milliseconds(self.credentials.skew_ms)),
            fallback_region: self.credentials.fallback_region.clone(),
        }
    }
}
