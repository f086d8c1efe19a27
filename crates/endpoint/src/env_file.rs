//! The environment file for containers: `docker run --env-file`, and `env_file` of Compose.

use std::path::{Path, PathBuf};

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use durable_file::{Change, EditError, Options};
use secrecy::{ExposeSecret as _, SecretString};

/// A file that only this user can read. It goes when this is dropped.
pub struct EnvFile(PathBuf);

impl EnvFile {
    /// Writes variables to a file.
    ///
    /// # Errors
    ///
    /// `state-not-writable`.
    pub(crate) fn write(path: PathBuf, variables: &SecretString) -> Result<Self, Problem> {
        let content = || variables.expose_secret().as_bytes().to_vec();
        durable_file::edit(&path, &Options::default(), |_| Ok(Change::Replace(content()))).map_err(
            |error: EditError<std::convert::Infallible>| {
                let message = format!("{}: {error}", path.display());
                Problem::new(ProblemKind::Failed, ProblemCode::StateNotWritable, message)
            },
        )?;
        Ok(Self(path))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for EnvFile {
    fn drop(&mut self) {
        // Its token is of no use any more.
        let _ = durable_file::edit(&self.0, &Options::default(), |_| Ok::<_, std::convert::Infallible>(Change::Remove));
    }
}
