//! "Try it now": steps, each with its time.

use std::time::Instant;

use crate::problem::Problem;
use crate::view::TrialStep;

/// A trial under way.
pub(super) struct Trial<'a> {
    tell: &'a (dyn Fn(TrialStep) + Send + Sync),
}

impl<'a> Trial<'a> {
    pub(super) fn new(tell: &'a (dyn Fn(TrialStep) + Send + Sync)) -> Self {
        Self { tell }
    }

    /// The first step: everything that is wrong with the settings, each told by itself; `None` if anything is.
    pub(super) fn settings(&self, wrong: Vec<Problem>) -> Option<()> {
        const WHAT: &str = "the settings are well-formed";
        let step = |problem| TrialStep { what: WHAT.to_owned(), took_ms: 0, seen: None, problem };
        if wrong.is_empty() {
            (self.tell)(step(None));
            return Some(());
        }
        wrong.into_iter().for_each(|problem| (self.tell)(step(Some(problem))));
        None
    }

    /// Does a step and tells how it ended; `None` when it failed.
    pub(super) async fn step<T>(&self, what: &str, work: impl Future<Output = Result<T, Problem>>) -> Option<T> {
        let began = Instant::now();
        let result = work.await;
        let took_ms = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
        let (value, problem) = match result {
            Ok(value) => (Some(value), None),
            Err(problem) => (None, Some(problem)),
        };
        (self.tell)(TrialStep { what: what.to_owned(), took_ms, seen: None, problem });
        value
    }
}
