//! Saves a command's output to a file that the person names.

use std::path::Path;

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use durable_file::{Change, EditError, Options};

/// Writes a file that only the person can read.
pub(super) fn save(file: &Path, text: &str, force: bool) -> Result<(), Problem> {
    let written = durable_file::edit(file, &Options::default(), |before| match before {
        Some(_) if !force => Err(exists(file)),
        _ => Ok(Change::Replace(text.into())),
    });
    match written {
        Ok(_) => Ok(()),
        Err(EditError::Change(problem)) => Err(problem),
        Err(EditError::File(error)) => Err(error.into()),
    }
}

fn exists(file: &Path) -> Problem {
    let message = format!("{} exists", file.display());
    Problem::new(ProblemKind::Refused, ProblemCode::ExportExists, message)
        .hint("choose another name, or replace the file with --force")
}
