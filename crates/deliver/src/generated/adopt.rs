//! Gives profiles of the person's to Daypass, because they agreed: the lines that lead to credentials go, and one takes
//! their place that asks Daypass. All other lines stay.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use aws_files::{Adoption, AwsFile, Batch, FileKind, HomeId, Key, ProfileEntry};
use daypass_core::names::ProfileName;
use daypass_core::problem::Problem;
use daypass_core::surroundings::Places;

use super::profile::GeneratedProfile;
use super::record::FileRecord;
use crate::home_id::home_id;

/// The keys that lead to credentials, and those that say how, in either file.
const WAY: [&str; 17] = [
    "sso_session",
    "sso_start_url",
    "sso_region",
    "sso_account_id",
    "sso_role_name",
    "sso_registration_scopes",
    "role_arn",
    "source_profile",
    "credential_source",
    "mfa_serial",
    "external_id",
    "duration_seconds",
    "role_session_name",
    "web_identity_token_file",
    "credential_process",
    "login_session",
    "mfa_process",
];

/// The keys of an access key.
const ACCESS_KEY: [&str; 4] = ["aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token"];

/// What tools write beside temporary keys: it is about those alone.
const BESIDE_TEMPORARY_KEYS: [&str; 5] =
    ["x_security_token_expires", "x_principal_arn", "aws_expiration", "aws_session_expiration", "expiration"];

/// What changes in the two files.
#[derive(Default)]
pub struct Adopting<'a> {
    /// Profiles that are to ask Daypass: sections of the person's change, and those that aren't there are added.
    pub profiles: Vec<&'a GeneratedProfile>,
    /// Profiles whose access keys go, because the vault has them.
    pub keys: Vec<ProfileName>,
}

/// One file's part of it.
pub struct Adopted {
    /// The file.
    pub path: PathBuf,
    file: AwsFile,
    kind: FileKind,
    home: HomeId,
    batch: Batch,
}

/// The profiles that have an access key in one of the files. Tools take it before they ask Daypass. Temporary keys, which
/// another tool wrote, don't count: they end, and go when the profile is Daypass's.
///
/// # Errors
///
/// When a file can't be read.
pub fn profiles_with_keys(places: &Places) -> Result<HashSet<String>, Problem> {
    let config = AwsFile::new(&places.aws_config_file, FileKind::Config).profiles()?;
    let credentials = AwsFile::new(&places.credentials_file, FileKind::Credentials).profiles()?;
    let all = config.into_iter().chain(credentials).filter(|entry| !entry.owned);
    let with_key = all.filter(|entry| entry.get(ACCESS_KEY[0]).is_some() && !has_temporary_keys(entry));
    Ok(with_key.map(|entry| entry.name).collect())
}

/// The profiles that have several sections in one of the files. Those stay as they are.
///
/// # Errors
///
/// When a file can't be read.
pub fn repeated_profiles(places: &Places) -> Result<HashSet<String>, Problem> {
    let mut repeated = AwsFile::new(&places.aws_config_file, FileKind::Config).repeated_profiles()?;
    repeated.extend(AwsFile::new(&places.credentials_file, FileKind::Credentials).repeated_profiles()?);
    Ok(repeated)
}

fn has_temporary_keys(entry: &ProfileEntry) -> bool {
    !entry.owned && ["aws_session_token", "aws_security_token"].iter().any(|key| entry.get(key).is_some())
}

