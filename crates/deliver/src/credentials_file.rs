//! A session as a section of the AWS credentials file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aws_files::{AwsFile, FileKind, Foreign, HomeId, Shadow, ShadowedTools};
use secrecy::ExposeSecret;

use daypass_core::credentials::Credentials;
use daypass_core::delivery::{Deliver, Delivered, WrittenProfile};
use daypass_core::digest;
use daypass_core::names::ProfileName;
use daypass_core::problem::Problem;
use daypass_core::session_request::SessionRequest;

/// The AWS credentials file, as far as sessions are concerned.
#[derive(Debug, Clone)]
pub(crate) struct CredentialsFile {
    /// Where this process's tools look. A session may have been written elsewhere, from another environment.
    path: PathBuf,
    /// The AWS config file, which tools read beside it.
    config: PathBuf,
    home: HomeId,
}

impl CredentialsFile {
    /// The files at these paths, for the home with this vault. Nothing is read yet.
    pub(crate) fn new(path: PathBuf, config: PathBuf, vault_file: &Path) -> Self {
        Self { path, config, home: home_id(vault_file) }
    }

    fn at(&self, file: Option<&Path>) -> AwsFile {
        AwsFile::new(file.unwrap_or(&self.path), FileKind::Credentials)
    }

    fn knowing<'d>(
        &self,
        file: Option<&Path>,
        delivered: impl IntoIterator<Item = &'d Delivered>,
    ) -> Result<AwsFile, Problem> {
        let known = delivered.into_iter().map(|it| Ok((name(&it.profile)?, it.keys())));
        Ok(self.at(file).knowing(known.collect::<Result<Vec<_>, Problem>>()?))
    }

    /// A line by which the AWS CLI would pass over the profile. Files that can't be read have none.
    fn check_shadow(&self, delivered: &Delivered) -> Result<(), Problem> {
        let profiles = |file: &AwsFile| file.profiles().unwrap_or_default();
        let (config, credentials) = (AwsFile::new(&self.config, FileKind::Config), self.at(delivered.file.as_deref()));
        let profile = delivered.profile.as_str();
        match aws_files::shadow(&profiles(&config), &profiles(&credentials), profile) {
            Some(Shadow { file, line, key, tools: ShadowedTools::AwsCli }) => {
                let file = match file {
                    FileKind::Config => config,
                    FileKind::Credentials => credentials,
                };
                let (path, profile) = (file.path().to_owned(), profile.to_owned());
                Err(aws_files::Error::ShadowedProfile { path, line, profile, key }.into())
            }
            Some(Shadow { tools: ShadowedTools::SomeSdks, .. }) | None => Ok(()),
        }
    }
}

impl Deliver for CredentialsFile {
    fn place(&self, file: Option<&Path>) -> Option<PathBuf> {
        Some(file.unwrap_or(&self.path).to_owned())
    }

    fn check(&self, delivered: &Delivered, foreign: Foreign) -> Result<(), Problem> {
        self.check_shadow(delivered)?;
        match foreign {
            Foreign::BackUpAndReplace => Ok(()),
            Foreign::Refuse => {
                let file = self.knowing(delivered.file.as_deref(), [delivered])?;
                Ok(file.check(&name(&delivered.profile)?, self.home)?)
            }
        }
    }

    /// Writes keys, token, the account, and the session's region if it has one.
    fn put(
        &self,
        request: &SessionRequest,
        credentials: &Credentials,
        foreign: Foreign,
        before: &Delivered,
    ) -> Result<Option<PathBuf>, Problem> {
        let mut entries = vec![
            aws_files::entry("aws_access_key_id", &credentials.access_key_id)?,
            aws_files::entry("aws_secret_access_key", credentials.secret_access_key.expose_secret())?,
            aws_files::entry("aws_session_token", credentials.session_token.expose_secret())?,
        ];
        // For endpoints that are an account's own: boto3's name for it, which the SDKs share.
        if let Some(account) = credentials.account() {
            entries.push(aws_files::entry("aws_account_id", account.as_str())?);
        }
        if let Some(region) = &request.region {
            entries.push(aws_files::entry("region", region.as_str())?);
        }
        // A start that is repeated may find its own new keys.
        let new = Some(credentials.access_key_id.clone());
        let known = Delivered { access_key_id: new, earlier_keys: before.keys(), ..before.clone() };
        let file = self.knowing(before.file.as_deref(), [&known])?;
        tracing::debug!(profile = %request.profile, file = %file.path().display(), "writing the profile");
        Ok(file.put(&name(&request.profile)?, &entries, self.home, foreign)?.backup)
    }

    /// Removes profiles that this home wrote. Leaves others of the same name alone.
    fn remove(&self, delivered: &[Delivered]) -> Result<(), Problem> {
        let mut by_file = BTreeMap::<Option<&Path>, Vec<&Delivered>>::new();
        for one in delivered {
            by_file.entry(one.file.as_deref()).or_default().push(one);
        }
        for (file, delivered) in by_file {
            let names = delivered.iter().map(|one| name(&one.profile)).collect::<Result<Vec<_>, _>>()?;
            self.knowing(file, delivered)?.remove(&names, self.home)?;
        }
        Ok(())
    }

    fn give_back(&self, delivered: &Delivered, backup: &Path) -> Result<bool, Problem> {
        let file = self.knowing(delivered.file.as_deref(), [delivered])?;
        Ok(file.give_back(&name(&delivered.profile)?, self.home, backup)?)
    }

    fn written(&self, file: Option<&Path>) -> Result<Option<BTreeMap<ProfileName, WrittenProfile>>, Problem> {
        let profiles = self.at(file).profiles()?;
        let written = profiles.iter().filter(|entry| entry.owned).filter_map(|entry| {
            let profile = entry.name.parse().ok()?;
            let access_key_id = entry.get("aws_access_key_id")?.to_owned();
            Some((profile, WrittenProfile { access_key_id, is_ours: entry.home == Some(self.home) }))
        });
        Ok(Some(written.collect()))
    }

    fn is_found(&self, delivered: &Delivered) -> bool {
        let Ok(profiles) = self.at(None).profiles() else { return true };
        let of_profile = profiles.iter().find(|entry| entry.name == delivered.profile.as_str());
        of_profile.and_then(|entry| entry.get("aws_access_key_id")) == delivered.access_key_id.as_deref()
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
