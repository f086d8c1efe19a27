//! The state of the OpenID provider.

use std::{
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
};

use openidconnect::core::CoreJsonWebKeySet;

use super::{grants::Grants, signer::Signer};
use crate::{SandboxError, common::Common};

/// The state that the provider's routes share.
pub(crate) struct Shared {
    pub(crate) common: Arc<Common>,
    pub(crate) provider: Arc<Provider>,
}

impl Deref for Shared {
    type Target = Common;

    fn deref(&self) -> &Common {
        &self.common
    }
}

/// The provider's key and its grants.
pub(crate) struct Provider {
    signer: Signer,
    grants: Mutex<Grants>,
}

impl Provider {
    pub(crate) fn new() -> Result<Self, SandboxError> {
        Ok(Self { signer: Signer::generate()?, grants: Mutex::default() })
    }

    pub(crate) fn keys(&self) -> &CoreJsonWebKeySet {
        self.signer.keys()
    }

    /// The sandbox's only key, which signs SAML assertions too.
    pub(crate) fn signer(&self) -> &Signer {
        &self.signer
    }

    /// Whether the session with this `sid` is neither signed out nor revoked because of a replayed token.
    pub(crate) fn session_is_alive(&self, sid: &str) -> bool {
        self.grants(|grants| grants.session(sid).is_some())
    }

    pub(super) fn grants<T>(&self, f: impl FnOnce(&mut Grants) -> T) -> T {
        f(&mut self.grants.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
