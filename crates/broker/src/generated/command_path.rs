//! The path of the `daypass` command for lines that outlast this version of it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

/// What is known of the program that runs.
pub struct OwnProgram {
    /// Its file, as the system tells it.
    pub file: PathBuf,
    /// The first word of its command line.
    pub called_as: Option<OsString>,
}

/// The path under which this program will be found after an update too: in `PATH`, or as it was called, where that
/// leads to the same file. Package managers put each version into a folder of its own and a link to it into `PATH`.
///
/// # Errors
///
/// `no-command-path` for a program in an AppImage, whose folder goes with it.
pub fn command_path(own: &OwnProgram, env: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, Problem> {
    let name = if cfg!(windows) { "daypass.exe" } else { "daypass" };
    let real = own.file.canonicalize();
    let is_own = |path: &Path| match (&real, path.canonicalize()) {
        (Ok(real), Ok(other)) => *real == other,
        // An update removed the file since this program began.
        (Err(_), Ok(_)) => true,
        (_, Err(_)) => false,
    };
    let mounted = env("APPDIR").map(PathBuf::from);
    let stays = |path: &PathBuf| mounted.as_ref().is_none_or(|mounted| !path.starts_with(mounted));
    let path = env("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).filter(|folder| folder.is_absolute()).map(|folder| folder.join(name));
    let called = own.called_as.as_ref().map(PathBuf::from).filter(|called| called.is_absolute());
    let mut candidates = on_path.chain(called).filter(|path| stays(path) && is_own(path));
    candidates.next().or_else(|| Some(own.file.clone()).filter(stays)).ok_or_else(|| {
        let message = "this `daypass` is inside an AppImage, and tools can't run it once the app has ended";
        Problem::new(ProblemKind::Failed, ProblemCode::NoCommandPath, message)
            .hint("install the `daypass` command where PATH finds it, and run that one")
    })
}
