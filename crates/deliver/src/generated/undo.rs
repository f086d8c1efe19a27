//! What leads back to the profiles that there were before the last sync.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use aws_files::{AwsFile, Batch, Document, Edit, FileKind, HomeId, Patch, ProfileEntry};
use chrono::{DateTime, Utc};
use daypass_core::digest;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use durable_file::{Change, Options};
use serde::{Deserialize, Serialize};

/// The version of the record's form.
const VERSION: u32 = 1;

/// The file that remembers one sync. It has no line of a section that the sync didn't change.
pub(super) struct UndoFile(PathBuf);

/// What was changed.
#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    version: u32,
    at: DateTime<Utc>,
    file: PathBuf,
    /// Whether there was a file.
    had_file: bool,
    /// SHA-256 of the file's content after the change. None if there was no file then.
    after: Option<String>,
    /// Leads from that content to the one before.
    back: Patch,
    /// For a file that has changed since: what each profile had before and after.
    profiles: BTreeMap<String, Profile>,
}

#[derive(Serialize, Deserialize)]
struct Profile {
    before: Option<Lines>,
    after: Option<Lines>,
}

/// What Daypass wrote in a section.
type Lines = BTreeMap<String, String>;

/// What was undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UndoOutcome {
    /// The AWS config file.
    pub file: PathBuf,
    /// When what was undone was done.
    pub done_at: DateTime<Utc>,
    /// The profiles that are as they were.
    pub profiles: Vec<String>,
    /// Profiles that have changed since, so they stay.
    pub left: Vec<String>,
}

/// The record of a change that is about to be made.
pub(super) fn record(file: &Path, batch: &Batch, edit: &Edit<'_>, home: HomeId, at: DateTime<Utc>) -> Record {
    let names: BTreeSet<&str> =
        batch.puts.iter().map(|(name, _)| name).chain(&batch.removals).map(aws_files::ProfileName::as_str).collect();
    let (before, mut after) = (lines_of(edit.before, home), lines_of(edit.after, home));
    let profile = |name: &&str| {
        let profile = Profile { before: before.get(*name).cloned(), after: after.remove(*name) };
        (profile.before != profile.after).then(|| ((*name).to_owned(), profile))
    };
    Record {
        version: VERSION,
        at,
        file: file.to_owned(),
        had_file: edit.before.is_some(),
        after: edit.after.map(digest::full),
        back: edit.back.clone(),
        profiles: names.iter().filter_map(profile).collect(),
    }
}

/// What this home wrote, by profile.
fn lines_of(content: Option<&[u8]>, home: HomeId) -> BTreeMap<String, Lines> {
    let profiles = Document::parse(content.unwrap_or_default(), FileKind::Config).profiles();
    let written = |entry: &ProfileEntry| {
        let lines = entry.keys().filter(|key| entry.is_written(key));
        lines.filter_map(|key| Some((key.to_owned(), entry.get(key)?.to_owned()))).collect()
    };
    let ours = profiles.iter().filter(|entry| entry.owned && entry.home == Some(home));
    ours.map(|entry| (entry.name.clone(), written(entry))).collect()
}

impl UndoFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn write(&self, record: &Record) -> Result<(), aws_files::Error> {
        let text = serde_json::to_vec(record).unwrap_or_default();
        self.change(&Change::Replace(text))
    }

    fn change(&self, change: &Change) -> Result<(), aws_files::Error> {
        let edit = |_: Option<&[u8]>| {
            Ok::<_, aws_files::Error>(match change {
                Change::Keep => Change::Keep,
                Change::Replace(text) => Change::Replace(text.clone()),
                Change::Remove => Change::Remove,
            })
        };
        durable_file::edit(&self.0, &Options::default(), edit).map(drop).map_err(aws_files::Error::from)
    }

    pub(super) fn take_back(&self, home: HomeId) -> Result<UndoOutcome, Problem> {
        let read = durable_file::read(&self.0).map_err(aws_files::Error::from)?;
        let record = read.and_then(|text| serde_json::from_slice::<Record>(&text).ok());
        let record = record.filter(|record| record.version == VERSION).ok_or_else(nothing_to_undo)?;
        let file = AwsFile::new(&record.file, FileKind::Config);
        let is_after = |now: Option<&[u8]>| now.map(digest::full) == record.after;
        let left = match file.take_back(record.had_file, &record.back, is_after)? {
            true => Vec::new(),
            false => take_back_each(&file, &record, home)?,
        };
        self.change(&Change::Remove)?;
        let Record { file, at: done_at, profiles, .. } = record;
        let profiles = profiles.into_keys().filter(|name| !left.contains(name)).collect();
        Ok(UndoOutcome { file, done_at, profiles, left })
    }
}

/// In a file that has changed since. Returns the profiles that have, too.
fn take_back_each(file: &AwsFile, record: &Record, home: HomeId) -> Result<Vec<String>, Problem> {
    let content = durable_file::read(file.path()).map_err(aws_files::Error::from)?;
    let now = lines_of(content.as_deref(), home);
    let (mut batch, mut left) = (Batch::default(), Vec::new());
    for (name, profile) in &record.profiles {
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
    let done = file.apply(&batch, home, |_| Ok(()))?;
    left.extend(done.refused.iter().filter_map(|error| match error {
        aws_files::Error::ForeignProfile { profile, .. } | aws_files::Error::ProfileOfAnotherHome { profile, .. } => {
            Some(profile.clone())
        }
        _ => None,
    }));
    Ok(left)
}

fn nothing_to_undo() -> Problem {
    Problem::new(ProblemKind::NotFound, ProblemCode::NothingToUndo, "no sync of profiles can be undone")
        .hint("only the last `daypass profiles sync` or `profiles remove` can be undone, and only once")
}
