//! `daypass identity try`: each step as it ends, ticked, with its time.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use daypass_broker::agent::{Answer, Request};
use daypass_core::event::Event;
use daypass_core::names::IdentityName;
use daypass_core::problem::Problem;
use daypass_core::view::{TrialNews, TrialStep};

use crate::ask::{ask, unexpected};
use crate::say;

/// With `json` one array of all steps, when they are done: a program reads it whole.
pub(super) fn run(name: IdentityName, json: bool) -> Result<(), Problem> {
    let shown = Shown::default();
    let answer = ask(Request::TryIdentity { name }, |event| {
        if let Event::TrialWentOn { news } = event
            && !json
        {
            shown.tell(news);
        }
    });
    say::progress("");
    let steps = match answer? {
        Answer::Steps(steps) => steps,
        other => return Err(unexpected(&other)),
    };
    if json {
        say::json(&steps)?;
    }
    steps.into_iter().find_map(|step| step.problem).map_or(Ok(()), Err)
}

/// What is still to come.
#[derive(Default)]
struct Shown(Mutex<VecDeque<String>>);

impl Shown {
    fn tell(&self, news: TrialNews) {
        let mut to_come = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match news {
            TrialNews::Began { steps } => *to_come = steps.into(),
            TrialNews::StepEnded { step } => {
                say::progress("");
                say::line(&ticked(&step));
                to_come.retain(|what| *what != step.what);
                if step.problem.is_some() {
                    to_come.clear();
                }
            }
        }
        if let Some(next) = to_come.front() {
            say::progress(&format!("   ...             {next}"));
        }
    }
}

fn ticked(step: &TrialStep) -> String {
    let mark = if step.problem.is_some() { "failed" } else { "ok" };
    let seen = step.seen.as_ref().map(|seen| format!(": {seen}")).unwrap_or_default();
    format!("{mark:>6}  {:>6} ms  {}{seen}", step.took_ms, step.what)
}
