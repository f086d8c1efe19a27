//! Everything that can go wrong between the console and a session, and what to do about it.

use serde::Deserialize;
use thiserror::Error;

use super::dpop::KeyError;
use crate::IdentityError;
use crate::loopback::NoPort;
use daypass_core::names::{IdentityName, Region};
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_http::{CA_SETTING, Trouble, Unanswered};

/// The policy that lets you use the console's sign-in with tools.
const POLICY: &str = "SignInLocalDevelopmentAccess";

/// Why credentials aren't available.
#[derive(Debug, Error)]
pub(super) enum ConsoleError {
    /// What replaces the service's address isn't one.
    #[error("{url} isn't a URL")]
    Address { url: String },
    #[error(transparent)]
    NoPort(NoPort),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("AWS's sign-in at {} didn't answer: {}", .0.url, .0.trouble)]
    Unreachable(Unanswered),
    /// 429 or 5xx.
    #[error("AWS's sign-in at {url} is unavailable: HTTP status {status}")]
    OutOfOrder { url: String, status: u16 },
    /// Never quotes the answer, because it may contain a key.
    #[error("AWS's sign-in at {url} returned a response that Daypass can't read: {why}")]
    Unreadable { url: String, why: String },
    /// You refused in the browser, or a policy did.
    #[error("AWS's sign-in in {region} ended with {error}{}", in_words(description))]
    EndedInBrowser { region: Region, error: String, description: Option<String>, denied: bool },
    /// The sign-in goes on with the code that the browser on another device shows.
    #[error("the sign-in is waiting for the code that the browser shows")]
    CodeWanted { identity: IdentityName },
    /// No sign-in waits for a code, or it waited too long.
    #[error("identity {identity} doesn't have a sign-in that is waiting for a code")]
    NothingPending { identity: IdentityName },
    /// What was typed isn't the code of the sign-in that waits.
    #[error("what you typed isn't this sign-in's code: {why}")]
    WrongCode { why: &'static str },
    /// The code or the refresh token wasn't accepted.
    #[error("{0}")]
    Refused(Refusal),
    /// A refresh was refused, and only the person can help.
    #[error("the console doesn't renew the sign-in any more. {0}")]
    Over(Refusal),
    /// Anything before the request.
    #[error("{0}")]
    Other(Problem),
}

/// What the service refused, in its words.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("AWS's sign-in at {url} refused the request with {reason} (HTTP status {status}){}", in_words(words))]
pub(super) struct Refusal {
    pub(super) url: String,
    pub(super) reason: Reason,
    pub(super) status: u16,
    pub(super) words: Option<String>,
}

/// `error` of a refusal, as the service's model lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Reason {
    /// The refresh token has ended.
    TokenExpired,
    /// The password was changed, or the console session ended otherwise.
    UserCredentialsChanged,
    /// A policy doesn't allow it.
    InsufficientPermissions,
    /// The code has ended.
    AuthcodeExpired,
    /// The code, the token or the proof isn't valid, or the request isn't well-formed.
    InvalidRequest,
    #[serde(other)]
    Unknown,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::TokenExpired => "TOKEN_EXPIRED",
            Self::UserCredentialsChanged => "USER_CREDENTIALS_CHANGED",
            Self::InsufficientPermissions => "INSUFFICIENT_PERMISSIONS",
            Self::AuthcodeExpired => "AUTHCODE_EXPIRED",
            Self::InvalidRequest => "INVALID_REQUEST",
            Self::Unknown => "an unknown code",
        })
    }
}

impl From<Problem> for ConsoleError {
    fn from(problem: Problem) -> Self {
        Self::Other(problem)
    }
}

impl From<ConsoleError> for IdentityError {
    fn from(error: ConsoleError) -> Self {
        Self::Before(error.into())
    }
}

impl From<ConsoleError> for Problem {
    fn from(error: ConsoleError) -> Self {
        Self::from(&error)
    }
}

