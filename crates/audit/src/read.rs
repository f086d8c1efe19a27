//! Selects lines of the log, and reads all of them for the person.

use chrono::{DateTime, Utc};

use daypass_core::history::AuditEvent;
use daypass_core::names::{AccountId, IdentityName, ProfileName, Target};
use daypass_core::problem::Problem;

use crate::line::AuditLine;
use crate::log::AuditLog;

/// Which lines are meant. Empty: all.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// A part of a role's ARN, of `ACCOUNT/NAME` or of its profile, in any case.
    pub role: Option<String>,
    /// Exactly this role.
    pub of_role: Option<OfRole>,
    /// An identity, also under every name that it had before.
    pub identity: Option<IdentityName>,
    /// An account.
    pub account: Option<AccountId>,
    /// What happened. Empty: everything.
    pub events: Vec<AuditEvent>,
    /// A part of any name in the line, in any case.
    pub text: Option<String>,
    /// The accounts whose names have that text: lines about their roles are meant, too.
    pub text_accounts: Vec<AccountId>,
    /// The first moment.
    pub since: Option<DateTime<Utc>>,
    /// The first moment that is too late.
    pub until: Option<DateTime<Utc>>,
}

/// A role and the identity that assumes it, under every name that the identity had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfRole {
    /// The identity.
    pub identity: IdentityName,
    /// The role.
    pub role: Target,
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
    /// The lines that the filter leaves, oldest first, from all files; the newest `most` of them. Whether they are as
    /// Daypass wrote them is another question ([`AuditLog::verify`]).
    ///
    /// # Errors
    ///
    /// `audit-unreadable` for a file that can't be read.
    pub fn read(&self, filter: &AuditFilter, most: Option<usize>) -> Result<Entries, Problem> {
        let page = self.page(filter, most.unwrap_or(usize::MAX), None)?;
        let entries = page.entries.into_iter().rev().map(|placed| placed.entry).collect();
        Ok(Entries { entries, unreadable: page.unreadable })
    }
}

impl AuditFilter {
    /// Whether it leaves a line. An identity is called `name` there.
    pub(crate) fn leaves(&self, line: &AuditLine, name: Option<&IdentityName>) -> bool {
        let is_identity =
            |name: &IdentityName| [&line.identity, &line.former_name].into_iter().flatten().any(|it| it == name);
        self.since.is_none_or(|since| line.at >= since)
            && self.until.is_none_or(|until| line.at < until)
            && (self.events.is_empty() || self.events.contains(&line.event))
            && name.is_none_or(is_identity)
            && self.of_role.as_ref().is_none_or(|of| line.role.as_ref() == Some(&of.role))
            && self.account.as_ref().is_none_or(|id| line.role.as_ref().is_some_and(|role| role.account() == id))
            && self.role.as_ref().is_none_or(|part| is_of_role(line, &part.to_lowercase()))
            && self.text.as_ref().is_none_or(|part| self.names_account(line) || has_text(line, &part.to_lowercase()))
    }

    fn names_account(&self, line: &AuditLine) -> bool {
        line.role.as_ref().is_some_and(|role| self.text_accounts.contains(role.account()))
    }

    /// The identity whose names are followed into the past.
    pub(crate) fn followed(&self) -> Option<&IdentityName> {
        self.of_role.as_ref().map(|of| &of.identity).or(self.identity.as_ref())
    }
}

fn is_of_role(line: &AuditLine, part: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(part);
    let is_role = |role: &Target| has(&role.to_string()) || has(&format!("{}/{}", role.account(), role.name()));
    line.role.as_ref().is_some_and(is_role) || line.profile.as_ref().map(ProfileName::as_str).is_some_and(has)
}

fn has_text(line: &AuditLine, part: &str) -> bool {
    fn of(value: Option<&impl ToString>) -> Option<String> {
        value.map(ToString::to_string)
    }
    let names = [
        Some(line.event.to_string()),
        of(line.identity.as_ref()),
        of(line.former_name.as_ref()),
        line.person.clone(),
        line.access_key_id.clone(),
        line.request_id.clone(),
        line.problem.clone(),
        of(line.catalog.as_ref()),
        line.taker.as_ref().and_then(|taker| taker.program.clone()),
    ];
    is_of_role(line, part) || names.into_iter().flatten().any(|name| name.to_lowercase().contains(part))
}
