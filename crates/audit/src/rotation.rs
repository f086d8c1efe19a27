//! When a file is full, and what is done with it. A process may end between any two of the steps: the next line finds
//! where the log ends.

use std::convert::Infallible;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use durable_file::Change;

use daypass_core::digest;
use daypass_core::history::AuditEvent;
use daypass_core::settings::AuditSettings;

use crate::files::{Files, FullFile, Opened, first_line, last_line};
use crate::head::Removed;
use crate::line::AuditLine;

/// Whether the current file is full.
pub(crate) fn is_due(files: &Files, settings: &AuditSettings, now: DateTime<Utc>) -> bool {
    let current = files.current();
    let length = length(current);
    if length == 0 {
        // It got its number, and then the process ended.
        return files.existing_full().is_ok_and(|full| !full.is_empty());
    }
    let is_old = || moment(first_line(current)).is_some_and(|first| now - first >= settings.rotate_age.0.span());
    length >= settings.rotate_size.bytes() || is_old()
}

/// Gives the full file its number. Returns the first line of the next one, which seals it.
///
/// # Errors
/// If the file can't get the name.
pub(crate) fn rotate(files: &Files, at: DateTime<Utc>) -> Result<AuditLine, durable_file::Error> {
    let existing = files.existing_full().ok().and_then(|full| full.last().map(|file| file.number));
    let number = if length(files.current()) == 0 {
        existing.unwrap_or(0)
    } else {
        // The file before may have been removed since.
        let number = existing.max(first(files.current()).and_then(|line| line.file_before)).unwrap_or(0) + 1;
        durable_file::rename(files.current(), &files.full(number))?;
        number
    };
    let lines_before = Some(lines_through(&files.full(number)));
    Ok(AuditLine { file_before: Some(number), lines_before, ..AuditLine::new(at, AuditEvent::Continued) })
}

fn first(file: &Path) -> Option<AuditLine> {
    serde_json::from_str(&first_line(file)?).ok()
}

fn length(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |found| found.len())
}

/// The lines of a file and of those before it.
fn lines_through(file: &Path) -> usize {
    let own = Opened::open(file, None).ok().flatten().map_or(0, |file| file.lines().count());
    first(file).and_then(|line| line.lines_before).unwrap_or(0) + own
}

/// The oldest full files, as far as the last line of each is older, and where the log begins without them. `None` if
/// none is.
pub(crate) fn removable(files: &Files, removed: &Removed, before: DateTime<Utc>) -> Option<(Removed, Vec<PathBuf>)> {
    let full = files.existing_full().ok()?;
    // A file that was left behind goes with the others.
    let (mut old, rest): (Vec<FullFile>, _) = full.into_iter().partition(|file| file.number <= removed.files);
    old.extend(rest.into_iter().take_while(|file| moment(last_line(&file.path)).is_some_and(|last| last < before)));
    let last = old.last()?;
    let start = match last_line(&last.path) {
        Some(line) if last.number > removed.files => {
            Removed { lines: lines_through(&last.path), hash: digest::full(line.as_bytes()), files: last.number }
        }
        _ => return None,
    };
    Some((start, old.into_iter().map(|file| file.path).collect()))
}

pub(crate) fn remove(file: &Path) {
    let removed = durable_file::edit(file, &durable_file::Options::default(), |_| Ok::<_, Infallible>(Change::Remove));
    if let Err(error) = removed {
        tracing::warn!(file = %file.display(), %error, "an old file of the audit log wasn't removed");
    }
}

fn moment(line: Option<String>) -> Option<DateTime<Utc>> {
    serde_json::from_str::<AuditLine>(&line?).ok().map(|line| line.at)
}
