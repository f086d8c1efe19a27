//! The path of the `daypass` command for lines that outlast this version of it.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

/// The file name of the command.
const COMMAND: &str = if cfg!(windows) { "daypass.exe" } else { "daypass" };
/// Where packages put it. An app that a menu starts may have a `PATH` of its own.
const USUAL: &str = "/usr/bin/daypass";

/// Finds the path of the `daypass` command, when it is needed.
pub type CommandPath = Box<dyn Fn() -> Result<PathBuf, Problem> + Send + Sync>;

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
    let real = own.file.canonicalize();
    let is_own = |path: &Path| match (&real, path.canonicalize()) {
        (Ok(real), Ok(other)) => *real == other,
        // An update removed the file since this program began.
        (Err(_), Ok(_)) => true,
        (_, Err(_)) => false,
    };
    let mounted = env("APPDIR").map(PathBuf::from);
    let stays = |path: &PathBuf| stays_after(path, mounted.as_deref());
    let path = env("PATH").unwrap_or_default();
    let on_path = on_path(&path);
    let called = own.called_as.as_ref().map(PathBuf::from).filter(|called| called.is_absolute());
    let mut candidates = on_path.chain(called).filter(|path| stays(path) && is_own(path));
    candidates.next().or_else(|| Some(own.file.clone()).filter(stays)).ok_or_else(|| {
        let message = "this `daypass` is inside an AppImage, so tools can't run it after the app exits";
        Problem::new(ProblemKind::Failed, ProblemCode::NoCommandPath, message)
            .hint("install the `daypass` command where PATH finds it, and run that one")
    })
}

/// The command's path as [`command_path`] finds it, for the desktop app: the command beside the app comes first, then one
/// in `PATH`, then the one where packages put it.
///
/// # Errors
///
/// `no-command-path` if the command isn't installed, or only in an AppImage.
pub fn command_path_of_app(app: &Path, env: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, Problem> {
    let beside = OwnProgram { file: app.with_file_name(COMMAND), called_as: None };
    if beside.file.is_file()
        && let Ok(path) = command_path(&beside, &env)
    {
        return Ok(path);
    }
    let mounted = env("APPDIR").map(PathBuf::from);
    let path = env("PATH").unwrap_or_default();
    let usual = cfg!(unix).then(|| PathBuf::from(USUAL));
    let mut candidates = on_path(&path).chain(usual);
    candidates.find(|path| stays_after(path, mounted.as_deref()) && path.is_file()).ok_or_else(|| {
        let message = "profiles need the `daypass` command, but it isn't installed where this app looks for it";
        Problem::new(ProblemKind::Failed, ProblemCode::NoCommandPath, message)
            .hint("install the `daypass` command where PATH finds it, and try again")
    })
}

fn on_path(path: &OsStr) -> impl Iterator<Item = PathBuf> {
    std::env::split_paths(path).filter(|folder| folder.is_absolute()).map(|folder| folder.join(COMMAND))
}

/// Whether a path outlasts the app that runs: the folder of an AppImage goes with it.
fn stays_after(path: &Path, mounted: Option<&Path>) -> bool {
    mounted.is_none_or(|mounted| !path.starts_with(mounted))
}
