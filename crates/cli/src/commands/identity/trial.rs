//! `daypass identity try`: prints each step when it ends, with its result and how long it took.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use daypass_broker::requests::TryIdentity;
use daypass_core::event::Event;
use daypass_core::names::IdentityName;
use daypass_core::problem::Problem;
use daypass_core::view::{TrialNews, TrialStep};

use crate::ask::ask;
use crate::say;

/// As JSON, prints all steps at the end, because a program reads them at once.
pub(super) fn run(name: IdentityName) -> Result<(), Problem> {
    let progress = TrialProgress::default();
    let answer = ask(TryIdentity { name }, |event| {
        if let Event::TrialWentOn { news } = event
            && !say::wants_json()
        {
            progress.show(news);
        }
    });
    say::progress("");
    let steps = answer?;
    if say::wants_json() {
        say::json(&serde_json::json!({ "steps": steps }))?;
    }
    steps.into_iter().find_map(|step| step.problem).map_or(Ok(()), Err)
}

/// The steps that haven't ended yet.
#[derive(Default)]
struct TrialProgress(Mutex<VecDeque<String>>);

impl TrialProgress {
    fn show(&self, news: TrialNews) {
        let mut remaining = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match news {
            TrialNews::Began { steps } => *remaining = steps.into(),
            TrialNews::StepEnded { step } => {
                say::progress("");
                say::line(&step_line(&step));
                remaining.retain(|what| *what != step.what);
                if step.problem.is_some() {
                    remaining.clear();
                }
            }
        }
        if let Some(next) = remaining.front() {
            say::progress(&format!("   ...             {next}"));
        }
    }
}

fn step_line(step: &TrialStep) -> String {
    let mark = if step.problem.is_some() { "failed" } else { "ok" };
    let seen = step.seen.as_ref().map(|seen| format!(": {seen}")).unwrap_or_default();
    format!("{mark:>6}  {:>6} ms  {}{seen}", step.took_ms, step.what)
}
