//! Trials that run for the window. It can end them, for example by closing the dialog.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use tokio::sync::Notify;

/// The running trials, by the channel that they report to.
#[derive(Default)]
pub(crate) struct Trials(Mutex<HashMap<u32, Arc<Notify>>>);

impl Trials {
    /// Runs a trial until it completes, or until [`Trials::end`] drops it together with the secrets typed for it.
    ///
    /// # Errors
    ///
    /// The trial's own, or `trial-ended`.
    pub(crate) async fn run<T>(
        &self,
        channel: u32,
        trial: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        let end = Arc::clone(self.running().entry(channel).or_default());
        let _remove = RemoveOnDrop { trials: self, channel };
        tokio::select! {
            biased;
            () = end.notified() => Err(Problem::new(ProblemKind::Cancelled, ProblemCode::TrialEnded, "the trial was cancelled")),
            outcome = trial => outcome,
        }
    }

    /// Ends a trial. Does nothing if it has completed or never existed.
    pub(crate) fn end(&self, channel: u32) {
        if let Some(end) = self.running().get(&channel) {
            end.notify_one();
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<u32, Arc<Notify>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct RemoveOnDrop<'a> {
    trials: &'a Trials,
    channel: u32,
}

impl Drop for RemoveOnDrop<'_> {
    fn drop(&mut self) {
        self.trials.running().remove(&self.channel);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    struct TypedSecret(Arc<Mutex<bool>>);

    impl Drop for TypedSecret {
        fn drop(&mut self) {
            *self.0.lock().unwrap() = true;
        }
    }

    #[tokio::test]
    async fn ending_a_trial_drops_it_and_no_other() {
        let (trials, gone) = (Trials::default(), Arc::new(Mutex::new(false)));
        let typed = TypedSecret(Arc::clone(&gone));
        let stuck = trials.run(1, async move {
            let _typed = typed;
            pending::<Result<(), Problem>>().await
        });
        let other = trials.run(2, async {
            tokio::task::yield_now().await;
            Ok("done")
        });
        let end = async {
            tokio::task::yield_now().await;
            trials.end(1);
            trials.end(3);
        };
        let (stuck, other, ()) = tokio::join!(stuck, other, end);
        assert_eq!(stuck.unwrap_err().code, ProblemCode::TrialEnded);
        assert_eq!(other.unwrap(), "done");
        assert!(trials.running().is_empty());
        assert!(*gone.lock().unwrap());
    }

    #[tokio::test]
    async fn a_completed_trial_leaves_nothing_behind() {
        let trials = Trials::default();
        assert_eq!(trials.run(7, ready(Ok(3))).await.unwrap(), 3);
        assert!(trials.running().is_empty());
    }
}
