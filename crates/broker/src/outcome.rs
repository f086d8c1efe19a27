//! The outcome of a request that may need a sign-in first.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use daypass_core::names::IdentityName;
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};

/// The result, or whom to sign in before asking again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", content = "value", rename_all = "kebab-case")]
#[ts(export)]
pub enum Outcome<T> {
    /// It is done.
    Done(T),
    /// The person has to sign in to this identity first.
    SignInFirst(IdentityName),
}

impl<T> Outcome<T> {
    /// The result.
    ///
    /// # Errors
    ///
    /// `signed-out` if the person has to sign in first.
    pub fn done(self) -> Result<T, Problem> {
        match self {
            Self::Done(result) => Ok(result),
            Self::SignInFirst(identity) => {
                let message = format!("you have to sign in to identity {identity} first");
                Err(Problem::new(ProblemKind::NeedsSignIn, ProblemCode::SignedOut, message)
                    .hint("sign in")
                    .next(NextStep::SignIn { identity: identity.clone() }))
            }
        }
    }

    /// The same outcome with another result.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Self::Done(result) => Outcome::Done(change(result)),
            Self::SignInFirst(identity) => Outcome::SignInFirst(identity),
        }
    }
}
