//! A session as the answer of a container credentials endpoint.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>

use chrono::{DateTime, Utc};
use daypass_core::names::AccountId;
use secrecy::SecretString;
use serde::Serialize;

use crate::process::{ProcessCredentials, exposed, rfc3339};

/// The document that SDKs and the AWS CLI read. It differs from that of `credential_process` in the token's name, and in
/// that it has no version.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainerCredentials {
    access_key_id: String,
    #[serde(serialize_with = "exposed")]
    secret_access_key: SecretString,
    #[serde(serialize_with = "exposed")]
    token: SecretString,
    #[serde(serialize_with = "rfc3339")]
    expiration: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<AccountId>,
}

impl From<ProcessCredentials> for ContainerCredentials {
    fn from(credentials: ProcessCredentials) -> Self {
        Self {
            access_key_id: credentials.access_key_id,
            secret_access_key: credentials.secret_access_key,
            token: credentials.session_token,
            expiration: credentials.expiration,
            account_id: credentials.account_id,
        }
    }
}
