//! What went wrong, in the one form that crosses every boundary: the window, the command's JSON, the agent's socket.

mod aws_problem;
mod code;
mod next_step;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::names::NameKind;

pub use aws_problem::AwsProblem;
pub use code::{ProblemCode, UnknownCode};
pub use next_step::NextStep;

/// An error for the person: a stable code, what happened to what, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Problem {
    /// Stable, kebab-case; programs and the window's table of words match on it.
    pub code: ProblemCode,
    /// What happened, where, to what. Never holds a secret.
    pub message: String,
    /// What to do about it, where there is something to do.
    pub hint: Option<String>,
    /// Whether trying again may help, or the person has to act.
    pub kind: ProblemKind,
    /// The service's request id, for a support case or CloudTrail.
    pub request_id: Option<String>,
    /// AWS's own code, where an AWS service refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub service_code: Option<String>,
    /// What to do next, where a program can offer it: the command, the window and the tray each word it for themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub next: Option<NextStep>,
}

/// The kinds that callers act on. The exit codes of `daypass` are made from these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export)]
pub enum ProblemKind {
    /// Network, throttling, 5xx: the same request may succeed later.
    Passing,
    /// The proof is missing, spent or refused: the person has to sign in.
    NeedsSignIn,
    /// Something that was named does not exist.
    NotFound,
    /// Doing it would harm something that is not Daypass's, or what AWS forbids.
    Refused,
    /// The input or the configuration is wrong.
    Invalid,
    /// The person or another program ended it.
    Cancelled,
    /// Anything else: files, keyring, a bug.
    Failed,
}

impl Problem {
    /// A problem without hint.
    pub fn new(kind: ProblemKind, code: ProblemCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None, kind, request_id: None, service_code: None, next: None }
    }

    /// The same, with what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, with the service's request id.
    #[must_use]
    pub fn request_id(mut self, id: Option<String>) -> Self {
        self.request_id = id;
        self
    }

    /// The same, with what to do next.
    #[must_use]
    pub fn next(mut self, next: NextStep) -> Self {
        self.next = Some(next);
        self
    }

    /// Whether trying again later may help without the person.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        self.kind == ProblemKind::Passing
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

impl From<crate::names::NameError> for Problem {
    fn from(error: crate::names::NameError) -> Self {
        let message = format!("{} {:?} isn't valid", error.what, error.text);
        Self::new(ProblemKind::Invalid, of_name(error.what), message).hint(error.expected)
    }
}

fn of_name(what: NameKind) -> ProblemCode {
    match what {
        NameKind::Identity => ProblemCode::BadIdentityName,
        NameKind::Catalog => ProblemCode::BadCatalogName,
        NameKind::Account => ProblemCode::BadAccountId,
        NameKind::AccountName => ProblemCode::BadAccountName,
        NameKind::AccountAlias => ProblemCode::BadAccountAlias,
        NameKind::Folder => ProblemCode::BadFolderName,
        NameKind::Filter => ProblemCode::BadFilterName,
        NameKind::Region => ProblemCode::BadRegion,
        NameKind::Profile => ProblemCode::BadProfileName,
        NameKind::RoleSession => ProblemCode::BadRoleSessionName,
        NameKind::Duration => ProblemCode::BadDuration,
        NameKind::FederatedUser => ProblemCode::BadFederatedUserName,
        NameKind::RoleArn => ProblemCode::BadRoleArn,
        NameKind::Arn => ProblemCode::BadArn,
        NameKind::SamlProviderArn => ProblemCode::BadSamlProviderArn,
    }
}

impl From<single_flight::Error> for Problem {
    fn from(error: single_flight::Error) -> Self {
        match error {
            single_flight::Error::Busy { name, seconds } => Self::new(
                ProblemKind::Passing,
                ProblemCode::TurnBusy,
                format!("another Daypass process has been working on {name} for {seconds} s"),
            )
            .hint("end the other `daypass` process, then try again"),
            single_flight::Error::Lock { folder, source } => {
                let hint = match source.advice() {
                    Some(advice) => advice.to_owned(),
                    None => format!("check that you can write to {}", folder.display()),
                };
                Self::new(ProblemKind::Failed, ProblemCode::StateNotWritable, source.to_string()).hint(hint)
            }
        }
    }
}
