//! Daypass as a registered client of IAM Identity Center.

use aws_sdk_ssooidc::operation::register_client::RegisterClientOutput;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::context::exposed;

/// The client, as the service knows it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct RegisteredClient {
    pub(super) id: String,
    #[serde(serialize_with = "exposed")]
    pub(super) secret: SecretString,
    pub(super) expires_at: DateTime<Utc>,
}

impl RegisteredClient {
    pub(super) fn read(output: RegisterClientOutput) -> Option<Self> {
        Some(Self {
            id: output.client_id.filter(|id| !id.is_empty())?,
            secret: output.client_secret.filter(|secret| !secret.is_empty())?.into(),
            expires_at: DateTime::from_timestamp(output.client_secret_expires_at, 0)?,
        })
    }
}
