//! A session as the answer to `credential_process`.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>

use std::collections::BTreeMap;
use std::path::PathBuf;

use aws_files::Foreign;
use chrono::{DateTime, SecondsFormat, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

use daypass_core::credentials::Credentials;
use daypass_core::delivery::{Deliver, WrittenProfile};
use daypass_core::names::ProfileName;
use daypass_core::problem::Problem;
use daypass_core::session_request::SessionRequest;

/// Tools run `daypass credential-process` whenever they need credentials. The agent answers from memory, so there is
/// nothing to write, and nothing that could go stale.
pub(crate) struct Process;

impl Deliver for Process {
    fn check(&self, _: &ProfileName, _: Foreign) -> Result<(), Problem> {
        Ok(())
    }

    fn put(&self, _: &SessionRequest, _: &Credentials, _: Foreign) -> Result<Option<PathBuf>, Problem> {
        Ok(None)
    }

    fn remove(&self, _: &[ProfileName]) -> Result<(), Problem> {
        Ok(())
    }

    fn written(&self) -> Result<Option<BTreeMap<ProfileName, WrittenProfile>>, Problem> {
        Ok(None)
    }
}

/// The document that SDKs and the AWS CLI read, `Version` 1.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProcessCredentials {
    version: u8,
    access_key_id: String,
    #[serde(serialize_with = "exposed")]
    secret_access_key: SecretString,
    #[serde(serialize_with = "exposed")]
    session_token: SecretString,
    /// RFC 3339, the real expiry: SDKs ask again before it.
    #[serde(serialize_with = "rfc3339")]
    expiration: DateTime<Utc>,
}

impl From<&Credentials> for ProcessCredentials {
    fn from(credentials: &Credentials) -> Self {
        Self {
            version: 1,
            access_key_id: credentials.access_key_id.clone(),
            secret_access_key: credentials.secret_access_key.clone(),
            session_token: credentials.session_token.clone(),
            expiration: credentials.expires_at,
        }
    }
}

/// Only the process that asked reads the document.
fn exposed<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

fn rfc3339<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Secs, true))
}
