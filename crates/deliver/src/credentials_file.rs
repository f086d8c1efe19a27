//! A session as a section of the AWS credentials file.

use std::path::PathBuf;

use aws_files::{AwsFile, Document, Foreign, Kind};
use secrecy::ExposeSecret;

use daypass_core::credentials::Credentials;
use daypass_core::names::ProfileName;
use daypass_core::problem::Problem;
use daypass_core::session_request::Wish;

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
