//! A session as the answer of an instance's metadata service.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html>

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::Serialize;

use crate::process::{ProcessCredentials, exposed, rfc3339};

/// The document that SDKs and the AWS CLI read.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceCredentials {
    code: &'static str,
    #[serde(rename = "Type")]
    form: &'static str,
    #[serde(serialize_with = "rfc3339")]
    last_updated: DateTime<Utc>,
    access_key_id: String,
    #[serde(serialize_with = "exposed")]
    secret_access_key: SecretString,
    #[serde(serialize_with = "exposed")]
    token: SecretString,
    #[serde(serialize_with = "rfc3339")]
    expiration: DateTime<Utc>,
}

impl InstanceCredentials {
    /// Credentials as they are at this time.
    #[must_use]
    pub fn at(now: DateTime<Utc>, credentials: ProcessCredentials) -> Self {
        Self {
            code: "Success",
            form: "AWS-HMAC",
            last_updated: now,
            access_key_id: credentials.access_key_id,
            secret_access_key: credentials.secret_access_key,
            token: credentials.session_token,
            expiration: credentials.expiration,
        }
    }
}
