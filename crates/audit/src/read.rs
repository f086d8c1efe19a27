//! Reads the log for the person.

use chrono::{DateTime, Utc};

use daypass_core::names::{IdentityName, ProfileName, Target};
use daypass_core::problem::Problem;

use crate::line::AuditLine;
use crate::log::AuditLog;
use crate::verify::unreadable;

/// Which lines are meant. Empty: all.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// A part of a role's ARN, of `ACCOUNT/NAME` or of its profile, in any case.
    pub role: Option<String>,
    /// An identity, also by the name that it had before.
    pub identity: Option<IdentityName>,
    /// The first moment.
    pub since: Option<DateTime<Utc>>,
    /// The first moment that is too late.
    pub until: Option<DateTime<Utc>>,
}

/// One line, as it was read and as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it says.
    pub line: AuditLine,
    /// Its bytes, which the next line's hash is of.
    pub text: String,
}

/// What was found in the log.
#[derive(Debug, Default)]
pub struct Entries {
    /// The lines that were asked for, oldest first.
    pub entries: Vec<Entry>,
    /// How many lines can't be read.
    pub unreadable: usize,
}

impl AuditLog {
    /// The lines that the filter leaves, oldest first, from all files. Whether they are as Daypass wrote them is another
    /// question ([`AuditLog::verify`]).
    ///
    /// # Errors
    ///
    /// `audit-unreadable` for a file that can't be read.
    pub fn read(&self, filter: &AuditFilter) -> Result<Entries, Problem> {
        let mut found = Entries::default();
        for file in self.opened(self.removed_files())? {
            let path = file.path.clone();
            for line in file.lines() {
                let line = line.map_err(|error| unreadable(&path, &error))?;
                match entry(line) {
                    Some(entry) if filter.leaves(&entry.line) => found.entries.push(entry),
                    Some(_) => {}
                    None => found.unreadable += 1,
                }
            }
        }
        Ok(found)
    }
}

fn entry(line: Vec<u8>) -> Option<Entry> {
    let text = String::from_utf8(line).ok()?;
    Some(Entry { line: serde_json::from_str(&text).ok()?, text })
}

impl AuditFilter {
    fn leaves(&self, line: &AuditLine) -> bool {
        let is_identity =
            |name: &IdentityName| [&line.identity, &line.former_name].into_iter().flatten().any(|it| it == name);
        self.identity.as_ref().is_none_or(is_identity)
            && self.role.as_ref().is_none_or(|part| is_of_role(line, &part.to_lowercase()))
            && self.since.is_none_or(|since| line.at >= since)
            && self.until.is_none_or(|until| line.at < until)
    }
}

fn is_of_role(line: &AuditLine, part: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(part);
    let is_role = |role: &Target| has(&role.to_string()) || has(&format!("{}/{}", role.account(), role.name()));
    line.role.as_ref().is_some_and(is_role) || line.profile.as_ref().map(ProfileName::as_str).is_some_and(has)
}
