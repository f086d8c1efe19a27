//! What can be wrong with a response, and what to do about it.

use chrono::{DateTime, SecondsFormat, Utc};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use thiserror::Error;

use crate::limits::LONGEST_ASSERTION;

/// Why a response can't be used. It has names and times in it, but no values of the assertion except unreadable roles.
#[derive(Debug, Error)]
pub enum ResponseError {
    /// The text is empty or has only blanks.
    #[error("the text is empty, so it isn't a SAML response")]
    Empty,
    /// It is longer than STS accepts.
    #[error(
        "the SAML response has {size} characters in base64, and STS takes {LONGEST_ASSERTION} at most \
         (SAMLAssertion of AssumeRoleWithSAML)"
    )]
    TooLong {
        /// Characters of base64, blanks not counted.
        size: usize,
    },
    /// It isn't the value of a form's `SAMLResponse` field.
    #[error("the SAML response isn't base64")]
    NotBase64,
    /// It isn't text, or has another encoding.
    #[error("the SAML response isn't XML in UTF-8")]
    NotUtf8,
    /// It isn't XML.
    #[error("the SAML response isn't XML that can be read: {why}")]
    NotXml {
        /// What is wrong with it, and where.
        why: String,
    },
    /// It has a document type, which SAML doesn't use and attackers do.
    #[error("the SAML response has a document type declaration (DTD)")]
    Dtd,
    /// It is XML, but not a response.
    #[error("the XML isn't a SAML 2.0 response: its outermost element is {root}")]
    NotAResponse {
        /// Name and namespace of the outermost element.
        root: String,
    },
    /// The identity provider refused the sign-in.
    #[error("the identity provider refused the sign-in: {}{}", short(status), in_words(message))]
    Declined {
        /// The innermost `StatusCode` (SAML Core, 3.2.2.2).
        status: String,
        /// `StatusMessage`.
        message: Option<String>,
    },
    /// It says Success and has no assertion.
    #[error("the SAML response doesn't contain an assertion")]
    NoAssertion,
    /// It has several assertions, and Daypass can't know which one STS would read.
    #[error("the SAML response has {count} assertions, but AWS must get exactly one")]
    SeveralAssertions {
        /// How many.
        count: usize,
    },
    /// It is encrypted for AWS, and only AWS can read the roles in it.
    #[error("the identity provider encrypts its assertions for AWS, so Daypass can't read the roles")]
    Encrypted,
    /// It has no attribute `Role`.
    #[error(
        "the assertion doesn't list an AWS role: it doesn't have the attribute https://aws.amazon.com/SAML/Attributes/Role"
    )]
    NoRoles {
        /// The names of the attributes that it has.
        attributes: Vec<String>,
    },
    /// It has an attribute `Role` without a value.
    #[error(
        "the assertion doesn't list an AWS role: its attribute https://aws.amazon.com/SAML/Attributes/Role is empty"
    )]
    EmptyRoles,
    /// It has no role because it was made for another application.
    #[error("the assertion was made for {recipient}, not for AWS")]
    NotForAws {
        /// Its `Recipient`.
        recipient: String,
    },
    /// It has an attribute `Role`, but not in AWS's format.
    #[error("Daypass can't read an AWS role from the assertion: {}", values.join(", "))]
    UnreadableRoles {
        /// The values of the attribute.
        values: Vec<String>,
    },
    /// A time can't be read.
    #[error("the assertion's {attribute} isn't a time: {value:?}")]
    BadTime {
        /// The XML attribute.
        attribute: &'static str,
        /// Its value.
        value: String,
    },
    /// It has expired.
    #[error("the assertion expired at {}, and it's now {}", time(until), time(now))]
    Expired {
        /// When it stops being valid.
        until: DateTime<Utc>,
        /// This machine's clock.
        now: DateTime<Utc>,
    },
    /// It isn't valid yet.
    #[error("the assertion is valid from {}, and it's only {}", time(from), time(now))]
    NotYetValid {
        /// `NotBefore`.
        from: DateTime<Utc>,
        /// This machine's clock.
        now: DateTime<Utc>,
    },
    /// It answers another request.
    #[error("the SAML response answers a different request than the one that was sent")]
    AnotherRequest,
}

impl From<ResponseError> for Problem {
    fn from(error: ResponseError) -> Self {
        Self::from(&error)
    }
}

impl From<&ResponseError> for Problem {
    fn from(error: &ResponseError) -> Self {
        let (kind, code, hint) = verdict(error);
        Problem::new(kind, code, error.to_string()).hint(hint)
    }
}