impl Adopting<'_> {
    /// What that is in each file: the config file first. Files that stay as they are are left out.
    ///
    /// # Errors
    ///
    /// When a file can't be read.
    pub fn in_files(&self, places: &Places) -> Result<Vec<Adopted>, Problem> {
        let home = home_id(&places.vault_file);
        let config = self.config(&places.aws_config_file, home)?;
        let credentials = self.credentials(&places.credentials_file, home)?;
        let mut all = Vec::new();
        for adopted in [config, credentials] {
            let (before, after) = adopted.preview()?;
            if before != after {
                all.push(adopted);
            }
        }
        Ok(all)
    }

    fn config(&self, path: &Path, home: HomeId) -> Result<Adopted, Problem> {
        let file = AwsFile::new(path, FileKind::Config);
        let there = file.profiles()?;
        let mut batch = Batch::default();
        for profile in &self.profiles {
            let name = aws_files::ProfileName::parse(profile.name.as_str())?;
            let found = there.iter().find(|entry| entry.name == profile.name.as_str());
            match found {
                Some(entry) if !entry.owned => {
                    let way = self.way(&profile.name, Some(entry));
                    let has = |key: &str| entry.get(key).is_some();
                    // Theirs stay: region, output.
                    let entries = profile.entries.iter().filter(|(key, _)| way.contains(key) || !has(key.as_str()));
                    batch.adoptions.push(Adoption {
                        profile: name,
                        drop: way.clone(),
                        entries: entries.cloned().collect(),
                    });
                }
                Some(_) | None => batch.puts.push((name, profile.entries.clone())),
            }
        }
        let alone = self.keys.iter().filter(|name| !self.profiles.iter().any(|profile| profile.name == **name));
        for name in alone {
            batch.adoptions.push(strip(name, keys(&ACCESS_KEY))?);
        }
        Ok(Adopted { path: path.to_owned(), file, kind: FileKind::Config, home, batch })
    }

    fn credentials(&self, path: &Path, home: HomeId) -> Result<Adopted, Problem> {
        let file = AwsFile::new(path, FileKind::Credentials);
        let there = file.profiles()?;
        let names = self.profiles.iter().map(|profile| &profile.name).chain(&self.keys);
        let mut adoptions: Vec<Adoption> = Vec::new();
        for name in names {
            let entry = there.iter().find(|entry| entry.name == name.as_str());
            let adoption = strip(name, self.way(name, entry))?;
            if adoptions.iter().all(|known| known.profile != adoption.profile) {
                adoptions.push(adoption);
            }
        }
        let batch = Batch { adoptions, ..Batch::default() };
        Ok(Adopted { path: path.to_owned(), file, kind: FileKind::Credentials, home, batch })
    }

    /// The keys that go from a profile's section.
    fn way(&self, name: &ProfileName, section: Option<&ProfileEntry>) -> Vec<Key> {
        let mut way = keys(&WAY);
        let is_temporary = section.is_some_and(has_temporary_keys);
        if self.keys.contains(name) || is_temporary {
            way.extend(keys(&ACCESS_KEY));
        }
        if is_temporary {
            way.extend(keys(&BESIDE_TEMPORARY_KEYS));
        }
        way
    }
}

impl Adopted {
    /// The file's content now, and as it would be.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn preview(&self) -> Result<(Vec<u8>, Vec<u8>), Problem> {
        Ok(self.file.preview(&self.batch, self.home)?)
    }

    /// Whether it is the config file.
    #[must_use]
    pub fn is_config(&self) -> bool {
        matches!(self.kind, FileKind::Config)
    }

    /// Whether access keys leave this file.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn takes_keys_out(&self) -> Result<bool, Problem> {
        let profiles = self.file.profiles()?;
        let has_one = |adoption: &Adoption| {
            let entry = profiles.iter().find(|entry| entry.name == adoption.profile.as_str());
            let goes = |key: &Key| ACCESS_KEY.contains(&key.as_str());
            let mut keys = adoption.drop.iter().filter(|key| goes(key));
            entry.is_some_and(|entry| keys.any(|key| entry.get(key.as_str()).is_some()))
        };
        Ok(self.batch.adoptions.iter().any(has_one))
    }

    /// Changes the file. `keep` gets what leads back, before anything is changed.
    ///
    /// # Errors
    ///
    /// What `keep` returns; when the file can't be read or written. Nothing is changed then.
    pub fn carry_out(&self, mut keep: impl FnMut(FileRecord) -> Result<(), Problem>) -> Result<(), Problem> {
        let done = self.file.apply(&self.batch, self.home, |edit| {
            keep(FileRecord::of(&self.path, self.kind, &self.batch, edit, self.home))
        })?;
        done.refused.into_iter().next().map_or(Ok(()), |error| Err(error.into()))
    }
}

fn strip(name: &ProfileName, drop: Vec<Key>) -> Result<Adoption, Problem> {
    let profile = aws_files::ProfileName::parse(name.as_str())?;
    Ok(Adoption { profile, drop, entries: Vec::new() })
}

fn keys(names: &[&str]) -> Vec<Key> {
    names.iter().filter_map(|name| Key::parse(name).ok()).collect()
}
