//! The program itself: started, waited for, and what its end means.

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::process::ExitStatus;

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_deliver::env::Variables;
use daypass_identity::startable;
use tokio::process::Command;

use super::signals::{self, Signals};

/// Runs the program and waits for its end. Passes on what tells this process to end; a signal from the terminal reaches
/// both.
pub(super) async fn run(program: &[OsString], variables: &Variables) -> Result<i32, Problem> {
    let Some((name, arguments)) = program.split_first() else { return Ok(0) };
    // Before the program starts, or a signal that comes at once would end only this process.
    let mut signals = Signals::listen()?;
    let mut command = Command::new(startable(name));
    command.args(arguments);
    for (name, value) in variables.iter() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let mut child = command.spawn().map_err(|e| not_started(name, &e))?;
    loop {
        tokio::select! {
            status = child.wait() => {
                let lost = |e: std::io::Error| Problem::new(ProblemKind::Failed, ProblemCode::Interrupted, e.to_string());
                return Ok(code_of(status.map_err(lost)?));
            }
            signal = signals.next() => signals::pass_on(signal, &child),
        }
    }
}

/// The exit code as a shell tells it: for a program that was ended by a signal, 128 and the signal's number.
fn code_of(status: ExitStatus) -> i32 {
    #[cfg(unix)]
    let by_signal = std::os::unix::process::ExitStatusExt::signal(&status).map(|number| 128 + number);
    #[cfg(not(unix))]
    let by_signal = None;
    status.code().or(by_signal).unwrap_or(1)
}

fn not_started(program: &OsStr, error: &std::io::Error) -> Problem {
    let message = format!("can't start {}: {error}", program.display());
    match error.kind() {
        ErrorKind::NotFound => Problem::new(ProblemKind::NotFound, ProblemCode::ExecProgram, message)
            .hint("check the name and your PATH. Write the program after the role: daypass exec ROLE -- PROGRAM"),
        _ => Problem::new(ProblemKind::Failed, ProblemCode::ExecProgram, message)
            .hint("the file exists but can't be run: check its mode, and its first line if it's a script"),
    }
}
