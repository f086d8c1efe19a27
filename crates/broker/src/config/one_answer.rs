//! One question of the keyring for all who need its answer at about the same time. Without it, each part of a snapshot
//! would ask the person again after they dismissed the question of the part before.

use std::sync::{Mutex, MutexGuard, PoisonError};

use daypass_vault::VaultError;

/// What the person answered while something is gathered that needs the key.
#[derive(Default)]
pub(crate) struct OneAnswer(Mutex<State>);

#[derive(Default)]
struct State {
    gathering: usize,
    refusal: Option<VaultError>,
}

/// Something is being gathered. While one of these lives, a refusal is the answer to each further question.
pub(crate) struct Gathering<'a>(&'a OneAnswer);

impl OneAnswer {
    pub(crate) fn gather(&self) -> Gathering<'_> {
        self.state().gathering += 1;
        Gathering(self)
    }

    /// Asks, unless the person has just refused.
    pub(super) fn or_ask<T>(&self, ask: impl FnOnce() -> Result<T, VaultError>) -> Result<T, VaultError> {
        if let Some(refusal) = self.state().refusal.as_ref().and_then(VaultError::refusal) {
            return Err(refusal);
        }
        let answer = ask();
        let mut state = self.state();
        if state.gathering > 0 {
            state.refusal = answer.as_ref().err().and_then(VaultError::refusal);
        }
        answer
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Gathering<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.gathering -= 1;
        if state.gathering == 0 {
            state.refusal = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dismissed() -> Result<(), VaultError> {
        Err(VaultError::KeyringLocked { reason: "dismissed".to_owned() })
    }

    #[test]
    fn a_refusal_counts_until_all_is_gathered_and_then_the_person_is_asked_again() {
        let answers = OneAnswer::default();
        let (first, second) = (answers.gather(), answers.gather());
        assert!(answers.or_ask(dismissed).is_err());
        let again = || answers.or_ask::<()>(|| unreachable!("the person was asked again"));
        assert!(matches!(again(), Err(VaultError::KeyringLocked { reason }) if reason == "dismissed"));
        drop(first);
        assert!(again().is_err(), "another one still gathers");
        drop(second);
        assert!(answers.or_ask(|| Ok(())).is_ok());
    }

    #[test]
    fn alone_and_after_other_failures_each_asks() {
        let answers = OneAnswer::default();
        assert!(answers.or_ask(dismissed).is_err());
        assert!(answers.or_ask(|| Ok(())).is_ok());
        let _gathering = answers.gather();
        assert!(answers.or_ask::<()>(|| Err(VaultError::Locked)).is_err());
        assert!(answers.or_ask(|| Ok(())).is_ok());
    }
}
