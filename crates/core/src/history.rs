//! The events of the person's identities from the audit log, and how the window gets them.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::de::IntoDeserializer as _;
use serde::de::value::{Error as ValueError, StrDeserializer};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use ts_rs::TS;

use crate::consent_answer::ConsentAnswer;
use crate::names::{AccountId, CatalogName, IdentityName, ProfileName, Region, Target};
use crate::problem::{Problem, ProblemCode};
use crate::program::Program;
use crate::settings::AccountColour;
use crate::text;

/// Which events are asked for, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
#[ts(export)]
pub struct HistoryAsked {
    /// The first moment.
    pub since: Option<DateTime<Utc>>,
    /// The first moment that is too late.
    pub until: Option<DateTime<Utc>>,
    /// One role, by its key `IDENTITY:ARN`, under every name that the identity had.
    pub role: Option<String>,
    /// An identity, also by the name that it had before.
    pub identity: Option<IdentityName>,
    /// An account.
    pub account: Option<AccountId>,
    /// What happened. Empty: everything.
    pub kinds: Vec<AuditEvent>,
    /// A part of any name in the event, in any case.
    pub text: Option<String>,
    /// How many events at most. Absent: [`HistoryAsked::MOST`].
    pub limit: Option<u32>,
    /// Where the page before ended, as [`History::more`] has it.
    pub cursor: Option<HistoryCursor>,
}

impl HistoryAsked {
    /// The most events of one answer.
    pub const MOST: u32 = 20_000;
}

/// Events, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct History {
    /// The events.
    pub events: Vec<HistoryEvent>,
    /// Where older ones continue. Absent: these are all.
    pub more: Option<HistoryCursor>,
    /// How many lines between them can't be read.
    pub unreadable: u32,
    /// What the accounts of their roles are called now, where more than the ID is known.
    pub accounts: Vec<HistoryAccount>,
}

/// An account of the events' roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct HistoryAccount {
    /// Its 12 digits.
    pub id: AccountId,
    /// What it is called.
    pub name: Option<String>,
    /// What it is marked with.
    pub colour: Option<AccountColour>,
    /// Whether it is production.
    pub production: bool,
}

/// One event of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct HistoryEvent {
    /// Its place in the log: no other event has it.
    pub id: String,
    /// When, on this machine's clock.
    pub at: DateTime<Utc>,
    /// What.
    pub kind: AuditEvent,
    /// With which identity, by the name that it had then.
    pub identity: Option<IdentityName>,
    /// What that identity is called now, as far as the renames since then are among the events.
    pub identity_now: Option<IdentityName>,
    /// The name that the identity had before.
    pub former_name: Option<IdentityName>,
    /// Who, as the provider says.
    pub person: Option<String>,
    /// For which profile.
    pub profile: Option<ProfileName>,
    /// For which role.
    pub role: Option<Target>,
    /// The role's account.
    pub account: Option<AccountId>,
    /// The role's name without its path.
    pub role_name: Option<String>,
    /// The key of the role in the catalog, `IDENTITY:ARN`, by [`HistoryEvent::identity_now`].
    pub role_id: Option<String>,
    /// The access key's id, as CloudTrail has it.
    pub access_key_id: Option<String>,
    /// Until when its credentials work.
    pub expires_at: Option<DateTime<Utc>>,
    /// The region whose STS answered, where it was not the first that was asked.
    pub region: Option<Region>,
    /// The service's request id, as CloudTrail has it.
    pub request_id: Option<String>,
    /// Why it failed.
    pub problem: Option<ProblemCode>,
    /// Why, in the person's words, or what a lease is for.
    pub why: Option<String>,
    /// Which shared catalog.
    pub catalog: Option<CatalogName>,
    /// Which program took the credentials, and how.
    pub taker: Option<Taker>,
    /// What the person said about the program.
    pub consent: Option<ConsentAnswer>,
    /// What the clock would say if it had only run: the machine slept from then on, or its clock was set from there.
    pub since: Option<DateTime<Utc>>,
}

/// What happened, in words that are matched with CloudTrail by access key id and request id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export)]
pub enum AuditEvent {
    /// A person proved who they are.
    SignedIn,
    /// A sign-in ended without a proof.
    SignInFailed,
    /// The proof was thrown away.
    SignedOut,
    /// An identity got another name.
    IdentityRenamed,
    /// A proof was exchanged for the first credentials of a session, and they were delivered.
    Started,
    /// New credentials for a running session were exchanged and delivered.
    Renewed,
    /// A session could not be started, or can't be used any more.
    Failed,
    /// A session could not be renewed. The credentials in hand still worked.
    RenewalFailed,
    /// Tools get the same credentials another way: as a profile in the file, or from `credential_process`.
    DeliveryChanged,
    /// Credentials expired.
    Expired,
    /// The person ended a session.
    Stopped,
    /// A program took the credentials that a session has now: one line for each program, way and access key.
    CredentialsTaken,
    /// The person let a program have a role's credentials, or those that only read.
    ConsentGiven,
    /// The person refused, or didn't answer in time.
    ConsentRefused,
    /// An answer that held on was taken back.
    ConsentRevoked,
    /// A lease began: one program has a session for some time.
    LeaseBegan,
    /// A lease ended: by the clock, with its program, or because the person ended it.
    LeaseEnded,
    /// A program below a lease asked Daypass for more than its lease, and got nothing.
    LeaseRefused,
    /// A read-only session became full for some time.
    Elevated,
    /// A session is read-only again after it was full.
    FellBack,
    /// The person reported that an access key has leaked.
    KeyLeaked,
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
    /// The clock went on while Daypass stood still: the machine slept, or its clock was set forward.
    Slept,
    /// The machine's clock was set back.
    ClockSetBack,
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

/// A word that no event has.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no event is named {0:?}. See the EVENT column of `daypass logs list`")]
pub struct UnknownEvent(String);

impl FromStr for AuditEvent {
    type Err = UnknownEvent;

