//! A session as a section of the AWS credentials file.

use std::path::PathBuf;

use aws_files::{AwsFile, Document, Foreign, Kind};
use secrecy::ExposeSecret;

use crate::names::ProfileName;
use crate::problem::{Problem, ProblemKind};
use crate::session::{Credentials, Wish};

/// The AWS credentials file, as far as sessions are concerned.
#[derive(Debug, Clone)]
pub struct CredentialsFile {
    path: PathBuf,
}

impl CredentialsFile {
    /// The file at this path. Nothing is read yet.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Whether a profile may be written, without writing it.
    ///
    /// # Errors
    ///
    /// `foreign-profile` when somebody else's profile has the name and `foreign` does not allow to replace it.
    pub fn check(&self, profile: &ProfileName, foreign: Foreign) -> Result<(), Problem> {
        if matches!(foreign, Foreign::BackUpAndReplace) {
            return Ok(());
        }
        let bytes = durable_file::read(&self.path).map_err(aws_files::Error::from)?.unwrap_or_default();
        let profile = name(profile)?;
        match Document::parse(&bytes, Kind::Credentials).foreign(&profile) {
            None => Ok(()),
            Some(line) => {
                let (path, profile) = (self.path.clone(), profile.to_string());
                Err(aws_files::Error::ForeignProfile { path, line, profile }.into())
            }
        }
    }

    /// Writes the profile: keys, token, and the region where the session has one. Returns where the file as it was
    /// before is, when somebody else's profile was replaced.
    ///
    /// # Errors
    ///
    /// `foreign-profile`, and whatever keeps the file from being written; it is as it was then.
    pub fn put(&self, wish: &Wish, credentials: &Credentials, foreign: Foreign) -> Result<Option<PathBuf>, Problem> {
        let mut entries = vec![
            aws_files::entry("aws_access_key_id", &credentials.access_key_id)?,
            aws_files::entry("aws_secret_access_key", credentials.secret_access_key.expose_secret())?,
            aws_files::entry("aws_session_token", credentials.session_token.expose_secret())?,
        ];
        if let Some(region) = &wish.region {
            entries.push(aws_files::entry("region", region.as_str())?);
        }
        tracing::debug!(profile = %wish.profile, file = %self.path.display(), "the profile is written");
        Ok(self.file().put(&name(&wish.profile)?, &entries, foreign)?.backup)
    }

    /// Removes profiles that Daypass wrote; others of the same name are left alone.
    ///
    /// # Errors
    ///
    /// Whatever keeps the file from being written; it is as it was then.
    pub fn remove(&self, profiles: &[ProfileName]) -> Result<(), Problem> {
        if profiles.is_empty() {
            return Ok(());
        }
        let names = profiles.iter().map(name).collect::<Result<Vec<_>, _>>()?;
        self.file().remove(&names)?;
        Ok(())
    }

    /// The profiles in the file that Daypass wrote.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn owned(&self) -> Result<Vec<ProfileName>, Problem> {
        let owned = self.file().owned()?;
        Ok(owned.iter().filter_map(|profile| profile.as_str().parse().ok()).collect())
    }

    /// The profiles in the file that Daypass wrote, for whichever `DAYPASS_HOME`, with their access key ids.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn owned_keys(&self) -> Result<Vec<(ProfileName, String)>, Problem> {
        let profiles = self.file().profiles()?;
        let owned = profiles.iter().filter(|profile| profile.owned);
        Ok(owned.filter_map(|p| Some((p.name.parse().ok()?, p.get("aws_access_key_id")?.to_owned()))).collect())
    }

    fn file(&self) -> AwsFile {
        AwsFile::new(&self.path, Kind::Credentials)
    }
}

fn name(profile: &ProfileName) -> Result<aws_files::ProfileName, Problem> {
    Ok(aws_files::ProfileName::parse(profile.as_str())?)
}

impl From<aws_files::Error> for Problem {
    fn from(error: aws_files::Error) -> Self {
        let kind = match error.code() {
            "foreign-profile" => ProblemKind::Refused,
            "bad-value" | "bad-key" | "bad-profile-name" => ProblemKind::Invalid,
            _ => ProblemKind::Failed,
        };
        let text = error.to_string();
        match error.code() {
            // The rest of this one is in the operating system's words.
            "file-error" => Problem::new(kind, error.code(), text),
            "foreign-profile" => Problem::new(kind, error.code(), before_last(&text, ": ")).hint(
                "choose another name with --profile, or replace it with --replace; the file is backed up first then",
            ),
            _ => Problem::told(kind, error.code(), text.rsplit_once(": "), &text),
        }
    }
}

impl From<daypass_vault::VaultError> for Problem {
    fn from(error: daypass_vault::VaultError) -> Self {
        if let daypass_vault::VaultError::KeyUnknown { why } = error {
            return Problem::new(ProblemKind::Invalid, "config-mistake", why)
                .hint("mend it and save; until then nobody can tell where the vault's key is, and nothing is opened");
        }
        let text = error.to_string();
        let parts = text.split_once(". ").or_else(|| text.rsplit_once(": "));
        let has_words_of_others =
            matches!(error, daypass_vault::VaultError::Read { .. } | daypass_vault::VaultError::Seal { .. });
        Problem::told(ProblemKind::Failed, error.code(), parts.filter(|_| !has_words_of_others), &text)
    }
}

fn before_last<'a>(text: &'a str, mark: &str) -> &'a str {
    text.rsplit_once(mark).map_or(text, |(before, _)| before)
}

impl Problem {
    /// The message of a library's error, which ends in what to do, as message and hint.
    fn told(kind: ProblemKind, code: &str, parts: Option<(&str, &str)>, whole: &str) -> Self {
        match parts {
            Some((happened, what_to_do)) => {
                let mut hint = what_to_do.to_owned();
                if let Some(first) = hint.get_mut(..1) {
                    first.make_ascii_lowercase();
                }
                Self::new(kind, code, happened).hint(hint)
            }
            None => Self::new(kind, code, whole),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_and_what_to_do_are_told_apart() {
        let full = durable_file::Error::DiskFull {
            path: "/home/a: b/credentials".into(),
            operation: durable_file::Operation::Write,
            source: std::io::ErrorKind::StorageFull.into(),
        };
        let problem = Problem::from(aws_files::Error::from(full));
        assert!(problem.message.ends_with("when writing /home/a: b/credentials"), "{}", problem.message);
        assert_eq!(problem.hint.as_deref(), Some("free some space and try again; the file is as it was"));

        let other = durable_file::Error::Io {
            path: "/c".into(),
            operation: durable_file::Operation::Sync,
            source: std::io::Error::other("the disk is on fire"),
        };
        let problem = Problem::from(aws_files::Error::from(other));
        assert_eq!((problem.message.as_str(), problem.hint), ("syncing to disk /c failed: the disk is on fire", None));

        let locked = daypass_vault::VaultError::KeyringLocked { reason: "its prompt was dismissed".into() };
        let problem = Problem::from(locked);
        assert_eq!(problem.message, "the keyring is locked (its prompt was dismissed)");
        assert!(
            problem.hint.is_some_and(|hint| hint.starts_with("unlock it and try again. ") && hint.contains("file:"))
        );
    }
}
