//! Whether the vault's key can be kept, learnt before the first secret needs it.

use std::sync::atomic::{AtomicU64, Ordering};
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

/// One question of the keyring to the person for all who wait for its answer. Without it, each of them would ask again
/// after the person dismissed the question of the one before.
#[derive(Default)]
pub(super) struct OneAnswer {
    refusals: AtomicU64,
    last: Mutex<Option<Problem>>,
}

impl OneAnswer {
    /// Asks, unless what the person refused while this waited was the same question.
    pub(super) fn or_ask<T>(&self, ask: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
        self.or_ask_since(self.refusals.load(Ordering::SeqCst), ask)
    }

    /// `before`: how many refusals there were when this began to wait.
    fn or_ask_since<T>(&self, before: u64, ask: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if self.refusals.load(Ordering::SeqCst) != before
            && let Some(problem) = &*last
        {
            return Err(problem.clone());
        }
        let answer = ask();
        if let Err(problem) = &answer {
            *last = Some(problem.clone());
            self.refusals.fetch_add(1, Ordering::SeqCst);
        }
        answer
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use daypass_core::problem::{ProblemCode, ProblemKind};

    use super::*;

    #[test]
    fn who_waited_for_an_answer_gets_it_and_who_comes_later_asks_again() {
        let answers = OneAnswer::default();
        let dismissed = || Err(Problem::new(ProblemKind::Failed, ProblemCode::VaultLocked, "it was dismissed"));
        assert!(answers.or_ask::<()>(dismissed).is_err());
        let waited = answers.or_ask_since::<()>(0, || unreachable!("the person was asked again"));
        assert_eq!(waited.unwrap_err().message, "it was dismissed");
        assert_eq!(answers.or_ask(|| Ok(1)).unwrap(), 1);
        assert_eq!(answers.or_ask_since(1, || Ok(2)).unwrap(), 2, "nothing was refused since");
    }
}
