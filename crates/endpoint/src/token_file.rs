//! The file with a consumer's token, for `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`.

use std::path::{Path, PathBuf};

use daypass_core::openness;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use durable_file::{Change, EditError, Options};
use secrecy::ExposeSecret as _;

use crate::token::{Token, TokenDigest};

/// A file that has a token and nothing else: readers send what is in it as it is.
#[derive(Debug, Clone)]
pub struct TokenFile(PathBuf);

impl TokenFile {
    /// The file at a path. Nothing is written yet.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Puts a token into it. Only this user can read a new file.
    ///
    /// # Errors
    ///
    /// `token-file` for a file that has something else in it, or that others can read; file errors.
    pub fn write(&self, token: &Token) -> Result<(), Problem> {
        if let Some(exposure) = openness::exposure(&self.0) {
            let message = format!("other users can read {}, so the token isn't written to it", self.0.display());
            return Err(refused(message).hint(exposure.advice));
        }
        let write = |before: Option<&[u8]>| match before {
            Some(other) if !other.is_empty() && !Token::is_one(other) => {
                let message =
                    format!("{} contains something other than a token, so Daypass left it alone", self.0.display());
                Err(refused(message).hint("name another file for the token"))
            }
            _ => Ok(Change::Replace(token.secret().expose_secret().as_bytes().to_vec())),
        };
        self.edit(write)
    }

    /// Deletes it, if this token is in it.
    pub(crate) fn remove(&self, token: &TokenDigest) {
        let removed = self.edit(|before| {
            let is_it = before.is_some_and(|text| TokenDigest::of(text).is(token));
            Ok(if is_it { Change::Remove } else { Change::Keep })
        });
        if let Err(problem) = removed {
            tracing::warn!(%problem, "the token's file is left behind. Its token is of no use any more");
        }
    }

    fn edit(&self, change: impl FnMut(Option<&[u8]>) -> Result<Change, Problem>) -> Result<(), Problem> {
        match durable_file::edit(&self.0, &Options::default(), change) {
            Ok(_) => Ok(()),
            Err(EditError::Change(problem)) => Err(problem),
            Err(EditError::File(error)) => Err(refused(format!("{}: {error}", self.0.display()))),
        }
    }
}

fn refused(message: String) -> Problem {
    Problem::new(ProblemKind::Refused, ProblemCode::TokenFile, message)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::disallowed_methods)]
mod tests {
    use super::*;

    #[test]
    fn only_a_token_is_ever_overwritten_or_removed() {
        let folder = tempfile::tempdir().unwrap();
        let file = TokenFile::at(folder.path().join("token"));
        let (one, other) = (Token::new(), Token::new());
        let text = || std::fs::read_to_string(file.path()).unwrap();
        file.write(&one).unwrap();
        assert_eq!(text(), one.secret().expose_secret());
        file.write(&other).unwrap();
        assert_eq!(text(), other.secret().expose_secret());
        file.remove(&one.digest());
        assert!(file.path().exists(), "another consumer's");
        file.remove(&other.digest());
        assert!(!file.path().exists());
        std::fs::write(file.path(), "Host example.com\n").unwrap();
        #[cfg(unix)]
        {
            let problem = file.write(&one).unwrap_err();
            assert_eq!(problem.code, ProblemCode::TokenFile);
            assert!(problem.hint.unwrap().starts_with("chmod 600"), "a file that was made here is open to others");
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        assert_eq!(file.write(&one).unwrap_err().code, ProblemCode::TokenFile);
        assert_eq!(text(), "Host example.com\n");
    }
}
