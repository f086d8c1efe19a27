//! The lines of the log.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use daypass_core::names::{CatalogName, IdentityName, ProfileName, Region, Target};
use daypass_core::text;

/// What happened, in words that are matched with CloudTrail by access key id and request id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditEvent {
    /// A person proved who they are.
    SignedIn,
    /// The proof was thrown away.
    SignedOut,
    /// An identity got another name.
    IdentityRenamed,
    /// A proof was exchanged for the first credentials of a session, and they were delivered.
    Started,
    /// New credentials for a running session were exchanged and delivered.
    Renewed,
    /// A session failed, or could not be renewed.
    Failed,
    /// Tools get the same credentials another way: as a profile in the file, or from `credential_process`.
    DeliveryChanged,
    /// Credentials expired.
    Expired,
    /// The person ended a session.
    Stopped,
    /// A console sign-in address was made.
    ConsoleOpened,
    /// The person accepted what waited in a shared catalog.
    CatalogAccepted,
    /// An access key of an IAM user was created.
    AccessKeyCreated,
    /// An access key of an IAM user was switched off.
    AccessKeyDeactivated,
    /// An access key of an IAM user was deleted.
    AccessKeyDeleted,
    /// The vault was locked: its key and every secret were forgotten.
    VaultLocked,
    /// The vault was unlocked.
    VaultUnlocked,
    /// The vault was sealed to a new key in another place.
    VaultMoved,
    /// The vault's passphrase was changed.
    PassphraseChanged,
    /// The set-up was exported together with its secrets.
    SecretsExported,
    /// The log goes on in this file, because the file before was full. Always its first line.
    Continued,
    /// The person began a new log after a break was found in the one before. Always its first line.
    Restarted,
}

/// The word that a line has for it.
impl fmt::Display for AuditEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

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
    /// The region whose STS answered, where it was not the first that was asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub region: Option<Region>,
    /// The service's request id, as CloudTrail has it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request_id: Option<String>,
    /// Code of the problem.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub problem: Option<String>,
    /// Which shared catalog.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub catalog: Option<CatalogName>,
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
            region: None,
            request_id: None,
            problem: None,
            catalog: None,
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
