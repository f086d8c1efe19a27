//! The person's consent to programs that want a role's credentials: the questions that wait, and the answers that hold.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use crate::consent_answer::ConsentAnswer;
use crate::history::TakenBy;
use crate::names::{AccountId, ProfileName, Target};
use crate::program::Program;
use crate::settings::AskWhen;

/// May this program have the credentials of this role?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ConsentQuestion {
    /// Its number. An answer that holds has one too, and no two have the same.
    pub id: u32,
    /// When it was asked first.
    pub at: DateTime<Utc>,
    /// Until when it waits for an answer.
    pub until: DateTime<Utc>,
    /// The program.
    pub program: Program,
    /// The folder that it works in, as in `~/shop`.
    pub folder: Option<String>,
    /// How it would get them.
    pub by: TakenBy,
    /// The consumer of an endpoint, or the program that would be started with them.
    pub consumer: Option<String>,
    /// What it is about.
    pub role: ConsentRole,
    /// The setting that makes Daypass ask.
    pub ask: AskWhen,
    /// Whether the role's session can be narrowed to reading.
    pub can_be_read_only: bool,
    /// How many processes of the program wait.
    pub processes: u32,
}

/// The role that a question or an answer is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ConsentRole {
    /// Its key in the catalog, `IDENTITY:ARN`.
    pub id: String,
    /// Its ARN.
    pub arn: Target,
    /// Its account.
    pub account: AccountId,
    /// What the account is called.
    pub account_name: Option<String>,
    /// Whether that is production.
    pub production: bool,
    /// The profile that the program asks for.
    pub profile: ProfileName,
}

impl ConsentRole {
    /// `Admin in shop-prod (123456789012)`
    #[must_use]
    pub fn words(&self) -> String {
        match &self.account_name {
            Some(name) => format!("{} in {name} ({})", self.arn.name(), self.account),
            None => format!("{} in account {}", self.arn.name(), self.account),
        }
    }
}

/// How long an answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[ts(export)]
pub enum ConsentHolds {
    /// While the processes run that asked.
    Process,
    /// Until the role's session ends.
    Session,
    /// Until the person takes it back.
    UntilRevoked,
    /// Until then.
    Until {
        /// When it ends.
        at: DateTime<Utc>,
    },
}

/// An answer that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ConsentGiven {
    /// Its number.
    pub id: u32,
    /// When the person answered.
    pub at: DateTime<Utc>,
    /// The program that it is about.
    pub program: Program,
    /// What it is about.
    pub role: ConsentRole,
    /// How it got them, or would have.
    pub by: TakenBy,
    /// What they said.
    pub answer: ConsentAnswer,
    /// How long it holds.
    pub holds: ConsentHolds,
}

/// What waits for the person, oldest first, and what they said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Consents {
    /// The questions that wait.
    pub questions: Vec<ConsentQuestion>,
    /// The answers that hold.
    pub given: Vec<ConsentGiven>,
}

/// The answers that a question lets the person choose from.
#[must_use]
pub fn answers_to(question: &ConsentQuestion) -> Vec<ConsentAnswer> {
    let holds = match question.ask {
        AskWhen::Never | AskWhen::Always => None,
        AskWhen::FirstUse | AskWhen::PerSession => Some(ConsentAnswer::Program),
    };
    let read_only = question.can_be_read_only.then_some(ConsentAnswer::ReadOnly);
    [Some(ConsentAnswer::Once), holds, read_only, Some(ConsentAnswer::No)].into_iter().flatten().collect()
}
