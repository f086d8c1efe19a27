//! Keys and temporary credentials, on their way from an exchange to your tools.
//!
//! Where they are made, they are checked once: the signature of a request carries the key id and the token in headers,
//! and the AWS SDK panics over characters that no header can have.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

use crate::names::{AccountId, Region};

/// Keys that no request can be signed with. The message has none of their text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{part} {fault}")]
pub struct BadKeys {
    /// Which part is wrong.
    pub part: KeyPart,
    /// What is wrong with it: a phrase that follows the part.
    pub fault: &'static str,
}

/// A part of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPart {
    /// `AKIA…` or `ASIA…`.
    AccessKeyId,
    /// The secret key.
    SecretAccessKey,
    /// The session token.
    SessionToken,
}

impl std::fmt::Display for KeyPart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::AccessKeyId => "the access key ID",
            Self::SecretAccessKey => "the secret access key",
            Self::SessionToken => "the session token",
        })
    }
}

impl KeyPart {
    /// The id goes into a header between `/` and `,` and the token into one of its own: one word of visible ASCII. The
    /// secret is never sent, but a key that no header could have carried when it was copied is damaged as well.
    fn check(self, text: &str) -> Result<(), BadKeys> {
        let fault = if text.is_empty() {
            "is empty"
        } else if text.contains(['\n', '\r']) {
            "contains a line break"
        } else if text.contains('\0') {
            "contains a NUL character"
        } else if text.contains(char::is_control) {
            "contains a control character"
        } else if text.contains(char::is_whitespace) {
            "contains a blank"
        } else if !text.is_ascii() {
            "contains a character outside ASCII"
        } else {
            return Ok(());
        };
        Err(BadKeys { part: self, fault })
    }
}

/// Temporary credentials.
#[derive(Debug, Clone)]
#[non_exhaustive]
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

impl SessionCredentials {
    /// What a service granted.
    ///
    /// # Errors
    ///
    /// [`BadKeys`] if a request can't be signed with them.
    pub fn new(
        access_key_id: impl Into<String>,
        secret_access_key: impl Into<SecretString>,
        session_token: impl Into<SecretString>,
        expires_at: DateTime<Utc>,
    ) -> Result<Self, BadKeys> {
        let (access_key_id, secret_access_key) = (access_key_id.into(), secret_access_key.into());
        let session_token = session_token.into();
        check(&access_key_id, &secret_access_key, Some(&session_token))?;
        Ok(Self { access_key_id, secret_access_key, session_token, expires_at })
    }
}

/// Keys that requests are signed with: of a user, or temporary.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Keys {
    /// `AKIA…` or `ASIA…`. Not a secret.
    pub access_key_id: String,
    /// The secret key.
    pub secret_access_key: SecretString,
    /// For temporary ones.
    pub session_token: Option<SecretString>,
}

impl Keys {
    /// Keys from a file, a program or the person.
    ///
    /// # Errors
    ///
    /// [`BadKeys`] if a request can't be signed with them.
    pub fn new(
        access_key_id: impl Into<String>,
        secret_access_key: impl Into<SecretString>,
        session_token: Option<SecretString>,
    ) -> Result<Self, BadKeys> {
        let (access_key_id, secret_access_key) = (access_key_id.into(), secret_access_key.into());
        check(&access_key_id, &secret_access_key, session_token.as_ref())?;
        Ok(Self { access_key_id, secret_access_key, session_token })
    }
}

fn check(id: &str, secret: &SecretString, token: Option<&SecretString>) -> Result<(), BadKeys> {
    KeyPart::AccessKeyId.check(id)?;
    KeyPart::SecretAccessKey.check(secret.expose_secret())?;
    token.map_or(Ok(()), |token| KeyPart::SessionToken.check(token.expose_secret()))
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
pub struct IssuedCredentials {
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
    #[serde(deserialize_with = "usable_id")]
    pub access_key_id: String,
    /// The secret key.
    #[serde(serialize_with = "exposed")]
    pub secret_access_key: SecretString,
    /// The session token.
    #[serde(serialize_with = "exposed", deserialize_with = "usable_token")]
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
    pub fn of(issued: IssuedCredentials) -> Self {
        Self {
            access_key_id: issued.credentials.access_key_id,
            secret_access_key: issued.credentials.secret_access_key,
            session_token: issued.credentials.session_token,
            expires_at: issued.credentials.expires_at,
            issued_at: issued.issued_at,
            skew_ms: issued.clock_skew.map_or(0, |skew| skew.num_milliseconds()),
            fallback_region: issued.fallback_region,
            assumed_role: issued.assumed_role_arn,
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

    /// The account that they belong to, where AWS said whose they are.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        self.assumed_role.split(':').nth(4).and_then(|account| account.parse().ok())
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

/// An early build may have stored what no request can be signed with.
fn usable_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let id = String::deserialize(deserializer)?;
    KeyPart::AccessKeyId.check(&id).map_err(de::Error::custom)?;
    Ok(id)
}

fn usable_token<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    let token = SecretString::deserialize(deserializer)?;
    KeyPart::SessionToken.check(token.expose_secret()).map_err(de::Error::custom)?;
    Ok(token)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_no_request_can_be_signed_with_are_never_made() {
        let made = |id: &str, secret: &str, token: Option<&str>| {
            Keys::new(id, secret, token.map(SecretString::from)).map(drop).map_err(|bad| bad.to_string())
        };
        assert_eq!(made("AKIA1", "a/b+c=", Some("t/+=")), Ok(()));
        assert_eq!(made("minio-user_1.x", "a~!@#$%^&*()b", None), Ok(()));
        let faults = [
            ("", "is empty"),
            ("A\nregion = x", "contains a line break"),
            ("A\r", "contains a line break"),
            ("A\0B", "contains a NUL character"),
            ("A\u{7f}B", "contains a control character"),
            ("A B", "contains a blank"),
            ("A\u{a0}B", "contains a blank"),
            ("A\u{2028}B", "contains a blank"),
            ("ÄKIA", "contains a character outside ASCII"),
        ];
        for (text, fault) in faults {
            assert_eq!(made(text, "s", None).unwrap_err(), format!("the access key ID {fault}"));
            assert_eq!(made("A", text, None).unwrap_err(), format!("the secret access key {fault}"));
            assert_eq!(made("A", "s", Some(text)).unwrap_err(), format!("the session token {fault}"));
            let granted = SessionCredentials::new("A", "s", text, DateTime::UNIX_EPOCH);
            assert_eq!(granted.unwrap_err(), BadKeys { part: KeyPart::SessionToken, fault });
        }
    }

    #[test]
    fn what_an_early_build_stored_is_checked_as_well() {
        let stored = |id: &str, token: &str| {
            serde_json::from_value::<Credentials>(serde_json::json!({
                "access_key_id": id, "secret_access_key": "s", "session_token": token,
                "expires_at": "2026-11-22T11:00:00Z", "issued_at": "2026-11-22T10:00:00Z",
                "assumed_role": "arn:aws:sts::123456789012:assumed-role/Dev/ann",
            }))
        };
        let kept = stored("ASIA1", "t").unwrap();
        assert_eq!(kept.account().unwrap().as_str(), "123456789012");
        assert!(stored("ASIA\n1", "t").is_err() && stored("ASIA1", "t\nregion = x").is_err());
        assert!(Credentials { assumed_role: String::new(), ..kept }.account().is_none());
    }
}
