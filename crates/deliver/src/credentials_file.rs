//! A session as a section of the AWS credentials file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aws_files::{AwsFile, Document, FileKind, Foreign, HomeId};
use secrecy::ExposeSecret;

use daypass_core::credentials::Credentials;
use daypass_core::delivery::{Deliver, WrittenProfile};
use daypass_core::digest;
use daypass_core::names::ProfileName;
use daypass_core::problem::Problem;
use daypass_core::session_request::SessionRequest;

/// The AWS credentials file, as far as sessions are concerned.
#[derive(Debug, Clone)]
pub(crate) struct CredentialsFile {
    path: PathBuf,
    home: HomeId,
}

impl CredentialsFile {
    /// The file at this path, for the home with this vault. Nothing is read yet.
    pub(crate) fn new(path: PathBuf, vault_file: &Path) -> Self {
        Self { path, home: home_id(vault_file) }
    }

    fn file(&self) -> AwsFile {
        AwsFile::new(&self.path, FileKind::Credentials)
    }
}

impl Deliver for CredentialsFile {
    fn check(&self, profile: &ProfileName, foreign: Foreign) -> Result<(), Problem> {
        match foreign {
            Foreign::BackUpAndReplace => return Ok(()),
            Foreign::Refuse => {}
        }
        let bytes = durable_file::read(&self.path).map_err(aws_files::Error::from)?.unwrap_or_default();
        let profile = name(profile)?;
        match Document::parse(&bytes, FileKind::Credentials).foreign_line(&profile) {
            None => Ok(()),
            Some(line) => {
                let (path, profile) = (self.path.clone(), profile.to_string());
                Err(aws_files::Error::ForeignProfile { path, line, profile }.into())
            }
        }
    }

    /// Writes keys, token, and the session's region if it has one.
    fn put(
        &self,
        request: &SessionRequest,
        credentials: &Credentials,
        foreign: Foreign,
    ) -> Result<Option<PathBuf>, Problem> {
        let mut entries = vec![
            aws_files::entry("aws_access_key_id", &credentials.access_key_id)?,
            aws_files::entry("aws_secret_access_key", credentials.secret_access_key.expose_secret())?,
            aws_files::entry("aws_session_token", credentials.session_token.expose_secret())?,
        ];
        if let Some(region) = &request.region {
            entries.push(aws_files::entry("region", region.as_str())?);
        }
        tracing::debug!(profile = %request.profile, file = %self.path.display(), "writing the profile");
        Ok(self.file().put(&name(&request.profile)?, &entries, self.home, foreign)?.backup)
    }

    /// Removes profiles that this home wrote. Leaves others of the same name alone.
    fn remove(&self, profiles: &[ProfileName]) -> Result<(), Problem> {
        if profiles.is_empty() {
            return Ok(());
        }
        let names = profiles.iter().map(name).collect::<Result<Vec<_>, _>>()?;
        self.file().remove(&names, self.home)?;
        Ok(())
    }

    fn give_back(&self, profile: &ProfileName, backup: &Path) -> Result<bool, Problem> {
        Ok(self.file().give_back(&name(profile)?, self.home, backup)?)
    }

    fn written(&self) -> Result<Option<BTreeMap<ProfileName, WrittenProfile>>, Problem> {
        let profiles = self.file().profiles()?;
        let written = profiles.iter().filter(|entry| entry.owned).filter_map(|entry| {
            let profile = entry.name.parse().ok()?;
            let access_key_id = entry.get("aws_access_key_id")?.to_owned();
            Some((profile, WrittenProfile { access_key_id, is_ours: entry.home == Some(self.home) }))
        });
        Ok(Some(written.collect()))
    }
}

fn name(profile: &ProfileName) -> Result<aws_files::ProfileName, Problem> {
    Ok(aws_files::ProfileName::parse(profile.as_str())?)
}

/// The id of the home with this vault.
///
/// It comes from the vault's path, as does the name of the vault's key in the keyring. So it survives the loss of
/// everything that Daypass stores, and what a lost vault left in the file can be removed. The path contains the
/// person's name, so the file gets a hash of it. Two homes at the same path, as in two containers, count as one: they
/// need a `DAYPASS_HOME` each, if they share a credentials file.
fn home_id(vault_file: &Path) -> HomeId {
    let mut text = b"daypass home ".to_vec();
    text.extend_from_slice(vault_file.as_os_str().as_encoded_bytes());
    HomeId::new(digest::number(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_home_stays_and_does_not_show_its_path() {
        let id = home_id(Path::new("/home/me/.local/share/daypass/vault.age")).to_string();
        // It is in people's files: another value would make every profile there another home's.
        assert_eq!(id, "ea28dde69db589cf");
        assert_ne!(id, home_id(Path::new("/home/me/work/vault.age")).to_string());
    }
}