    fn from_str(word: &str) -> Result<Self, UnknownEvent> {
        let deserializer: StrDeserializer<'_, ValueError> = word.into_deserializer();
        Self::deserialize(deserializer).map_err(|_| UnknownEvent(word.to_owned()))
    }
}

/// Who took a session's credentials.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Taker {
    /// How.
    pub by: TakenBy,
    /// The program, as the system names it, or the consumer that an endpoint serves. Absent where the system doesn't
    /// tell.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[ts(optional)]
    pub program: Option<String>,
    /// The consumer that an endpoint serves, or the program that is started with the credentials.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[ts(optional)]
    pub consumer: Option<String>,
    /// What the system tells of the program.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[ts(optional)]
    pub details: Option<Program>,
}

/// The most characters of a consumer's name.
const LONGEST_CONSUMER: usize = 60;

impl Taker {
    /// A taker, with what is known of it.
    #[must_use]
    pub fn new(by: TakenBy, details: Option<Program>, consumer: Option<String>) -> Self {
        let details = details.map(Program::bounded);
        let consumer = consumer.map(|name| text::cleaned(&name, LONGEST_CONSUMER));
        let program = details.as_ref().map(|program| program.name.clone()).or_else(|| consumer.clone());
        Self { by, program, consumer, details }
    }

    /// What stays the same when the program is started again.
    #[must_use]
    pub fn as_started_again(&self) -> Self {
        Self { details: self.details.as_ref().map(Program::as_started_again), ..self.clone() }
    }

    /// `terraform, by zsh, in konsole`
    #[must_use]
    pub fn words(&self) -> Option<String> {
        self.details.as_ref().map(Program::words).or_else(|| self.program.clone())
    }
}

/// How a program takes credentials. What reads the credentials file can't be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export)]
pub enum TakenBy {
    /// By `credential_process`.
    Process,
    /// From an endpoint.
    Endpoint,
    /// In the variables of a shell or a program.
    Variables,
    /// As an address that signs a browser in to the console.
    Console,
    /// On the clipboard.
    Clipboard,
}

/// The word that a line has for it.
impl fmt::Display for TakenBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// The last time that a running session's credentials were taken, as far as Daypass can see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct LastUse {
    /// The session's profile.
    pub profile: ProfileName,
    /// The key of its role, `IDENTITY:ARN`.
    pub role_id: String,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub taker: Taker,
    /// The folder that the program worked in, as in `~/shop`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[ts(optional)]
    pub folder: Option<String>,
}

/// The form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export)]
pub enum HistoryFormat {
    /// The lines as they are in the log, each a JSON object.
    Jsonl,
    /// Comma-separated values for a spreadsheet.
    Csv,
}

/// A file with events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct HistoryExport {
    /// Its path.
    pub file: String,
    /// How many events it has.
    pub lines: u32,
}

/// Whether the log is as Daypass wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[ts(export)]
pub enum HistoryChain {
    /// No line was changed, removed or put in between.
    Intact {
        /// The lines of all files.
        lines: u32,
        /// Those that came while the vault was closed, so that only their own chain vouches for them.
        unsealed: u32,
        /// Those that were removed, because they were older than the log is kept.
        removed: u32,
        /// When the person began the log again, after a break in the one before.
        restarted: Option<DateTime<Utc>>,
    },
    /// Something else than Daypass changed it.
    Broken {
        /// Where, and what to do.
        problem: Problem,
    },
    /// It can't be checked now, because the vault is closed or a file can't be read.
    NotChecked {
        /// Why.
        problem: Problem,
    },
}

/// Where a page of events ended: a place in the log, and the name that the identity of the role asked for had there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(try_from = "String", into = "String")]
#[ts(export, type = "string")]
pub struct HistoryCursor {
    /// The number of the file.
    pub file: u32,
    /// The bytes of it that are still to be read.
    pub offset: u64,
    /// The name of the identity before this place.
    pub identity: Option<IdentityName>,
}

impl fmt::Display for HistoryCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.file, self.offset)?;
        self.identity.as_ref().map_or(Ok(()), |identity| write!(f, ".{identity}"))
    }
}

impl FromStr for HistoryCursor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "this isn't a place in the log";
        let mut parts = text.splitn(3, '.');
        let file = parts.next().and_then(|part| part.parse().ok()).ok_or(WRONG)?;
        let offset = parts.next().and_then(|part| part.parse().ok()).ok_or(WRONG)?;
        let identity = parts.next().map(|part| part.parse().map_err(|_| WRONG)).transpose()?;
        Ok(Self { file, offset, identity })
    }
}

impl TryFrom<String> for HistoryCursor {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<HistoryCursor> for String {
    fn from(cursor: HistoryCursor) -> Self {
        cursor.to_string()
    }
}
