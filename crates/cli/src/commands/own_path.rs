//! The path of this command, as profiles use it.

use std::path::PathBuf;

use daypass_broker::generated::{OwnProgram, command_path};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

pub(super) fn own_path() -> Result<PathBuf, Problem> {
    let file = std::env::current_exe().map_err(|error| {
        let message = format!("Daypass can't find this command's own path: {error}");
        Problem::new(ProblemKind::Failed, ProblemCode::NoCommandPath, message)
    })?;
    let own = OwnProgram { file, called_as: std::env::args_os().next() };
    command_path(&own, |name| std::env::var_os(name))
}
