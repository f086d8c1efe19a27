//! The registry's list of what starts at login. A `DAYPASS_HOME` has to be among the user's own variables, because a value
//! can't set one.

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::surroundings::AtLogin;
use windows_registry::CURRENT_USER;

use super::program::{ARGUMENT, desktop_program, plain};

const RUN: &str = r"Software\Microsoft\Windows\CurrentVersion\Run";

/// Does what the person asks for.
///
/// # Errors
///
/// `no-desktop-app`; `file-error` if the registry can't be changed.
pub(crate) fn set(at_login: &AtLogin, on: bool) -> Result<(), Problem> {
    let name = at_login.file.file_stem().unwrap_or_default().to_string_lossy();
    let run = CURRENT_USER.create(RUN).map_err(|error| refused(&error))?;
    if on {
        // (A path has no quotation marks on Windows.)
        let command = format!("\"{}\" {ARGUMENT}", plain(&desktop_program(at_login)?)?);
        run.set_string(&name, command).map_err(|error| refused(&error))
    } else if run.get_string(&name).is_ok() {
        run.remove_value(&name).map_err(|error| refused(&error))
    } else {
        Ok(())
    }
}

/// Brings the registry to what `config.toml` says. Windows keeps elsewhere what the person switched off, so it stays off.
///
/// # Errors
///
/// As [`set`].
pub(crate) fn follow(at_login: &AtLogin, on: bool) -> Result<(), Problem> {
    set(at_login, on)
}

fn refused(error: &dyn std::fmt::Display) -> Problem {
    let message = format!("what starts at login can't be changed in the registry: {error}");
    Problem::new(ProblemKind::Failed, ProblemCode::FileError, message)
}
