//! What a process remembers about the AWS access portals between requests.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::catalog::Catalogs;
use super::pace::Pace;
use super::start_url::StartUrl;

/// What this process remembers about every IAM Identity Center.
pub(crate) struct PortalMemory {
    pub(super) catalogs: Catalogs,
    paces: Mutex<HashMap<String, Arc<Pace>>>,
}

impl PortalMemory {
    /// With catalogs in this cache folder. Reads nothing yet.
    pub(crate) fn new(cache: &Path) -> Self {
        Self { catalogs: Catalogs::new(cache), paces: Mutex::default() }
    }

    /// The pace at which a portal is asked, by every identity that uses it.
    pub(super) fn pace(&self, portal: &StartUrl) -> Arc<Pace> {
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(paces.entry(portal.to_string()).or_insert_with(|| Arc::new(Pace::new())))
    }
}
