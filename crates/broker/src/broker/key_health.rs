//! Checks that the vault's key can be stored, before the first secret needs it.

use std::sync::{Mutex, PoisonError};

use daypass_core::problem::Problem;

/// What keeps Daypass from making the vault's key before the first vault.
#[derive(Default)]
pub(super) struct KeyHealth(Mutex<Option<Problem>>);

impl KeyHealth {
    /// What is wrong, as far as it is known.
    pub(super) fn problem(&self) -> Option<Problem> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes in what was found. Returns whether that is news.
    pub(super) fn found(&self, problem: Option<Problem>) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = *known != problem;
        *known = problem;
        is_news
    }
}
