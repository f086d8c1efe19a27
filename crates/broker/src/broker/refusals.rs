//! Counts how often programs under each lease asked for more than it allows.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use daypass_core::names::ProfileName;

/// So many refusals of one lease are written down. A program that asks all the time doesn't fill the log.
const MOST: u32 = 50;

/// What this process has refused since it began, by lease.
#[derive(Default)]
pub(super) struct Refusals(Mutex<HashMap<ProfileName, u32>>);

impl Refusals {
    /// Counts one more, and says whether it is written down.
    pub(super) fn is_worth_a_line(&self, lease: &ProfileName) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(lease.clone()).or_default();
        *count = count.saturating_add(1);
        *count <= MOST
    }
}
