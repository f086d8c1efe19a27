//! A change to an AWS file, and how to undo it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use aws_files::{AwsFile, Batch, Document, Edit, FileKind, HomeId, Patch, ProfileEntry, SectionText};
use daypass_core::digest;
use daypass_core::problem::Problem;
use serde::{Deserialize, Serialize};

use crate::home_id::home_id;

/// A change of one AWS file. It has no line of a section that wasn't changed. Where sections of the person's were, it
/// may have secrets: then it belongs into the vault.
#[derive(Serialize, Deserialize)]
pub struct FileRecord {
    /// The file.
    pub file: PathBuf,
    /// Whether it is the credentials file.
    #[serde(default)]
    credentials: bool,
    /// Whether there was a file.
    had_file: bool,
    /// SHA-256 of the file's content after the change. None if there was no file then.
    after: Option<String>,
    /// Leads from that content to the one before.
    back: Patch,
    /// For a file that has changed since: what each profile had before and after.
    profiles: BTreeMap<String, Profile>,
    /// The same for sections of the person's.
    #[serde(default)]
    sections: Vec<SectionText>,
}

#[derive(Serialize, Deserialize)]
struct Profile {
    before: Option<Lines>,
    after: Option<Lines>,
}

/// What Daypass wrote in a section.
type Lines = BTreeMap<String, String>;

/// What was taken back.
#[derive(Debug, Default)]
pub struct TakenBack {
    /// The profiles that are as they were.
    pub profiles: Vec<String>,
    /// Profiles that have changed since, so they stay.
    pub left: Vec<String>,
}

impl FileRecord {
    /// The record of a change that is about to be made.
    pub(super) fn of(file: &Path, kind: FileKind, batch: &Batch, edit: &Edit<'_>, home: HomeId) -> Self {
        let names = batch.puts.iter().map(|(name, _)| name).chain(&batch.removals).map(aws_files::ProfileName::as_str);
        let names: BTreeSet<&str> = names.collect();
        let (before, mut after) = (lines_of(edit.before, kind, home), lines_of(edit.after, kind, home));
        let profile = |name: &&str| {
            let profile = Profile { before: before.get(*name).cloned(), after: after.remove(*name) };
            (profile.before != profile.after).then(|| ((*name).to_owned(), profile))
        };
        Self {
            file: file.to_owned(),
            credentials: matches!(kind, FileKind::Credentials),
            had_file: edit.before.is_some(),
            after: edit.after.map(digest::full),
            back: edit.back.clone(),
            profiles: names.iter().filter_map(profile).collect(),
            sections: sections_of(batch, edit, kind),
        }
    }

    /// Takes the change back, for the home with this vault. If something else in the file has changed since, that
    /// stays.
    ///
    /// # Errors
    ///
    /// When the file can't be read or written.
    pub fn take_back_for(&self, vault_file: &Path) -> Result<TakenBack, Problem> {
        self.take_back(home_id(vault_file))
    }

    /// Takes the change back. If something else in the file has changed since, that stays.
    ///
    /// # Errors
    ///
    /// When the file can't be read or written.
    pub(super) fn take_back(&self, home: HomeId) -> Result<TakenBack, Problem> {
        let kind = if self.credentials { FileKind::Credentials } else { FileKind::Config };
        let file = AwsFile::new(&self.file, kind);
        let is_after = |now: Option<&[u8]>| now.map(digest::full) == self.after;
        let left = match file.take_back(self.had_file, &self.back, is_after)? {
            true => Vec::new(),
            false => self.take_back_each(&file, kind, home)?,
        };
        let names = self.profiles.keys().chain(self.sections.iter().map(|section| &section.profile));
        let profiles = names.filter(|name| !left.contains(name)).cloned().collect();
        Ok(TakenBack { profiles, left })
    }

    /// In a file that has changed since. Returns the profiles that have, too.
    fn take_back_each(&self, file: &AwsFile, kind: FileKind, home: HomeId) -> Result<Vec<String>, Problem> {
        let mut left = file.restore_sections(&self.sections)?;
        let content = durable_file::read(file.path()).map_err(aws_files::Error::from)?;
        let now = lines_of(content.as_deref(), kind, home);
        let mut batch = Batch::default();
        for (name, profile) in &self.profiles {
            let parsed = aws_files::ProfileName::parse(name)?;
            match &profile.before {
                _ if now.get(name) != profile.after.as_ref() => left.push(name.clone()),
                None => batch.removals.push(parsed),
                Some(before) => {
                    let entries = before.iter().map(|(key, value)| aws_files::entry(key, value));
                    batch.puts.push((parsed, entries.collect::<Result<_, _>>()?));
                }
            }
        }
        let done = file.apply(&batch, home, |_| Ok::<_, aws_files::Error>(()))?;
        left.extend(done.refused.iter().filter_map(|error| match error {
            aws_files::Error::ForeignProfile { profile, .. }
            | aws_files::Error::ProfileOfAnotherHome { profile, .. } => Some(profile.clone()),
            _ => None,
        }));
        Ok(left)
    }
}

/// The sections of the person's that the change touches.
fn sections_of(batch: &Batch, edit: &Edit<'_>, kind: FileKind) -> Vec<SectionText> {
    if batch.adoptions.is_empty() {
        return Vec::new();
    }
    let (before, after) = [edit.before, edit.after].map(|content| content.unwrap_or_default()).into();
    let (before, after) = (Document::parse(before, kind), Document::parse(after, kind));
    let (before, after) = (before.section_texts(), after.section_texts());
    let section = |adoption: &aws_files::Adoption| {
        let profile = adoption.profile.as_str();
        let (before, after) = (*before.get(profile)?, after.get(profile).copied());
        let (profile, before, after_text) = (profile.to_owned(), before.to_owned(), after.map(str::to_owned));
        (Some(before.as_str()) != after).then_some(SectionText { profile, before, after: after_text })
    };
    batch.adoptions.iter().filter_map(section).collect()
}

/// What this home wrote, by profile.
fn lines_of(content: Option<&[u8]>, kind: FileKind, home: HomeId) -> BTreeMap<String, Lines> {
    let profiles = Document::parse(content.unwrap_or_default(), kind).profiles();
    let written = |entry: &ProfileEntry| {
        let lines = entry.keys().filter(|key| entry.is_written(key));
        lines.filter_map(|key| Some((key.to_owned(), entry.get(key)?.to_owned()))).collect()
    };
    let ours = profiles.iter().filter(|entry| entry.owned && entry.home == Some(home));
    ours.map(|entry| (entry.name.clone(), written(entry))).collect()
}