impl From<&ConsoleError> for Problem {
    fn from(error: &ConsoleError) -> Self {
        use ProblemKind::{Failed, Invalid, NeedsSignIn, Passing, Refused};
        let problem = |kind, code: ProblemCode, hint: &str| Problem::new(kind, code, error.to_string()).hint(hint);
        match error {
            ConsoleError::Other(problem) => problem.clone(),
            ConsoleError::NoPort(error) => error.into(),
            ConsoleError::Address { .. } => {
                problem(Invalid, ProblemCode::BadEndpoint, "check AWS_ENDPOINT_URL_SIGNIN and AWS_ENDPOINT_URL")
            }
            // What the vault has can't be used: as without a sign-in.
            ConsoleError::Key(KeyError::Damaged) => problem(NeedsSignIn, ProblemCode::SignedOut, "sign in again"),
            ConsoleError::Key(KeyError::NoRandomness) => {
                problem(Failed, ProblemCode::HttpsSetup, "restart the machine, and see that /dev/urandom can be read")
            }
            ConsoleError::Unreachable(Unanswered { trouble, .. }) => {
                let hint = trouble.hint(CA_SETTING);
                match trouble {
                    Trouble::Certificate(_) => problem(Invalid, ProblemCode::ConsoleCertificateUntrusted, &hint),
                    // The region is part of the host name.
                    Trouble::NoSuchHost => {
                        let hint = format!("{hint}; and whether the region of this identity is right");
                        problem(Passing, ProblemCode::ConsoleUnreachable, &hint)
                    }
                    trouble if trouble.is_passing() => problem(Passing, ProblemCode::ConsoleUnreachable, &hint),
                    _ => problem(Invalid, ProblemCode::ConsoleUnreachable, &hint),
                }
            }
            ConsoleError::OutOfOrder { .. } => {
                problem(Passing, ProblemCode::ConsoleOutOfOrder, "try again in a moment, or use another region")
            }
            ConsoleError::Unreadable { .. } => problem(
                Failed,
                ProblemCode::ConsoleUnreadableAnswer,
                "check AWS_ENDPOINT_URL_SIGNIN and AWS_ENDPOINT_URL, and whether a proxy answers instead",
            ),
            ConsoleError::EndedInBrowser { denied: true, .. } => problem(
                Refused,
                ProblemCode::ConsoleSignInRefused,
                &format!("sign in again and allow the request; if a policy denied it, ask for {POLICY}"),
            ),
            ConsoleError::EndedInBrowser { denied: false, .. } => {
                problem(Refused, ProblemCode::ConsoleSignInRefused, "sign in again; check the region of this identity")
            }
            ConsoleError::CodeWanted { identity } => {
                problem(NeedsSignIn, ProblemCode::ConsoleCodeWanted, "sign in once more with the code")
                    .next(NextStep::SignIn { identity: identity.clone() })
            }
            ConsoleError::NothingPending { .. } => problem(
                Refused,
                ProblemCode::ConsoleSignInRefused,
                "start again: a code works for ten minutes, and only for its own sign-in",
            ),
            ConsoleError::WrongCode { .. } => problem(
                Refused,
                ProblemCode::ConsoleSignInRefused,
                "sign in again, and copy the whole code from the last page",
            ),
            ConsoleError::Over(_) => problem(NeedsSignIn, ProblemCode::ConsoleSignInOver, "sign in again"),
            ConsoleError::Refused(refusal) => refused(refusal),
        }
    }
}

fn refused(refusal: &Refusal) -> Problem {
    let (code, hint) = match refusal.reason {
        Reason::InsufficientPermissions => (
            ProblemCode::ConsoleSignInNotAllowed,
            format!(
                "ask your administrator to attach the AWS managed policy {POLICY} to your user or role \
                 (signin:AuthorizeOAuth2Access and signin:CreateOAuth2Token)"
            ),
        ),
        Reason::AuthcodeExpired => {
            (ProblemCode::ConsoleSignInRefused, "sign in again: the browser returned its code too late".to_owned())
        }
        _ => (
            ProblemCode::ConsoleSignInRefused,
            "sign in again; check the region of this identity, and this machine's clock".to_owned(),
        ),
    };
    Problem::new(ProblemKind::Refused, code, refusal.to_string()).hint(hint)
}

fn in_words(words: &Option<String>) -> String {
    words.as_ref().map(|words| format!(": {words}")).unwrap_or_default()
}
