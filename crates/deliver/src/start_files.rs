//! The files that a shell reads when `daypass shell` starts it. They have no secret in them and are the same for every
//! session, so they stay in the cache.

use std::convert::Infallible;
use std::path::{Path, PathBuf};

use daypass_core::problem::Problem;
use durable_file::{Change, EditError, Options};

/// Makes sure that the file has this text, and returns its path.
///
/// # Errors
///
/// If it can't be written.
pub fn keep(cache: &Path, name: &str, text: &str) -> Result<PathBuf, Problem> {
    let file = cache.join("shell").join(name);
    let is_there = durable_file::read(&file).is_ok_and(|found| found.is_some_and(|found| found == text.as_bytes()));
    if !is_there {
        let replace = |_: Option<&[u8]>| Ok::<_, Infallible>(Change::Replace(text.into()));
        durable_file::edit(&file, &Options::default(), replace).map_err(|error| match error {
            EditError::File(error) => aws_files::Error::from(error),
            EditError::Change(never) => match never {},
        })?;
    }
    Ok(file)
}
