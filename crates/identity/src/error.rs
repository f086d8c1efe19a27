//! Why an identity can't provide credentials. Keeps AWS's refusal as it is, so that no code has to parse a message.

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::BadSetting;
use daypass_sts::{ExchangeError, LimitError, Says, TermError};

/// Why an identity can't provide credentials.
#[derive(Debug, Clone)]
pub enum IdentityError {
    /// AWS refused, or can't be asked.
    Exchange(ExchangeError),
    /// The same, in the words of the identity's kind.
    Explained {
        /// What AWS refused with.
        cause: ExchangeError,
        /// What the kind says about it.
        problem: Problem,
    },
    /// Everything before the exchange: a missing proof, a vault that doesn't open, a wrong setting.
    Before(Problem),
}

impl IdentityError {
    /// AWS's refusal, as a kind of identity words it.
    pub(crate) fn explained(cause: ExchangeError, explain: impl FnOnce(Problem) -> Problem) -> Self {
        let problem = explain(Problem::from(&cause));
        Self::Explained { cause, problem }
    }

    /// Whether trying again may help, or the person has to act.
    #[must_use]
    pub fn kind(&self) -> ProblemKind {
        match self {
            Self::Exchange(error) => Problem::from(error).kind,
            Self::Explained { problem, .. } | Self::Before(problem) => problem.kind,
        }
    }

    /// Its code.
    #[must_use]
    pub fn code(&self) -> ProblemCode {
        match self {
            Self::Exchange(error) => Problem::from(error).code,
            Self::Explained { problem, .. } | Self::Before(problem) => problem.code,
        }
    }

    /// AWS's refusal.
    #[must_use]
    pub fn cause(&self) -> Option<&ExchangeError> {
        match self {
            Self::Exchange(error) | Self::Explained { cause: error, .. } => Some(error),
            Self::Before(_) => None,
        }
    }

    /// What AWS's message says, where that is more than its code.
    #[must_use]
    pub fn says(&self) -> Option<Says> {
        self.cause().and_then(ExchangeError::says)
    }
}

impl From<ExchangeError> for IdentityError {
    fn from(error: ExchangeError) -> Self {
        Self::Exchange(error)
    }
}

impl From<TermError> for IdentityError {
    fn from(error: TermError) -> Self {
        Self::Exchange(error.into())
    }
}

impl From<LimitError> for IdentityError {
    fn from(error: LimitError) -> Self {
        Self::Exchange(error.into())
    }
}

impl From<BadSetting> for IdentityError {
    fn from(error: BadSetting) -> Self {
        Self::Before(error.into())
    }
}

impl From<Problem> for IdentityError {
    fn from(problem: Problem) -> Self {
        Self::Before(problem)
    }
}

impl From<IdentityError> for Problem {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Exchange(error) => error.into(),
            IdentityError::Explained { problem, .. } | IdentityError::Before(problem) => problem,
        }
    }
}
