//! Checks a request before it is sent: does the operation know these terms, and are they within its limits?

use super::ExchangeRequest;
use super::limits::{self, LimitError};
use super::operation::Operation;
use daypass_core::terms::Term;

impl Operation {
    /// Checks a request before it is sent: its target, terms that the operation does not know, and the limits of those
    /// that it knows.
    ///
    /// # Errors
    ///
    /// [`TermError`], naming the operation, the term and the limit.
    pub fn check(self, order: &ExchangeRequest) -> Result<(), TermError> {
        self.mistakes(order).into_iter().next().map_or(Ok(()), Err)
    }

    /// All mistakes, not only the first: a form shows each in its own field.
    #[must_use]
    pub fn mistakes(self, order: &ExchangeRequest) -> Vec<TermError> {
        let target = || order.target.to_string();
        let ExchangeRequest { terms, .. } = order;
        if !self.grants(order.target.kind()) {
            return vec![TermError::Target { operation: self, target: target() }];
        }
        let unknown = terms.given().into_iter().filter(|term| !self.terms().contains(term));
        let mut mistakes: Vec<TermError> =
            unknown.map(|term| TermError::NotPossible { term, operation: self, target: target() }).collect();
        if terms.read_only && (terms.policy.is_some() || !terms.policy_arns.is_empty()) {
            mistakes.push(TermError::NotOnlyReading { target: target() });
        }
        mistakes.extend(limits::mistakes(self, order).into_iter().map(TermError::from));
        mistakes
    }
}

/// A request that cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TermError {
    /// The operation has no parameter for a term.
    #[error("{target} doesn't support {}: {operation} doesn't have a parameter for it", term.words())]
    NotPossible {
        /// The term.
        term: Term,
        /// The operation.
        operation: Operation,
        /// The target of the credentials.
        target: String,
    },
    /// The operation does not grant credentials of such a target.
    #[error("{operation} doesn't give credentials for {target}")]
    Target {
        /// The operation.
        operation: Operation,
        /// The target of the credentials.
        target: String,
    },
    /// Session policies besides `read_only`: a session may do what any one of them allows
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session>), and would not be
    /// limited to reading.
    #[error(
        "read_only can't be combined with other session policies for {target}: AWS allows anything that one of them allows"
    )]
    NotOnlyReading {
        /// The target of the credentials.
        target: String,
    },
    /// A term is outside the service's limits.
    #[error(transparent)]
    Limit(#[from] LimitError),
}
