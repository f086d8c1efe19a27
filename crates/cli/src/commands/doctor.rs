//! `daypass doctor`: finds problems on this machine and says how to fix them.

use daypass_broker::doctor;
use daypass_broker::doctor::{Finding, Verdict};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use serde_json::json;

use crate::ask::{self, surroundings};
use crate::say;

pub(super) fn run() -> Result<(), Problem> {
    let surroundings = surroundings()?;
    let findings = ask::run(doctor::examine(surroundings, |name| std::env::var_os(name)))?;
    say::result(&json!({ "findings": findings }), || findings.iter().for_each(show))?;
    let wrong = findings.iter().filter(|f| f.verdict == Verdict::Wrong).count();
    if wrong > 0 {
        let found = format!("found {}", say::count(wrong, "problem"));
        return Err(
            Problem::new(ProblemKind::Failed, ProblemCode::Doctor, found).hint("each line marked ✗ says how to fix it")
        );
    }
    Ok(())
}

fn show(finding: &Finding) {
    let mark = match finding.verdict {
        Verdict::Well => "✓",
        Verdict::Note => "!",
        Verdict::Wrong => "✗",
    };
    // A finding quotes what servers say, which must not look like further findings.
    say::line(&format!("{mark} {}: {}", finding.what, say::inside(&finding.message)));
    if let Some(hint) = &finding.hint {
        say::line(&format!("    {}", say::inside(hint)));
    }
    if let Some(step) = &finding.next {
        say::line(&format!("    run: {}", say::command_for(step)));
    }
}
