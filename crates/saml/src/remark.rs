//! What works in an assertion, but not as its identity provider intended.

use std::fmt;

/// A value of one of AWS's attributes that can't be used, cut to what fits into a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Skipped {
    /// Of `Role`: not a pair of a role and a SAML provider.
    Role(String),
    /// Of `RoleSessionName`.
    SessionName(String),
    /// Of `SessionDuration`.
    SessionDuration(String),
}

/// What you should know about an assertion. Each is a sentence without a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// A value isn't used.
    Skipped(Skipped),
    /// It has no `RoleSessionName`, and STS requires one.
    NoSessionName,
}

impl Skipped {
    pub(crate) fn is_session_name(&self) -> bool {
        matches!(self, Self::SessionName(_))
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Skipped(Skipped::Role(value)) => write!(
                f,
                "the assertion's Role value {value:?} isn't used, because it isn't a role ARN and a SAML provider ARN \
                 with a comma between them"
            ),
            Self::Skipped(Skipped::SessionName(value)) => write!(
                f,
                "the assertion's RoleSessionName {value:?} isn't one that AWS accepts (2 to 64 letters, digits and \
                 _+=,.@-), so AWS may refuse the assertion"
            ),
            Self::Skipped(Skipped::SessionDuration(value)) => write!(
                f,
                "the assertion's SessionDuration {value:?} isn't used, because AWS accepts 900 to 43200 seconds"
            ),
            Self::NoSessionName => f.write_str("the assertion has no RoleSessionName, and AWS refuses it without one"),
        }
    }
}
