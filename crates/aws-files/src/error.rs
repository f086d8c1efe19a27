//! What can go wrong with a shared AWS file.

use std::path::PathBuf;

/// Why a shared AWS file was not changed or read. It is as it was. No message has a value in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A profile of that name exists, and Daypass did not write it.
    #[error(
        "{}:{line} has a profile \"{profile}\" that is not Daypass's: choose another profile name, or let Daypass back the file up and replace it",
        path.display()
    )]
    ForeignProfile {
        /// The shared AWS file.
        path: PathBuf,
        /// Line of the profile's header, from 1.
        line: usize,
        /// Its name.
        profile: String,
    },
    /// A profile name that cannot be written so that every tool reads it back.
    #[error(
        "the profile name {name:?} {why}: use letters, digits and _ - . / % @ : + (spaces inside are possible, but some SDKs ignore such profiles)"
    )]
    BadProfileName {
        /// The name as given.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A key that cannot be written so that every tool reads it back.
    #[error("the key {key:?} {why}: use lower-case letters, digits, _ - and .")]
    BadKey {
        /// The key as given.
        key: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A value that cannot be written so that every tool reads it back. It is not shown: it may be a
    /// secret.
    #[error("the value of {key} {why}: it would not be read back as it is, so nothing was written")]
    BadValue {
        /// The key that it was for.
        key: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A profile was to be written without any entry.
    #[error("there is nothing to write for profile \"{profile}\": give at least one key and value")]
    NoEntries {
        /// The profile.
        profile: String,
    },
    /// The file could not be read or written.
    #[error(transparent)]
    File(#[from] durable_file::Error),
}

impl Error {
    /// A stable word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ForeignProfile { .. } => "foreign-profile",
            Self::BadProfileName { .. } => "bad-profile-name",
            Self::BadKey { .. } => "bad-key",
            Self::BadValue { .. } => "bad-value",
            Self::NoEntries { .. } => "no-entries",
            Self::File(error) => error.code(),
        }
    }
}

impl From<durable_file::EditError<Error>> for Error {
    fn from(error: durable_file::EditError<Error>) -> Self {
        match error {
            durable_file::EditError::Change(error) => error,
            durable_file::EditError::File(error) => Self::File(error),
        }
    }
}
