//! "Try it now": reports each step as it ends, with the time it took.

use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use daypass_core::problem::Problem;
use daypass_core::view::{TrialNews, TrialStep};

/// Receives a trial's progress while it runs. Only the caller that started the trial gets it.
pub type TellTrial<'a> = &'a (dyn Fn(TrialNews) + Send + Sync);

/// The step that every kind with settings of its own begins with.
pub(super) const SETTINGS: &str = "the settings are well-formed";

/// The step that looks at what the last sign-in gave.
pub(super) fn roles_of_last_sign_in(roles: usize, person: &str) -> String {
    format!("the roles of the last sign-in ({roles} for {person})")
}

/// A trial under way. Dropping its future ends it, because steps store nothing new.
pub struct Trial<'a> {
    tell: TellTrial<'a>,
    ended: Mutex<Vec<TrialStep>>,
}

impl<'a> Trial<'a> {
    /// A trial without steps so far. `tell` receives each step as it ends.
    pub fn new(tell: TellTrial<'a>) -> Self {
        Self { tell, ended: Mutex::default() }
    }

    /// Announces the steps in order, before the first one. The first step that fails is the last.
    pub(super) fn plan<S: Into<String>>(&self, steps: impl IntoIterator<Item = S>) {
        (self.tell)(TrialNews::Began { steps: steps.into_iter().map(Into::into).collect() });
    }

    /// [`SETTINGS`]: reports each mistake in them separately, because the person fixes them all in one form. `None` if
    /// there are any.
    pub(super) fn settings(&self, wrong: Vec<Problem>) -> Option<()> {
        let is_well = wrong.is_empty();
        let outcomes: Vec<Option<Problem>> = if is_well { vec![None] } else { wrong.into_iter().map(Some).collect() };
        for problem in outcomes {
            self.end(TrialStep { what: SETTINGS.to_owned(), took_ms: 0, seen: None, problem });
        }
        is_well.then_some(())
    }

    /// Runs a step and reports the outcome. `None` if it failed.
    pub(super) async fn step<T>(&self, what: &str, work: impl Future<Output = Result<T, Problem>>) -> Option<T> {
        self.step_seeing(what, async { work.await.map(|value| (value, None)) }).await
    }

    /// Like [`Self::step`], with a remark about the outcome.
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

    /// All steps that ran.
    pub fn into_steps(self) -> Vec<TrialStep> {
        self.ended.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, step: TrialStep) {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).push(step.clone());
        (self.tell)(TrialNews::StepEnded { step });
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use daypass_core::problem::{ProblemCode, ProblemKind};
    use tokio::time::sleep;

    use super::*;

    fn refused() -> Problem {
        Problem::new(ProblemKind::Refused, ProblemCode::Interrupted, "no")
    }

    #[tokio::test(start_paused = true)]
    async fn each_step_is_told_when_it_ends_with_its_time() {
        let (began, told) = (Instant::now(), Mutex::new(Vec::new()));
        let tell = |news| {
            let what = match news {
                TrialNews::Began { steps } => steps.join(", "),
                TrialNews::StepEnded { step } => format!("{} {} {}", step.what, step.took_ms, step.problem.is_some()),
            };
            told.lock().unwrap().push((began.elapsed().as_secs(), what));
        };
        let trial = Trial::new(&tell);
        trial.plan([SETTINGS, "door", "house", "garden"]);
        assert!(trial.settings(Vec::new()).is_some());
        let slowly = async |seconds, outcome| {
            sleep(Duration::from_secs(seconds)).await;
            outcome
        };
        assert_eq!(trial.step("door", slowly(2, Ok(7))).await, Some(7));
        assert_eq!(trial.step("house", slowly(3, Err::<i32, _>(refused()))).await, None);
        assert_eq!(trial.into_steps().len(), 3);
        let told: Vec<(u64, String)> = told.into_inner().unwrap();
        let told: Vec<(u64, &str)> = told.iter().map(|(at, what)| (*at, what.as_str())).collect();
        let settings = format!("{SETTINGS} 0 false");
        let planned = format!("{SETTINGS}, door, house, garden");
        assert_eq!(
            told,
            [(0, planned.as_str()), (0, settings.as_str()), (2, "door 2000 false"), (5, "house 3000 true")]
        );
    }

    #[test]
    fn all_that_is_wrong_with_settings_is_told() {
        let trial = Trial::new(&|_| ());
        assert!(trial.settings(vec![refused(), refused()]).is_none());
        assert_eq!(trial.into_steps().iter().filter(|step| step.problem.is_some()).count(), 2);
    }
}
