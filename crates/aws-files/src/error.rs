//! What can go wrong with a shared AWS file.

use std::path::PathBuf;

/// Why a shared AWS file was not changed or read. It is unchanged. No message contains a value.
///
/// `Display` says what happened to what; [`Error::advice`] says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is a profile of that name that Daypass did not write.
    #[error("{}:{line} has a profile \"{profile}\" that Daypass didn't write", path.display())]
    ForeignProfile {
        /// The shared AWS file.
        path: PathBuf,
        /// Line of the profile's header, from 1.
        line: usize,
        /// Its name.
        profile: String,
    },
    /// Another Daypass home wrote the profile.
    #[error("{}:{line} has a profile \"{profile}\" that another Daypass (home {home}) wrote", path.display())]
    ProfileOfAnotherHome {
        /// The shared AWS file.
        path: PathBuf,
        /// Line of the profile's header, from 1.
        line: usize,
        /// Its name.
        profile: String,
        /// That home's id.
        home: String,
    },
    /// A line of the profile makes the AWS CLI and boto3 pass over its keys.
    #[error("{}:{line}: {key} of profile \"{profile}\" makes the AWS CLI and boto3 ignore keys in the credentials file", path.display())]
    ShadowedProfile {
        /// The shared AWS file that the line is in.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// The profile's name.
        profile: String,
        /// The line's key.
        key: &'static str,
    },
    /// A profile name that some AWS tool would not read back unchanged.
    #[error("the profile name {name:?} {why}")]
    BadProfileName {
        /// The name as given.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A key that some AWS tool would not read back unchanged.
    #[error("the key {key:?} {why}")]
    BadKey {
        /// The key as given.
        key: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The same key twice in one profile.
    #[error("the key {key:?} appears twice")]
    RepeatedKey {
        /// The key.
        key: String,
    },
    /// A value that some AWS tool would not read back unchanged. It may be a secret, so it is not here.
    #[error("the value of {key} {why}, so AWS tools wouldn't read it back unchanged")]
    BadValue {
        /// The key of the value.
        key: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A profile without any entry.
    #[error("profile \"{profile}\" doesn't have any keys to write")]
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
            Self::ForeignProfile { .. } | Self::ProfileOfAnotherHome { .. } => "foreign-profile",
            Self::ShadowedProfile { .. } => "profile-shadowed",
            Self::BadProfileName { .. } => "bad-profile-name",
            Self::BadKey { .. } | Self::RepeatedKey { .. } => "bad-key",
            Self::BadValue { .. } => "bad-value",
            Self::NoEntries { .. } => "no-entries",
            Self::File(error) => error.code(),
        }
    }

    /// What to do about it, if we know: a phrase that begins in lower case and ends without a full stop.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        match self {
            Self::ForeignProfile { .. } | Self::ProfileOfAnotherHome { .. } => {
                Some("choose another profile name, or let Daypass back up the file and replace the profile")
            }
            Self::ShadowedProfile { .. } => Some("choose another profile name, or remove that line"),
            Self::BadProfileName { .. } => Some(
                "use letters, digits and _ - . / % @ : + (spaces inside are possible, but some SDKs ignore such profiles)",
            ),
            Self::BadKey { .. } => Some("use lower-case letters, digits, _ - and ."),
            Self::RepeatedKey { .. } => Some("give each key once"),
            Self::BadValue { .. } => None,
            Self::NoEntries { .. } => Some("give at least one key and value"),
            Self::File(error) => error.advice(),
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
