//! Everything that can be wrong with an assertion, and what to do about it.

use thiserror::Error;

use crate::error::IdentityError;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::BadSetting;
use daypass_http::{CA_SETTING, Unanswered, is_passing_status};
use daypass_saml::ResponseError;

/// Why we don't have an assertion to send to STS. Contains names and times, but no value of the assertion except those
/// that were meant to be roles.
#[derive(Debug, Error)]
pub enum SamlError {
    /// A field of the settings cannot be used.
    #[error(transparent)]
    Setting(#[from] BadSetting),
    /// The identity provider's response cannot be used.
    #[error(transparent)]
    Response(#[from] ResponseError),
    /// In a sign-in without the person, the identity provider signed in another one.
    #[error("the identity provider now signs in {found} instead of {before}")]
    AnotherPerson {
        /// Who was signed in.
        before: String,
        /// Who is now.
        found: String,
    },
    /// The identity provider does not answer.
    #[error("the identity provider at {} didn't answer: {}", .0.url, .0.trouble)]
    Unreachable(Unanswered),
    /// It answers with an error page.
    #[error("the identity provider at {url} shows an error instead of a sign-in page: HTTP status {status}")]
    OutOfOrder {
        /// The address that was asked.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// The person is signed in, and not all of the assertion can be used.
    #[error("{}{}", remarks.iter().take(MOST_REMARKS).cloned().collect::<Vec<_>>().join(". "), more(remarks.len()))]
    Skipped {
        /// What can't be, in sentences. At least one.
        remarks: Vec<String>,
    },
    /// Nothing here can show the identity provider's page.
    #[error("signing in with SAML needs a browser such as Chrome on your screen, or the desktop app's window")]
    NoWindow,
    /// The role was asked for, and the assertion does not list it.
    #[error("the assertion of {person} doesn't list the role {role}")]
    RoleNotListed {
        /// Who is signed in.
        person: String,
        /// The role's ARN.
        role: String,
    },
    /// The request is for something other than a role.
    #[error("{target} isn't a role: an assertion only works for roles")]
    NotARole {
        /// The ARN.
        target: String,
    },
}

/// An assertion may have hundreds of roles.
const MOST_REMARKS: usize = 3;

fn more(remarks: usize) -> String {
    match remarks.saturating_sub(MOST_REMARKS) {
        0 => String::new(),
        more => format!(". There are {more} more of these"),
    }
}

impl From<SamlError> for IdentityError {
    fn from(error: SamlError) -> Self {
        Self::Before(error.into())
    }
}

impl From<SamlError> for Problem {
    fn from(error: SamlError) -> Self {
        Self::from(&error)
    }
}

impl From<&SamlError> for Problem {
    fn from(error: &SamlError) -> Self {
        match verdict(error) {
            Ok((kind, code, hint)) => Problem::new(kind, code, error.to_string()).hint(hint),
            Err(problem) => problem,
        }
    }
}

/// Kind, code and hint. An error if it carries a problem of its own.
fn verdict(error: &SamlError) -> Result<(ProblemKind, ProblemCode, String), Problem> {
    use ProblemKind::{Invalid, NeedsSignIn, Refused};
    let (kind, code, hint) = match error {
        SamlError::Setting(bad) => return Err(bad.into()),
        SamlError::Response(error) => return Err(error.into()),
        SamlError::AnotherPerson { .. } => (NeedsSignIn, ProblemCode::SamlAnotherPerson, "sign in again"),
        SamlError::Unreachable(Unanswered { trouble, .. }) => {
            let kind = if trouble.is_passing() { ProblemKind::Passing } else { Invalid };
            return Ok((kind, ProblemCode::SamlUnreachable, trouble.hint(CA_SETTING)));
        }
        SamlError::OutOfOrder { status, .. } if is_passing_status(*status) => {
            (ProblemKind::Passing, ProblemCode::SamlOutOfOrder, "try again in a moment")
        }
        SamlError::OutOfOrder { .. } => (
            Invalid,
            ProblemCode::SamlNoPage,
            "check start_url or sso_url, and with sso_url the issuer, the region and the binding too, against the AWS \
             application at the identity provider",
        ),
        SamlError::Skipped { .. } => (
            Invalid,
            ProblemCode::SamlSkipped,
            "ask the identity provider's administrator to correct the attributes of the AWS application. Roles that are \
             listed can be used meanwhile",
        ),
        SamlError::NoWindow => (
            Invalid,
            ProblemCode::SamlNoWindow,
            "open the desktop app and sign in there, or install Chrome, Chromium, Edge, Brave or Vivaldi; or sign in with \
             any browser, save what the identity provider posts to AWS, and give it with --assertion-file",
        ),
        SamlError::RoleNotListed { .. } => (
            Refused,
            ProblemCode::SamlRoleNotListed,
            "ask the identity provider's administrator for the role; if you have just been given it, sign in again",
        ),
        SamlError::NotARole { .. } => (Invalid, ProblemCode::SamlNotARole, "name a role by its ARN or as ACCOUNT/ROLE"),
    };
    Ok((kind, code, hint.to_owned()))
}
