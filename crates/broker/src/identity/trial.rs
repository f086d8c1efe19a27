//! "Try it now": steps, each told as it ends, with its time.

use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use crate::problem::Problem;
use crate::view::{TrialNews, TrialStep};

/// Who is told of a trial while it runs: whoever asked for it, and nobody else.
pub type TellTrial<'a> = &'a (dyn Fn(TrialNews) + Send + Sync);

/// The step that every kind with settings of its own begins with.
pub(super) const SETTINGS: &str = "the settings are well-formed";

/// A trial under way. Dropping its future ends it: steps keep nothing that is not the identity's already.
pub struct Trial<'a> {
    tell: TellTrial<'a>,
    ended: Mutex<Vec<TrialStep>>,
}

impl<'a> Trial<'a> {
    pub(crate) fn new(tell: TellTrial<'a>) -> Self {
        Self { tell, ended: Mutex::default() }
    }

    /// Says what will be tried, in this order; the first step that fails is the last. Comes before all steps.
    pub(super) fn plan<S: Into<String>>(&self, steps: impl IntoIterator<Item = S>) {
        (self.tell)(TrialNews::Began { steps: steps.into_iter().map(Into::into).collect() });
    }

    /// [`SETTINGS`]: everything that is wrong with them, each told by itself, because it is mended in one form; `None`
    /// if anything is.
    pub(super) fn settings(&self, wrong: Vec<Problem>) -> Option<()> {
        let is_well = wrong.is_empty();
        let outcomes: Vec<Option<Problem>> = if is_well { vec![None] } else { wrong.into_iter().map(Some).collect() };
        for problem in outcomes {
            self.end(TrialStep { what: SETTINGS.to_owned(), took_ms: 0, seen: None, problem });
        }
        is_well.then_some(())
    }

    /// Does a step and tells how it ended; `None` when it failed.
    pub(super) async fn step<T>(&self, what: &str, work: impl Future<Output = Result<T, Problem>>) -> Option<T> {
        self.step_seeing(what, async { work.await.map(|value| (value, None)) }).await
    }

    /// As [`Self::step`], where there is something to say of what was seen.
    pub(super) async fn step_seeing<T>(
        &self,
        what: &str,
        work: impl Future<Output = Result<(T, Option<String>), Problem>>,
    ) -> Option<T> {
        let began = Instant::now();
        let result = work.await;
        let took_ms = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
        let (value, seen, problem) = match result {
            Ok((value, seen)) => (Some(value), seen, None),
            Err(problem) => (None, None, Some(problem)),
        };
        self.end(TrialStep { what: what.to_owned(), took_ms, seen, problem });
        value
    }

    /// All steps that were taken.
    pub(crate) fn into_steps(self) -> Vec<TrialStep> {
        self.ended.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, step: TrialStep) {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).push(step.clone());
        (self.tell)(TrialNews::StepEnded { step });
    }
}

#[cfg(test)]
mod tests;
