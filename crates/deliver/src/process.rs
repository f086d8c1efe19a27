//! A session as the answer to `credential_process`.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aws_files::Foreign;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

use daypass_core::credentials::Credentials;
use daypass_core::delivery::{Deliver, Delivered, WrittenProfile};
use daypass_core::names::{AccountId, ProfileName};
use daypass_core::problem::Problem;
use daypass_core::session_request::SessionRequest;

/// Tools run `daypass credential-process` whenever they need credentials. The agent answers from memory, so there is
/// nothing to write, and nothing that could go stale.
pub(crate) struct Process;

impl Deliver for Process {
    fn place(&self, _: Option<&Path>) -> Option<PathBuf> {
        None
    }

    fn check(&self, _: &Delivered, _: Foreign) -> Result<(), Problem> {
        Ok(())
    }

    fn put(&self, _: &SessionRequest, _: &Credentials, _: Foreign, _: &Delivered) -> Result<Option<PathBuf>, Problem> {
        Ok(None)
    }

    fn remove(&self, _: &[Delivered]) -> Result<(), Problem> {
        Ok(())
    }

    fn written(&self, _: Option<&Path>) -> Result<Option<BTreeMap<ProfileName, WrittenProfile>>, Problem> {
        Ok(None)
    }

    fn is_found(&self, _: &Delivered) -> bool {
        true
    }
}

/// The document that SDKs and the AWS CLI read, `Version` 1.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProcessCredentials {
    version: u8,
    pub(crate) access_key_id: String,
    #[serde(serialize_with = "exposed")]
    pub(crate) secret_access_key: SecretString,
    #[serde(serialize_with = "exposed")]
    pub(crate) session_token: SecretString,
    /// RFC 3339, the real expiry: SDKs ask again before it.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) expiration: DateTime<Utc>,
    /// For endpoints that are an account's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) account_id: Option<AccountId>,
}

impl ProcessCredentials {
    /// When they end.
    #[must_use]
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.expiration
    }

    /// For a program that keeps them until the very moment they end, as the SDK for Go does: a call that it signs then
    /// reaches AWS too late. So they are said to end up to a minute before, and sooner if they don't have long.
    #[must_use]
    pub fn with_time_for_a_call(self, now: DateTime<Utc>) -> Self {
        let left = (self.expiration - now).max(TimeDelta::zero());
        Self { expiration: self.expiration - (left / 10).min(TimeDelta::minutes(1)), ..self }
    }
}

impl From<&Credentials> for ProcessCredentials {
    fn from(credentials: &Credentials) -> Self {
        Self {
            version: 1,
            access_key_id: credentials.access_key_id.clone(),
            secret_access_key: credentials.secret_access_key.clone(),
            session_token: credentials.session_token.clone(),
            expiration: credentials.expires_at,
            account_id: credentials.account(),
        }
    }
}

/// Only the process that asked reads the document.
pub(crate) fn exposed<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

pub(crate) fn rfc3339<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Secs, true))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_is_signed_at_the_end_is_not_too_late() {
        let now = DateTime::UNIX_EPOCH;
        let said = |left: i64| {
            let credentials = ProcessCredentials {
                version: 1,
                access_key_id: "ASIAEXAMPLE".into(),
                secret_access_key: "s".into(),
                session_token: "t".into(),
                expiration: now + TimeDelta::seconds(left),
                account_id: None,
            };
            (credentials.with_time_for_a_call(now).expires_at() - now).num_seconds()
        };
        assert_eq!([3600, 600, 100, 10, 0, -5].map(said), [3540, 540, 90, 9, 0, -5]);
    }

    #[test]
    fn the_account_is_told_where_it_is_known() {
        let credentials = |assumed_role: &str| Credentials {
            access_key_id: "ASIAEXAMPLE".into(),
            secret_access_key: "s".into(),
            session_token: "t".into(),
            expires_at: DateTime::UNIX_EPOCH,
            issued_at: DateTime::UNIX_EPOCH,
            skew_ms: 0,
            fallback_region: None,
            assumed_role: assumed_role.into(),
        };
        let printed =
            |assumed_role: &str| serde_json::to_value(ProcessCredentials::from(&credentials(assumed_role))).unwrap();
        let of_role = printed("arn:aws-cn:sts::123456789012:assumed-role/Dev/ann");
        assert_eq!(of_role["AccountId"], "123456789012");
        assert_eq!(printed("arn:aws:iam::000000000012:user/ann")["AccountId"], "000000000012", "text, with its zeros");
        assert!(printed("").get("AccountId").is_none());
        // An agent of another version may leave it out.
        let mut old = of_role.clone();
        old.as_object_mut().unwrap().remove("AccountId");
        serde_json::from_value::<ProcessCredentials>(old).unwrap();
    }
}
