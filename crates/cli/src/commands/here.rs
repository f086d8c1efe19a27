//! The shell that this command was started from: its variables, and whether Daypass started it.

use daypass_core::coding_agent::CodingAgent;
use daypass_core::lease::LEASE_VARIABLE;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

use crate::say;

/// Names the session to the program of `daypass exec`, and to nested calls.
pub(super) const EXEC: &str = "DAYPASS_EXEC";

/// A file with nothing in it.
pub(super) const NOTHING: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// A variable that is set to something.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// `exec-nested` inside a program of `daypass exec`, unless that is meant. What a lease doesn't allow is refused when
/// it is asked for, and written down.
pub(super) fn refuse_nested(is_allowed: bool) -> Result<(), Problem> {
    let is_leased = variable(LEASE_VARIABLE).is_some();
    let Some(around) = variable(EXEC).filter(|_| !is_allowed && !is_leased) else { return Ok(()) };
    let message = format!("this command already runs in `daypass exec` or `daypass shell`, for profile {around}");
    Err(Problem::new(ProblemKind::Refused, ProblemCode::ExecNested, message)
        .hint("leave that program first, or add --nested if that's what you want"))
}

/// Tells a coding agent that runs this command, and its person, that a lease would give it less.
pub(super) fn advise_lease() {
    let agent = CodingAgent::around(|name| variable(name).is_some());
    if let Some(agent) = agent.filter(|_| variable(LEASE_VARIABLE).is_none()) {
        say::note(&format!(
            "{} runs this with your session's full permissions. To limit it, use a lease: daypass lease ROLE --for 1h \
             --read-only -- {}",
            agent.name,
            agent.program()
        ));
    }
}

/// `exec-nested` where `daypass exec` hides the credentials file. Tools here wouldn't find a profile in it.
pub(super) fn refuse_hidden_file() -> Result<(), Problem> {
    match variable(EXEC) {
        Some(around) if is_file_hidden() && variable(LEASE_VARIABLE).is_none() => {
            let message = format!(
                "`daypass exec` hides the AWS credentials file in this shell, which has profile {around}, so tools here can't \
                 use another profile from it"
            );
            Err(Problem::new(ProblemKind::Refused, ProblemCode::ExecNested, message)
                .hint("leave this shell first, or use the role for one program: daypass exec --nested ROLE -- PROGRAM"))
        }
        _ => Ok(()),
    }
}

/// Whether `daypass exec` hides the credentials file from this shell.
pub(super) fn is_file_hidden() -> bool {
    variable("AWS_SHARED_CREDENTIALS_FILE").is_some_and(|file| file == NOTHING)
}
