//! Restores the profiles from before the last sync.

use std::path::PathBuf;

use aws_files::HomeId;
use chrono::{DateTime, Utc};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use durable_file::{Change, Options};
use serde::{Deserialize, Serialize};

use super::record::FileRecord;

/// The version of the record's form.
const VERSION: u32 = 1;

/// The file that remembers one sync. It has no line of a section that the sync didn't change.
pub(super) struct UndoFile(PathBuf);

/// What was changed.
#[derive(Serialize, Deserialize)]
struct Record {
    version: u32,
    at: DateTime<Utc>,
    #[serde(flatten)]
    change: FileRecord,
}

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

impl UndoFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Remembers a change that is about to be made.
    pub(super) fn write(&self, change: FileRecord, at: DateTime<Utc>) -> Result<(), aws_files::Error> {
        let text = serde_json::to_vec(&Record { version: VERSION, at, change }).unwrap_or_default();
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
        let taken = record.change.take_back(home)?;
        self.change(&Change::Remove)?;
        let Record { at: done_at, change, .. } = record;
        Ok(UndoOutcome { file: change.file, done_at, profiles: taken.profiles, left: taken.left })
    }
}

fn nothing_to_undo() -> Problem {
    Problem::new(ProblemKind::NotFound, ProblemCode::NothingToUndo, "no sync of profiles can be undone")
        .hint("only the last `daypass profiles sync` or `profiles remove` can be undone, and only once")
}