fn verdict(error: &ResponseError) -> (ProblemKind, ProblemCode, String) {
    use ProblemKind::{Failed, Invalid, NeedsSignIn, Refused};
    let (kind, code, hint) = match error {
        ResponseError::Empty => (
            Invalid,
            ProblemCode::SamlEmpty,
            "pass the value of the form field SAMLResponse that the identity provider posts to AWS",
        ),
        ResponseError::TooLong { .. } => (
            Invalid,
            ProblemCode::SamlTooLong,
            "ask the identity provider's administrator to send AWS fewer roles or groups for you",
        ),
        ResponseError::NotBase64 | ResponseError::NotUtf8 | ResponseError::NotXml { .. } => (
            Invalid,
            ProblemCode::SamlUnreadable,
            "pass the whole value of the form field SAMLResponse that the identity provider posts to AWS",
        ),
        ResponseError::Dtd => (
            Refused,
            ProblemCode::SamlDtd,
            "it wasn't read. Sign in again; if it happens again, tell your security team",
        ),
        ResponseError::NotAResponse { .. } => (
            Invalid,
            ProblemCode::SamlNotAResponse,
            "pass the whole SAML 2.0 response, not only the assertion in it; AWS doesn't accept SAML 1.1",
        ),
        ResponseError::Declined { status, .. } => return declined(status),
        ResponseError::NoAssertion => (
            Failed,
            ProblemCode::SamlNoAssertion,
            "ask the identity provider's administrator to send an assertion to the AWS application",
        ),
        ResponseError::SeveralAssertions { .. } => (
            Refused,
            ProblemCode::SamlSeveralAssertions,
            "it wasn't used. Ask the identity provider's administrator to send one assertion to AWS",
        ),
        ResponseError::Encrypted => (
            Invalid,
            ProblemCode::SamlEncrypted,
            "ask the identity provider's administrator to turn off assertion (token) encryption for the AWS application: \
             the connection is encrypted anyway. Where the SAML provider in IAM demands encrypted assertions \
             (AssertionEncryptionMode is Required), it has to be set to Allowed first",
        ),
        ResponseError::NoRoles { attributes } => return (Invalid, ProblemCode::SamlNoRoles, no_roles(attributes)),
        ResponseError::EmptyRoles => (
            Invalid,
            ProblemCode::SamlNoRoles,
            "ask the identity provider's administrator to give you a role in the AWS application; if you have one, the \
             mapping of the attribute Role finds no value for you",
        ),
        ResponseError::NotForAws { .. } => (
            Invalid,
            ProblemCode::SamlNotForAws,
            "start at the AWS application of the identity provider: its page posts to https://signin.aws.amazon.com/saml",
        ),
        ResponseError::UnreadableRoles { .. } => (
            Invalid,
            ProblemCode::SamlBadRoles,
            "each value of the attribute must be a role ARN and a SAML provider ARN with a comma between, e.g. \
             arn:aws:iam::123456789012:role/Dev,arn:aws:iam::123456789012:saml-provider/corp",
        ),
        ResponseError::BadTime { .. } => (
            Failed,
            ProblemCode::SamlBadTime,
            "tell the identity provider's administrator: a SAML time looks like 2026-11-22T08:15:00Z",
        ),
        ResponseError::Expired { .. } => (
            NeedsSignIn,
            ProblemCode::SamlExpired,
            "sign in again: AWS takes an assertion for five minutes. If it was new, check this machine's clock",
        ),
        ResponseError::NotYetValid { .. } => {
            (Failed, ProblemCode::SamlNotYetValid, "check this machine's clock and time zone, then sign in again")
        }
        ResponseError::AnotherRequest => (
            Refused,
            ProblemCode::SamlAnotherRequest,
            "it wasn't used. Sign in again; if it happens again, tell your security team",
        ),
    };
    (kind, code, hint.to_owned())
}

fn declined(status: &str) -> (ProblemKind, ProblemCode, String) {
    let (kind, hint) = match short(status) {
        "AuthnFailed" | "NoPassive" | "NoAuthnContext" | "UnknownPrincipal" => {
            (ProblemKind::NeedsSignIn, "sign in again")
        }
        "RequestDenied" => (
            ProblemKind::Refused,
            "ask the identity provider's administrator to give you access to the AWS application",
        ),
        "Requester" | "RequestUnsupported" | "InvalidNameIDPolicy" => (
            ProblemKind::Invalid,
            "check the request settings of this identity (issuer, assertion consumer URL) against the AWS application \
             at the identity provider",
        ),
        _ => (ProblemKind::Failed, "try again. If it keeps happening, ask the identity provider's administrator"),
    };
    (kind, ProblemCode::SamlDeclined, hint.to_owned())
}

fn no_roles(attributes: &[String]) -> String {
    let there = match attributes {
        [] => "the assertion has no attributes at all".to_owned(),
        names => format!("these attributes are there: {}", names.join(", ")),
    };
    format!("{there}. Ask the identity provider's administrator to give you a role in the AWS application")
}

/// The last part of a status: `AuthnFailed` of `urn:oasis:names:tc:SAML:2.0:status:AuthnFailed`.
fn short(status: &str) -> &str {
    status.rsplit(':').next().filter(|last| !last.is_empty()).unwrap_or("no reason given")
}

fn in_words(message: &Option<String>) -> String {
    message.as_ref().map(|m| format!(" ({m})")).unwrap_or_default()
}

fn time(at: &DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
