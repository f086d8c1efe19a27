//! The state of the SAML identity provider, and its names.

use std::{
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
};

use super::sessions::Sessions;
use crate::{common::Common, oidc::Provider};

/// The state that the identity provider's routes share.
pub(crate) struct Shared {
    pub(crate) common: Arc<Common>,
    /// Has the key that signs assertions.
    pub(crate) provider: Arc<Provider>,
    pub(crate) saml: IdentityProvider,
}

impl Deref for Shared {
    type Target = Common;

    fn deref(&self) -> &Common {
        &self.common
    }
}

/// The sessions that the identity provider remembers.
#[derive(Debug, Default)]
pub(crate) struct IdentityProvider(Mutex<Sessions>);

impl IdentityProvider {
    pub(super) fn sessions<T>(&self, f: impl FnOnce(&mut Sessions) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Its name in assertions, which is its metadata URL.
pub(crate) fn entity_id(common: &Common) -> String {
    format!("{}saml/metadata", common.base)
}

/// The name of its IAM SAML provider in each of the world's accounts.
pub(crate) fn provider_arn(account: &str) -> String {
    format!("arn:aws:iam::{account}:saml-provider/sandbox")
}
