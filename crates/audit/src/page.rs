//! A page of the log, newest line first, however long the log is: what a person looks at is near its end.

use std::io::ErrorKind;

use chrono::{DateTime, Utc};
use memchr::memmem;

use daypass_core::history::{AuditEvent, HistoryCursor};
use daypass_core::names::IdentityName;
use daypass_core::problem::Problem;

use crate::backwards::{Backwards, LineAt};
use crate::files::{FullFile, Opened, first_line};
use crate::line::AuditLine;
use crate::log::AuditLog;
use crate::read::{AuditFilter, Entry};
use crate::verify::unreadable;

/// After so many lines that are all too old, the rest is. A single one says nothing: the clock may have been wrong
/// then.
const OLD_IN_A_ROW: usize = 1000;

/// Lines of the log, newest first.
#[derive(Debug, Default)]
pub struct Page {
    /// The lines.
    pub entries: Vec<Placed>,
    /// Where older ones continue.
    pub more: Option<HistoryCursor>,
    /// How many lines between them can't be read.
    pub unreadable: usize,
}

/// A line and its place, which stays the same while the log grows.
#[derive(Debug)]
pub struct Placed {
    /// The number of its file.
    pub file: u32,
    /// Where in the file it begins.
    pub offset: u64,
    /// The line.
    pub entry: Entry,
}

impl AuditLog {
    /// The newest lines that the filter leaves, `most` at most, before the place where a page before ended. Reads no
    /// more than it needs, and holds no more than it returns. More lines may be found after `more`, or none.
    ///
    /// # Errors
    ///
    /// `audit-unreadable` for a file that can't be read.
    pub fn page(&self, filter: &AuditFilter, most: usize, from: Option<&HistoryCursor>) -> Result<Page, Problem> {
        let mut search = Search {
            filter,
            most,
            name: from.and_then(|place| place.identity.clone()).or_else(|| filter.followed().cloned()),
            needles: filter.of_role.as_ref().map(|of| Needles::of(&of.role.to_string())),
            old: 0,
            page: Page::default(),
        };
        let current = self.files.current();
        let opened = Opened::open(current, None).map_err(|error| unreadable(current, &error))?;
        let full = self.files.existing_full().map_err(|error| unreadable(current, &error))?;
        let number = self.current_number(&full);
        let removed = self.removed_files();
        // A rotation may have come in between. Then this file is among the full ones, too.
        let full = full.into_iter().filter(|file| file.number > removed && file.number < number).rev();
        let mut is_done = search.file(number, opened, from)?;
        for FullFile { number, path } in full {
            if is_done {
                break;
            }
            let opened = Opened::open(&path, Some(number)).map_err(|error| unreadable(&path, &error))?;
            is_done = search.file(number, opened, from)?;
        }
        Ok(search.page)
    }

    /// The number that the current file gets when it is full.
    fn current_number(&self, full: &[FullFile]) -> u32 {
        let first: Option<AuditLine> =
            first_line(self.files.current()).and_then(|line| serde_json::from_str(&line).ok());
        let before = first.and_then(|line| line.file_before);
        before.or_else(|| full.last().map(|file| file.number)).unwrap_or(0) + 1
    }
}

/// A search through the files, newest first.
struct Search<'a> {
    filter: &'a AuditFilter,
    most: usize,
    /// The name that the requested identity had at this point.
    name: Option<IdentityName>,
    needles: Option<Needles>,
    /// How many lines in a row were too old.
    old: usize,
    page: Page,
}

impl Search<'_> {
    /// Takes in a file. Returns whether no older one is needed.
    fn file(&mut self, number: u32, opened: Option<Opened>, from: Option<&HistoryCursor>) -> Result<bool, Problem> {
        let end = match from {
            Some(place) if number > place.file => return Ok(false),
            Some(place) if number == place.file => place.offset,
            Some(_) | None => u64::MAX,
        };
        let Some(opened) = opened else { return Ok(false) };
        let path = opened.path.clone();
        // What is before this place is still to be read.
        let mut place = end.min(opened.length);
        let mut lines = Backwards::before(opened.into_file(), place);
        loop {
            let LineAt { offset, bytes } = match lines.next() {
                Ok(Some(line)) => line,
                Ok(None) => return Ok(false),
                // It was cut while it was read.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(false),
                Err(error) => return Err(unreadable(&path, &error)),
            };
            if self.page.entries.len() == self.most {
                self.page.more = Some(HistoryCursor { file: number, offset: place, identity: self.name.clone() });
                return Ok(true);
            }
            self.line(number, offset, bytes);
            place = offset;
            if self.old >= OLD_IN_A_ROW {
                return Ok(true);
            }
        }
    }

    fn line(&mut self, file: u32, offset: u64, bytes: Option<Vec<u8>>) {
        if let (Some(needles), Some(bytes)) = (&self.needles, &bytes)
            && !needles.are_in(bytes)
        {
            self.count_old(moment(bytes));
            return;
        }
        if bytes.as_deref().is_some_and(|bytes| self.is_too_late(bytes)) {
            return;
        }
        let Some(entry) = bytes.and_then(entry) else {
            self.page.unreadable += 1;
            return;
        };
        let line = &entry.line;
        self.count_old(Some(line.at));
        let leaves = self.filter.leaves(line, self.name.as_ref());
        if line.event == AuditEvent::IdentityRenamed && self.name.is_some() && line.identity == self.name {
            self.name.clone_from(&line.former_name);
        }
        if leaves {
            self.page.entries.push(Placed { file, offset, entry });
        }
    }

    /// Whether a line can be left out without parsing it. It could have named an identity that is followed.
    fn is_too_late(&self, line: &[u8]) -> bool {
        self.name.is_none() && self.filter.until.is_some_and(|until| moment(line).is_some_and(|at| at >= until))
    }

    fn count_old(&mut self, at: Option<DateTime<Utc>>) {
        let is_old = self.filter.since.zip(at).is_some_and(|(since, at)| at < since);
        self.old = if is_old { self.old + 1 } else { 0 };
    }
}

/// What a line has in it if it is about a role, or about the name of an identity. Most lines aren't worth parsing.
struct Needles {
    role: memmem::Finder<'static>,
    renamed: memmem::Finder<'static>,
}

impl Needles {
    fn of(role: &str) -> Self {
        Self {
            role: memmem::Finder::new(role).into_owned(),
            renamed: memmem::Finder::new("identity-renamed").into_owned(),
        }
    }

    fn are_in(&self, line: &[u8]) -> bool {
        self.role.find(line).is_some() || self.renamed.find(line).is_some()
    }
}

/// When a line was written, without parsing it.
fn moment(line: &[u8]) -> Option<DateTime<Utc>> {
    let rest = line.strip_prefix(br#"{"at":""#)?;
    let end = memchr::memchr(b'"', rest)?;
    let text = std::str::from_utf8(&rest[..end]).ok()?;
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc())
}

fn entry(line: Vec<u8>) -> Option<Entry> {
    let text = String::from_utf8(line).ok()?;
    Some(Entry { line: serde_json::from_str(&text).ok()?, text })
}
