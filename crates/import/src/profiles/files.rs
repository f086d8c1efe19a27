//! The AWS config file and the AWS credentials file, as tools read them together.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use aws_files::{Document, FileKind, ProfileEntry, first_fault};

use crate::found::{Origin, Remark};
use crate::machine::Machine;

/// Both files.
pub(crate) struct AwsFiles {
    /// The config file, absolute.
    pub(crate) config_file: PathBuf,
    /// The credentials file, absolute.
    pub(crate) credentials_file: PathBuf,
    /// Which of them exist.
    pub(crate) read: Vec<PathBuf>,
    /// Why one can't be read, or what is wrong in it.
    pub(crate) remarks: Vec<Remark>,
    profiles: Vec<AwsProfile>,
    by_name: HashMap<String, usize>,
    sessions: BTreeMap<String, ProfileEntry>,
}

/// A profile, from both files.
pub(crate) struct AwsProfile {
    /// Its name: foreign text.
    pub(crate) name: String,
    config: Option<ProfileEntry>,
    credentials: Option<ProfileEntry>,
}

impl AwsFiles {
    pub(crate) fn read(machine: &Machine) -> Self {
        let (config_file, credentials_file) = (machine.aws_config(), machine.aws_credentials());
        let (mut read, mut remarks) = (Vec::new(), Vec::new());
        let mut bytes_of = |file: &PathBuf| match machine.read_bytes(file) {
            Ok(Some(bytes)) => {
                read.push(file.clone());
                if let Some(fault) = first_fault(&bytes) {
                    let what = format!("the AWS CLI can't read {}", machine.shown(file));
                    let remark = Remark::new(what, fault.what.to_string(), Origin::line(file, fault.line));
                    remarks.push(remark.advice(fault.what.advice()));
                }
                bytes
            }
            Ok(None) => Default::default(),
            Err(remark) => {
                remarks.push(remark);
                Default::default()
            }
        };
        let (config, credentials) = (bytes_of(&config_file), bytes_of(&credentials_file));
        let config = Document::parse(&config, FileKind::Config);
        let sessions = config.sso_sessions().into_iter().map(|session| (session.name.clone(), session)).collect();
        let mut profiles: Vec<AwsProfile> = Vec::new();
        let mut by_name = HashMap::new();
        for entry in config.profiles() {
            by_name.insert(entry.name.clone(), profiles.len());
            profiles.push(AwsProfile { name: entry.name.clone(), config: Some(entry), credentials: None });
        }
        for entry in Document::parse(&credentials, FileKind::Credentials).profiles() {
            match by_name.get(&entry.name).and_then(|at| profiles.get_mut(*at)) {
                Some(profile) => profile.credentials = Some(entry),
                None => {
                    by_name.insert(entry.name.clone(), profiles.len());
                    profiles.push(AwsProfile { name: entry.name.clone(), config: None, credentials: Some(entry) });
                }
            }
        }
        Self { config_file, credentials_file, read, remarks, profiles, by_name, sessions }
    }

    /// All of them: those of the config file in its order, then those that only the credentials file has.
    pub(crate) fn profiles(&self) -> impl Iterator<Item = &AwsProfile> {
        self.profiles.iter()
    }

    pub(crate) fn profile(&self, name: &str) -> Option<&AwsProfile> {
        self.by_name.get(name).and_then(|at| self.profiles.get(*at))
    }

    /// A `[sso-session NAME]`.
    pub(crate) fn session(&self, name: &str) -> Option<&ProfileEntry> {
        self.sessions.get(name)
    }

    /// All `[sso-session]` sections, by name.
    pub(crate) fn sessions(&self) -> impl Iterator<Item = &ProfileEntry> {
        self.sessions.values()
    }

    /// Where a profile stands.
    pub(crate) fn origin(&self, profile: &AwsProfile) -> Origin {
        let (file, entry) = match (&profile.config, &profile.credentials) {
            (Some(entry), _) => (&self.config_file, Some(entry)),
            (None, entry) => (&self.credentials_file, entry.as_ref()),
        };
        Origin::line(file, entry.map_or(1, |entry| entry.line)).section(&profile.name)
    }

    /// A remark about a profile that stays as it is.
    pub(crate) fn stays(&self, profile: &AwsProfile, why: impl Into<String>) -> Remark {
        Remark::new(format!("profile {:?} stays as it is", profile.name), why, self.origin(profile))
    }

    /// Where a key of a profile stands.
    pub(crate) fn origin_of(&self, profile: &AwsProfile, key: &str) -> Origin {
        let line = |entry: &Option<ProfileEntry>| entry.as_ref().and_then(|entry| entry.line_of(key));
        let found = line(&profile.credentials).map(|line| (&self.credentials_file, line));
        let found = found.or_else(|| line(&profile.config).map(|line| (&self.config_file, line)));
        match found {
            Some((file, line)) => Origin::line(file, line).section(&profile.name),
            None => self.origin(profile),
        }
    }
}

impl AwsProfile {
    /// A setting that isn't empty. The credentials file comes first, as in botocore.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        let sections = [&self.credentials, &self.config].into_iter().flatten();
        let mut values = sections.filter_map(|section| section.get(key));
        values.find(|value| !value.is_empty())
    }

    /// A setting of the credentials file.
    pub(crate) fn in_credentials(&self, key: &str) -> Option<&str> {
        self.credentials.as_ref()?.get(key).filter(|value| !value.is_empty())
    }

    /// Whether Daypass wrote it.
    pub(crate) fn is_ours(&self) -> bool {
        [&self.credentials, &self.config].into_iter().flatten().any(|section| section.owned)
    }
}
