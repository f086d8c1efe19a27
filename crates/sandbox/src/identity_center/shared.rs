//! The state of IAM Identity Center.

use std::{
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
};

use super::{grants::Grants, throttle::Throttle};
use crate::{aws::HeldKeys, common::Common};

/// The state that the routes of the two services share.
pub(crate) struct Shared {
    pub(crate) common: Arc<Common>,
    pub(crate) identity_center: IdentityCenter,
    /// STS accepts the credentials that the portal issues.
    pub(crate) keys: Arc<HeldKeys>,
}

impl Deref for Shared {
    type Target = Common;

    fn deref(&self) -> &Common {
        &self.common
    }
}

impl Shared {
    /// Whether this is the sandbox's start URL, in any form that people copy it in: with or without a trailing slash, with
    /// the portal's fragment, by host name or by IP address.
    pub(super) fn is_start_url(&self, text: &str) -> bool {
        let bare = text.split('#').next().unwrap_or_default().trim_end_matches('/');
        let bare = bare.replacen("://localhost:", "://127.0.0.1:", 1);
        bare == self.start_url
    }
}

/// The service's grants, and its recent request rate.
#[derive(Debug, Default)]
pub(crate) struct IdentityCenter {
    grants: Mutex<Grants>,
    pub(super) throttle: Throttle,
}

impl IdentityCenter {
    pub(super) fn grants<T>(&self, f: impl FnOnce(&mut Grants) -> T) -> T {
        f(&mut self.grants.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
