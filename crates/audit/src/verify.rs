//! Checks that every line is as Daypass wrote it.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::Deserialize;

use daypass_core::digest;
use daypass_core::history::AuditEvent;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

use crate::files::Opened;
use crate::head::{Head, KnownHead, Removed};
use crate::line::FIRST;

/// What [`AuditLog::verify`](crate::AuditLog::verify) found in a log that is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Verified {
    /// The files of the log.
    pub files: usize,
    /// The lines in them.
    pub lines: usize,
    /// Those that came while the vault was closed, so that nothing but their own chain vouches for them.
    pub unsealed: usize,
    /// The lines that were removed, because they were older than the log is kept.
    pub removed: usize,
    /// When the person began the log again, after a break in the one before.
    pub restarted: Option<DateTime<Utc>>,
}

/// What of a line makes the chain. Its other words may be those of a later version.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Link {
    before: String,
    lines_before: Option<usize>,
}

/// What says that a log began again.
#[derive(Deserialize)]
struct Beginning {
    at: DateTime<Utc>,
    event: AuditEvent,
}

/// A walk through the files, oldest first.
pub(crate) struct Walk {
    head: Option<Head>,
    /// What the next line has to follow from: where the log begins if nothing says so yet.
    before: Option<String>,
    /// Lines so far, those that were removed included.
    lines: usize,
    removed: usize,
    /// The number that the next full file has.
    next_file: Option<u32>,
    last_file: PathBuf,
    found: Verified,
}

impl Walk {
    /// # Errors
    /// `audit-broken` if the head was changed or is gone.
    pub(crate) fn from(head: KnownHead, log: &Path) -> Result<Self, Problem> {
        let head = match head {
            KnownHead::Whole(head) => Some(head),
            KnownHead::None => None,
            KnownHead::Broken => {
                return Err(broken(log, "the file that says where the log ends is gone or was changed"));
            }
        };
        let Removed { lines, hash, files } = head.as_ref().map(|head| head.removed.clone()).unwrap_or_default();
        Ok(Self {
            before: head.is_some().then_some(hash),
            lines,
            removed: lines,
            next_file: head.is_some().then_some(files + 1),
            last_file: log.to_owned(),
            found: Verified::default(),
            head,
        })
    }

    /// # Errors
    /// `audit-broken` with the first line that isn't as Daypass wrote it; a file that can't be read.
    pub(crate) fn file(&mut self, file: Opened) -> Result<(), Problem> {
        let path = file.path.clone();
        if let (Some(number), Some(next)) = (file.number, self.next_file)
            && number != next
        {
            return Err(broken(&path, &format!("a file before it is missing, number {next}")));
        }
        self.next_file = file.number.map(|number| number + 1);
        for (at, line) in file.lines().enumerate() {
            let line = line.map_err(|error| unreadable(&path, &error))?;
            self.line(&line).map_err(|what| broken(&path, &format!("line {}: {what}", at + 1)))?;
        }
        self.found.files += 1;
        self.last_file = path;
        Ok(())
    }

    fn line(&mut self, line: &[u8]) -> Result<(), &'static str> {
        const DOES_NOT_FOLLOW: &str = "doesn't follow from the line before it";
        let link: Link = serde_json::from_slice(line).map_err(|_| DOES_NOT_FOLLOW)?;
        if let (None, Some(earlier)) = (&self.before, link.lines_before) {
            // Nothing says where the log begins, so its own word counts.
            (self.lines, self.removed) = (earlier, earlier);
        } else if self.before.as_deref().unwrap_or(FIRST) != link.before {
            return Err(DOES_NOT_FOLLOW);
        } else if link.lines_before.is_some_and(|earlier| earlier != self.lines) {
            return Err("another number of lines comes before it");
        }
        if self.lines == 0 {
            let beginning = serde_json::from_slice(line).ok();
            self.found.restarted = beginning.and_then(|Beginning { at, event }| match event {
                AuditEvent::Restarted => Some(at),
                _ => None,
            });
        }
        self.lines += 1;
        let hash = digest::full(line);
        if self.head.as_ref().is_some_and(|head| head.lines == self.lines && head.hash != hash) {
            return Err("isn't the one that Daypass wrote");
        }
        self.before = Some(hash);
        Ok(())
    }

    /// # Errors
    /// `audit-broken` if the log ends before it should.
    pub(crate) fn end(self) -> Result<Verified, Problem> {
        let Self { head, lines, removed, last_file, found, .. } = self;
        let sealed = head.as_ref().map_or(removed, |head| head.lines);
        if lines < sealed {
            let missing = sealed - lines;
            return Err(broken(&last_file, &format!("ends {missing} lines before the last one that Daypass wrote")));
        }
        let unsealed = head.map_or(0, |head| head.unsealed) + lines - sealed;
        Ok(Verified { lines: lines - removed, unsealed, removed, ..found })
    }
}

pub(crate) fn unreadable(path: &Path, why: &dyn std::fmt::Display) -> Problem {
    Problem::new(ProblemKind::Failed, ProblemCode::AuditUnreadable, format!("{}: {why}", path.display()))
}

fn broken(path: &Path, what: &str) -> Problem {
    let message = format!("{}: {what}", path.display());
    Problem::new(ProblemKind::Failed, ProblemCode::AuditBroken, message).hint(
        "something other than Daypass changed, removed or added a line or a file. Compare the log with a backup and with \
         CloudTrail. To start a new log, run `daypass logs restart`. It keeps these files under another name",
    )
}
