//! The shell that this command was started from: its variables, and whether Daypass made it.

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

/// Names the session to the program of `daypass exec`, and to nested calls.
pub(super) const EXEC: &str = "DAYPASS_EXEC";

/// A file with nothing in it.
pub(super) const NOTHING: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// A variable that is set to something.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// `exec-nested` inside a program of `daypass exec`, unless that is meant.
pub(super) fn refuse_nested(is_allowed: bool) -> Result<(), Problem> {
    let Some(around) = variable(EXEC).filter(|_| !is_allowed) else { return Ok(()) };
    let message = format!("this command already runs in `daypass exec` or `daypass shell`, for profile {around}");
    Err(Problem::new(ProblemKind::Refused, ProblemCode::ExecNested, message)
        .hint("leave that program first, or add --nested if you mean it"))
}

/// `exec-nested` where `daypass exec` hides the credentials file. Tools here wouldn't find a profile in it.
pub(super) fn refuse_hidden_file() -> Result<(), Problem> {
    match variable(EXEC) {
        Some(around) if is_file_hidden() => {
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
