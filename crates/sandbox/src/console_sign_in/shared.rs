//! The state of the sign-in service.

use std::{
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
};

use super::{dpop::Proofs, grants::Grants};
use crate::{aws::HeldKeys, common::Common, oidc::Provider};

/// The state that the service's routes share.
pub(crate) struct Shared {
    pub(crate) common: Arc<Common>,
    /// Where the console's federation endpoint is, below the sandbox's URL.
    pub(crate) console_path: &'static str,
    pub(crate) console: ConsoleSignIn,
    /// STS accepts the credentials that the service issues.
    pub(crate) keys: Arc<HeldKeys>,
    /// Signs ID tokens.
    pub(crate) provider: Arc<Provider>,
}

impl Deref for Shared {
    type Target = Common;

    fn deref(&self) -> &Common {
        &self.common
    }
}

impl Shared {
    /// An address of the service.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}v1/{path}", self.base)
    }

    /// Whether this is that address, as a client may spell it: below what `AWS_ENDPOINT_URL_SIGNIN` says, or at its host,
    /// as the AWS CLI has the authorization page.
    pub(super) fn is_at(&self, path: &str, url: &str) -> bool {
        url == self.at(path) || url == format!("{}{}/v1/{path}", self.base, self.console_path)
    }
}

/// The service's grants, and the proofs that it has seen.
#[derive(Debug, Default)]
pub(crate) struct ConsoleSignIn {
    grants: Mutex<Grants>,
    proofs: Mutex<Proofs>,
}

impl ConsoleSignIn {
    pub(super) fn grants<T>(&self, f: impl FnOnce(&mut Grants) -> T) -> T {
        f(&mut self.grants.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn proofs<T>(&self, f: impl FnOnce(&mut Proofs) -> T) -> T {
        f(&mut self.proofs.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
