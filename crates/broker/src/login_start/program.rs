//! What starts at login.

use std::path::{Path, PathBuf};

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::surroundings::AtLogin;

/// Starts in the tray.
pub(super) const ARGUMENT: &str = "--hidden";
/// The variable that isn't set at login.
#[cfg_attr(windows, allow(dead_code))]
pub(super) const HOME: &str = "DAYPASS_HOME";

/// The desktop app's program, by a path that outlasts an update: package managers put each version into a folder of its
/// own, and a link to it into `PATH`.
///
/// # Errors
///
/// `no-desktop-app`.
pub(crate) fn desktop_program(at_login: &AtLogin) -> Result<PathBuf, Problem> {
    let mut elsewhere = at_login.elsewhere.iter();
    let found = match at_login.beside.as_ref().filter(|beside| beside.is_file()) {
        Some(beside) => {
            let real = beside.canonicalize().ok();
            let is_same = |path: &&PathBuf| real.is_some() && path.canonicalize().ok() == real;
            elsewhere.find(is_same).or(Some(beside))
        }
        None => elsewhere.find(|path| path.is_file()),
    };
    found.cloned().ok_or_else(|| {
        let beside = at_login.beside.as_ref().and_then(|beside| beside.parent()).map(Path::display);
        let folder = beside.map_or_else(String::new, |folder| format!("in {folder} or "));
        let message = format!("daypass-desktop isn't {folder}in PATH, so it can't start at login");
        Problem::new(ProblemKind::NotFound, ProblemCode::NoDesktopApp, message)
            .hint("install the desktop app. On a machine without a desktop, run `daypass agent`")
    })
}

/// A path as text, if every program would read it as it is.
pub(super) fn plain(path: &Path) -> Result<&str, Problem> {
    path.to_str().filter(|text| !text.chars().any(char::is_control)).ok_or_else(|| unwritable(path))
}

/// A path that a text file can't hold.
fn unwritable(path: &Path) -> Problem {
    let message = format!("the path {} can't be written into a file that starts it at login", path.display());
    Problem::new(ProblemKind::Invalid, ProblemCode::FileError, message)
        .hint("use a path without line breaks and other control characters")
}
