//! IAM Identity Center: the person signs in at the AWS access portal, which then lists their accounts and roles and
//! gives credentials for each of them.
//!
//! Two services of AWS are asked: `sso-oidc` for access tokens (`sign_in`, `registration`, `access`), and the portal
//! for everything that a token is good for (`portal`, `discovery`). Both have one rate for all of a person's
//! programs, so every request to the portal waits for its turn in `pace`. What was discovered is in `catalog`.
//!
//! - <https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/Welcome.html>
//! - <https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/Welcome.html>

mod access;
mod catalog;
mod center;
mod client;
mod discovery;
mod error;
mod kind;
mod pace;
mod portal;
mod registration;
mod settings;
mod sign_in;
mod start_url;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use self::catalog::Catalogs;
use self::pace::Pace;
use self::start_url::StartUrl;

/// What this process remembers of all IAM Identity Centers.
pub struct IdentityCenters {
    catalogs: Catalogs,
    paces: Mutex<HashMap<String, Arc<Pace>>>,
}

impl IdentityCenters {
    /// With catalogs in this cache folder. Reads nothing yet.
    pub fn new(cache: &Path) -> Self {
        Self { catalogs: Catalogs::new(cache), paces: Mutex::default() }
    }

    /// The pace at which a portal is asked, by whichever identity.
    fn pace(&self, portal: &StartUrl) -> Arc<Pace> {
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(paces.entry(portal.to_string()).or_insert_with(|| Arc::new(Pace::new())))
    }
}
