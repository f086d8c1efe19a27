//! The state of STS, IAM and the console.

use std::{
    collections::HashMap,
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};

use super::{
    encoded_messages::EncodedMessages, held::HeldKeys, issuers::ForeignIssuers, signin_tokens::SigninTokens,
    used_codes::UsedCodes,
};
use crate::{common::Common, oidc::Provider};

/// The state that AWS's routes share.
pub(crate) struct Shared {
    pub(crate) common: Arc<Common>,
    pub(crate) keys: Arc<HeldKeys>,
    /// AWS trusts the ID tokens of the sandbox's own provider.
    pub(crate) provider: Arc<Provider>,
    pub(crate) issuers: ForeignIssuers,
    pub(crate) signin_tokens: SigninTokens,
    pub(crate) encoded_messages: EncodedMessages,
    pub(crate) used_codes: UsedCodes,
    pub(crate) aliases: GivenAliases,
    pub(crate) revocations: Revocations,
}

/// The aliases that accounts were given since the sandbox began.
#[derive(Default)]
pub(crate) struct GivenAliases(Mutex<HashMap<String, String>>);

impl GivenAliases {
    pub(super) fn of(&self, account: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(account).cloned()
    }

    pub(super) fn give(&self, account: &str, alias: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(account.to_owned(), alias.to_owned());
    }
}

/// The moment before which sessions of a role are denied, by its ARN.
#[derive(Default)]
pub(crate) struct Revocations(Mutex<HashMap<String, DateTime<Utc>>>);

impl Revocations {
    /// Whether a session of a role that was issued then is denied by now.
    pub(super) fn deny(&self, role_arn: &str, issued_at: DateTime<Utc>) -> bool {
        let revoked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        revoked.get(role_arn).is_some_and(|before| issued_at < *before)
    }

    pub(super) fn put(&self, role_arn: &str, before: DateTime<Utc>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(role_arn.to_owned(), before);
    }
}

impl Deref for Shared {
    type Target = Common;

    fn deref(&self) -> &Common {
        &self.common
    }
}
