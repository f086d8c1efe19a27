//! The file that makes the desktop app start at login.

use std::convert::Infallible;

use daypass_core::problem::Problem;
use daypass_core::surroundings::AtLogin;
use durable_file::{Change, EditError, Options};

use super::entry;
#[cfg(target_os = "macos")]
use super::launch_agent;
use super::program::desktop_program;

/// Does what the person asks for.
///
/// # Errors
///
/// `no-desktop-app`; `file-error` and its like if the file can't be changed.
pub(crate) fn set(at_login: &AtLogin, on: bool) -> Result<(), Problem> {
    put(at_login, on, Asked::Now)
}

/// Brings the file to what `config.toml` says, also after the program moved.
///
/// # Errors
///
/// As [`set`].
pub(crate) fn follow(at_login: &AtLogin, on: bool) -> Result<(), Problem> {
    put(at_login, on, Asked::Before)
}

/// When the person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// Now.
    Now,
    /// At some time. Since then, they may have decided otherwise in their desktop's own settings.
    Before,
}

fn put(at_login: &AtLogin, on: bool, asked: Asked) -> Result<(), Problem> {
    let wanted = on.then(|| text(at_login)).transpose()?;
    let change = |content: Option<&[u8]>| {
        let content = content.map(String::from_utf8_lossy).unwrap_or_default();
        Ok::<_, Infallible>(match (&wanted, asked) {
            // The desktop's own settings mark the entry instead of removing it.
            (Some(_), Asked::Before) if entry::is_switched_off(&content) => Change::Keep,
            (Some(text), _) => Change::Replace(text.clone().into_bytes()),
            // Not ours: the person made it.
            (None, Asked::Before) if !content.contains(MARK) => Change::Keep,
            (None, _) => Change::Remove,
        })
    };
    let outcome = durable_file::edit(&at_login.file, &Options::default(), change);
    outcome.map(drop).map_err(|error| match error {
        EditError::File(error) => Problem::from(error),
        EditError::Change(never) => match never {},
    })
}

#[cfg(target_os = "macos")]
const MARK: &str = launch_agent::MARK;
#[cfg(not(target_os = "macos"))]
const MARK: &str = entry::MARK;

#[cfg(target_os = "macos")]
fn text(at_login: &AtLogin) -> Result<String, Problem> {
    let label = at_login.file.file_stem().unwrap_or_default().to_string_lossy();
    launch_agent::launch_agent(&label, &desktop_program(at_login)?, at_login.home.as_deref())
}

#[cfg(not(target_os = "macos"))]
fn text(at_login: &AtLogin) -> Result<String, Problem> {
    entry::entry(&desktop_program(at_login)?, at_login.home.as_deref())
}
