//! A line in the log.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use daypass_core::consent::ConsentAnswer;
use daypass_core::history::{AuditEvent, Taker};
use daypass_core::names::{CatalogName, IdentityName, ProfileName, Region, Target};
use daypass_core::text;

/// What the first line of a log follows from.
pub(crate) const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditLine {
    /// When, on this machine's clock.
    pub at: DateTime<Utc>,
    /// What.
    pub event: AuditEvent,
    /// With which identity.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub identity: Option<IdentityName>,
    /// The name that the identity had before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub former_name: Option<IdentityName>,
    /// Who, as the provider says.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub person: Option<String>,
    /// For which profile.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub profile: Option<ProfileName>,
    /// For which role.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub role: Option<Target>,
    /// The key's id, as CloudTrail has it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub access_key_id: Option<String>,
    /// Until when the credentials work, on this machine's clock.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<DateTime<Utc>>,
    /// The region whose STS answered, where it was not the first that was asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub region: Option<Region>,
    /// The service's request id, as CloudTrail has it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request_id: Option<String>,
    /// Code of the problem.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub problem: Option<String>,
    /// Why, in the person's words, or what a lease is for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<String>,
    /// Which shared catalog.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub catalog: Option<CatalogName>,
    /// Who took the credentials.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub taker: Option<Taker>,
    /// What the person said about the program.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub consent: Option<ConsentAnswer>,
    /// What the clock would say if it had only run: the machine slept from then until the line's time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<DateTime<Utc>>,
    /// The number of the file before this one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub file_before: Option<u32>,
    /// How many lines the files before this one have, those that were removed included.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lines_before: Option<usize>,
    /// SHA-256 of the line before, 64 zeros for the first.
    #[serde(default)]
    pub before: String,
}

impl AuditLine {
    /// A line with only its time and event.
    #[must_use]
    pub fn new(at: DateTime<Utc>, event: AuditEvent) -> Self {
        Self {
            at,
            event,
            identity: None,
            former_name: None,
            person: None,
            profile: None,
            role: None,
            access_key_id: None,
            expires_at: None,
            region: None,
            request_id: None,
            problem: None,
            why: None,
            catalog: None,
            taker: None,
            consent: None,
            since: None,
            file_before: None,
            lines_before: None,
            before: String::new(),
        }
    }

    /// As it is written. What could command a terminal is an escape of JSON, also for `cat`.
    pub(crate) fn written(&self) -> Option<String> {
        // It has strings, dates and newtypes over strings only: they serialize.
        serde_json::to_string(self).ok().map(|json| text::shown_json(&json).into_owned())
    }
}
