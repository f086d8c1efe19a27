//! A session as a section of the AWS credentials file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aws_files::{AwsFile, FileKind, Foreign, HomeId, Shadow, ShadowedTools, Shadows};
use chrono::SecondsFormat;
use secrecy::ExposeSecret;

use daypass_core::credentials::Credentials;
use daypass_core::delivery::{Deliver, Delivered, WrittenProfile};
use daypass_core::names::ProfileName;
use daypass_core::problem::Problem;
use daypass_core::session_request::SessionRequest;

use crate::home_id::home_id;

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
        let each = delivered.into_iter().flat_map(|it| it.profiles().map(|profile| (profile, it.keys())));
        let known = each.map(|(profile, keys)| Ok((name(profile)?, keys)));
        Ok(self.at(file).knowing(known.collect::<Result<Vec<_>, Problem>>()?))
    }

    /// A line by which the AWS CLI would pass over the profile. Files that can't be read have none.
    fn check_shadow(&self, delivered: &Delivered) -> Result<(), Problem> {
        let profiles = |file: &AwsFile| file.profiles().unwrap_or_default();
        let (config, credentials) = (AwsFile::new(&self.config, FileKind::Config), self.at(delivered.file.as_deref()));
        let (of_config, of_credentials) = (profiles(&config), profiles(&credentials));
        let shadows = Shadows::among(&of_config, &of_credentials);
        for profile in delivered.profiles() {
            // Whose `credential_process` it is makes a difference for some SDKs only.
            match shadows.of_keys(profile.as_str(), "") {
                Some(Shadow { file, line, key, tools: ShadowedTools::AwsCli }) => {
                    let file = match file {
                        FileKind::Config => &config,
                        FileKind::Credentials => &credentials,
                    };
                    let (path, profile) = (file.path().to_owned(), profile.to_string());
                    return Err(aws_files::Error::ShadowedProfile { path, line, profile, key }.into());
                }
                Some(Shadow { tools: ShadowedTools::SomeSdks, .. }) | None => {}
            }
        }
        Ok(())
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
                Ok(file.check(&names(delivered.profiles())?, self.home)?)
            }
        }
    }

    /// Writes keys, token, the account, the session's region if it has one, and when the keys expire.
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
        // For prompts and scripts: saml2aws's name for it, which Starship and others read. The SDKs pass over it.
        let expires = credentials.expires_at.to_rfc3339_opts(SecondsFormat::Secs, true);
        entries.push(aws_files::entry("x_security_token_expires", &expires)?);
        // A start that is repeated may find its own new keys.
        let new = Some(credentials.access_key_id.clone());
        let gone: Vec<ProfileName> = before.profiles().filter(|old| !request.has(old)).cloned().collect();
        let (profile, also) = (request.profile.clone(), request.also.iter().chain(&gone).cloned().collect());
        let known = Delivered { profile, also, access_key_id: new, earlier_keys: before.keys(), ..before.clone() };
        let file = self.knowing(before.file.as_deref(), [&known])?;
        tracing::debug!(profile = %request.profile, file = %file.path().display(), "writing the profile");
        let (profiles, gone) = (names(request.profiles())?, names(&gone)?);
        Ok(file.put_each(&profiles, &entries, &gone, self.home, foreign)?.backup)
    }

    /// Removes profiles that this home wrote. Leaves others of the same name alone.
    fn remove(&self, delivered: &[Delivered]) -> Result<(), Problem> {
        let mut by_file = BTreeMap::<Option<&Path>, Vec<&Delivered>>::new();
        for one in delivered {
            by_file.entry(one.file.as_deref()).or_default().push(one);
        }
        for (file, delivered) in by_file {
            let names = names(delivered.iter().flat_map(|one| one.profiles()))?;
            self.knowing(file, delivered)?.remove(&names, self.home)?;
        }
        Ok(())
    }

    fn give_back(&self, delivered: &Delivered, backup: &Path) -> Result<bool, Problem> {
        let file = self.knowing(delivered.file.as_deref(), [delivered])?;
        let mut is_any_back = false;
        for profile in names(delivered.profiles())? {
            is_any_back |= file.give_back(&profile, self.home, backup)?;
        }
        Ok(is_any_back)
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
        let key_of = |profile: &ProfileName| {
            profiles.iter().find(|entry| entry.name == profile.as_str())?.get("aws_access_key_id")
        };
        delivered.profiles().all(|profile| key_of(profile) == delivered.access_key_id.as_deref())
    }
}

fn names<'p>(profiles: impl IntoIterator<Item = &'p ProfileName>) -> Result<Vec<aws_files::ProfileName>, Problem> {
    profiles.into_iter().map(name).collect()
}

fn name(profile: &ProfileName) -> Result<aws_files::ProfileName, Problem> {
    Ok(aws_files::ProfileName::parse(profile.as_str())?)
}
