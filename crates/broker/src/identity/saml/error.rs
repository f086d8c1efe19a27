//! Everything that can be wrong with an assertion, and what to do about each.

use chrono::{DateTime, SecondsFormat, Utc};
use thiserror::Error;

use super::assertion::LONGEST_ASSERTION;
use crate::http::Unanswered;
use crate::identity::BadSetting;
use crate::problem::{Problem, ProblemKind};

/// Why there is no assertion that STS could be asked with. Holds names and times, never a value of the assertion
/// but those that were meant to be roles.
#[derive(Debug, Error)]
pub enum SamlError {
    /// A field of the settings cannot be used.
    #[error(transparent)]
    Setting(#[from] BadSetting),
    /// There is no text, or nothing but blanks.
    #[error("there is no SAML response: the text is empty")]
    Empty,
    /// Longer than STS takes.
    #[error(
        "the SAML response has {size} characters in base64, and STS takes {LONGEST_ASSERTION} at most \
         (SAMLAssertion of AssumeRoleWithSAML)"
    )]
    TooLong {
        /// Characters of base64, blanks not counted.
        size: usize,
    },
    /// Not the value of a form's `SAMLResponse` field.
    #[error("the SAML response is not base64")]
    NotBase64,
    /// Not text, or text in another encoding.
    #[error("the SAML response is not XML in UTF-8")]
    NotUtf8,
    /// Not XML.
    #[error("the SAML response is not XML that can be read: {why}")]
    NotXml {
        /// What the reader stumbled on, and where.
        why: String,
    },
    /// A document type, which SAML has no use for and attackers have.
    #[error("the SAML response has a document type declaration (DTD)")]
    Dtd,
    /// XML, but something else.
    #[error("the XML is not a SAML 2.0 response: its outermost element is {root}")]
    NotAResponse {
        /// Name and namespace of the outermost element.
        root: String,
    },
    /// The identity provider signed nobody in.
    #[error("the identity provider refused the sign-in: {}{}", short(status), in_words(message))]
    Declined {
        /// The innermost `StatusCode` (SAML Core, 3.2.2.2).
        status: String,
        /// `StatusMessage`.
        message: Option<String>,
    },
    /// A response that says Success and has nothing in it.
    #[error("the SAML response has no assertion")]
    NoAssertion,
    /// More than one: which of them STS would read is not ours to guess.
    #[error("the SAML response has {count} assertions, and AWS is to get exactly one")]
    SeveralAssertions {
        /// How many.
        count: usize,
    },
    /// Encrypted for AWS: only AWS can say which roles it lists.
    #[error("the identity provider encrypts its assertions for AWS: the roles in it cannot be read")]
    Encrypted,
    /// No attribute `Role`.
    #[error("the assertion lists no AWS role: it has no attribute https://aws.amazon.com/SAML/Attributes/Role")]
    NoRoles {
        /// The names of the attributes that are there.
        attributes: Vec<String>,
    },
    /// No attribute `Role`, and made for somebody else: another application's assertion.
    #[error("the assertion was made for {recipient}, not for AWS")]
    NotForAws {
        /// Its `Recipient`.
        recipient: String,
    },
    /// An attribute `Role`, but not as AWS asks for it.
    #[error("no AWS role can be read from the assertion: {}", values.join(", "))]
    UnreadableRoles {
        /// What stands where roles were expected.
        values: Vec<String>,
    },
    /// A time that is none.
    #[error("{attribute} of the assertion is not a time: {value:?}")]
    BadTime {
        /// The XML attribute.
        attribute: &'static str,
        /// What it holds.
        value: String,
    },
    /// Too late for this assertion.
    #[error("the assertion could be used until {}, and it is {}", time(until), time(now))]
    Expired {
        /// The first moment when it is of no use any more.
        until: DateTime<Utc>,
        /// This machine's clock.
        now: DateTime<Utc>,
    },
    /// Too early for this assertion.
    #[error("the assertion can be used from {}, and it is {}", time(from), time(now))]
    NotYetValid {
        /// `NotBefore`.
        from: DateTime<Utc>,
        /// This machine's clock.
        now: DateTime<Utc>,
    },
    /// The answer to somebody else's question.
    #[error("the SAML response answers another request than the one that was sent")]
    AnotherRequest,
    /// Without the person, the identity provider signed somebody else in.
    #[error("the identity provider now signs in {found}, and it was {before}")]
    AnotherPerson {
        /// Who was signed in.
        before: String,
        /// Who is now.
        found: String,
    },
    /// The identity provider does not answer.
    #[error("the identity provider at {} did not answer: {}", .0.url, .0.trouble)]
    Unreachable(Unanswered),
    /// It answers that there is no such page, or that it cannot.
    #[error("the identity provider at {url} has no page for the sign-in: HTTP status {status}")]
    OutOfOrder {
        /// The address that was asked.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// There is nothing here that could show the identity provider's page.
    #[error("signing in with SAML takes a window of the desktop app, and none is running")]
    NoWindow,
    /// The role was asked for, and the assertion does not list it.
    #[error("the assertion of {person} does not list the role {role}")]
    RoleNotListed {
        /// Who is signed in.
        person: String,
        /// The role's ARN.
        role: String,
    },
    /// No role, but something else was asked for.
    #[error("{target} is not a role: an assertion is good for roles only")]
    NotARole {
        /// The ARN.
        target: String,
    },
}

impl From<SamlError> for Problem {
    fn from(error: SamlError) -> Self {
        Self::from(&error)
    }
}

impl From<&SamlError> for Problem {
    fn from(error: &SamlError) -> Self {
        if let SamlError::Setting(bad) = error {
            return bad.into();
        }
        let (kind, code, hint) = verdict(error);
        Problem::new(kind, code, error.to_string()).hint(hint)
    }
}

fn verdict(error: &SamlError) -> (ProblemKind, &'static str, String) {
    use ProblemKind::{Failed, Invalid, NeedsSignIn, Refused};
    let (kind, code, hint) = match error {
        // Its own problem is used instead (see above).
        SamlError::Setting(_) => (Invalid, "bad-setting", "mend it in the settings"),
        SamlError::Empty => (
            Invalid,
            "saml-empty",
            "give the value of the form field SAMLResponse that the identity provider posts to AWS",
        ),
        SamlError::TooLong { .. } => (
            Invalid,
            "saml-too-long",
            "ask the identity provider's administrator to send AWS fewer roles or groups for you",
        ),
        SamlError::NotBase64 | SamlError::NotUtf8 | SamlError::NotXml { .. } => (
            Invalid,
            "saml-unreadable",
            "give the whole value of the form field SAMLResponse that the identity provider posts to AWS",
        ),
        SamlError::Dtd => {
            (Refused, "saml-dtd", "it was not read. Sign in again; if it happens again, tell your security team")
        }
        SamlError::NotAResponse { .. } => (
            Invalid,
            "saml-not-a-response",
            "give the whole SAML 2.0 response, not only the assertion in it; SAML 1.1 is of no use to AWS",
        ),
        SamlError::Declined { status, .. } => return declined(status),
        SamlError::NoAssertion => (
            Failed,
            "saml-no-assertion",
            "ask the identity provider's administrator to send an assertion to the AWS application",
        ),
        SamlError::SeveralAssertions { .. } => (
            Refused,
            "saml-several-assertions",
            "it was not used. Ask the identity provider's administrator to send one assertion to AWS",
        ),
        SamlError::Encrypted => (
            Invalid,
            "saml-encrypted",
            "ask the identity provider's administrator to turn off assertion (token) encryption for the AWS application: \
             the connection is encrypted anyway. Where the SAML provider in IAM demands encrypted assertions \
             (AssertionEncryptionMode is Required), it has to be set to Allowed first",
        ),
        SamlError::NoRoles { attributes } => return (Invalid, "saml-no-roles", no_roles(attributes)),
        SamlError::NotForAws { .. } => (
            Invalid,
            "saml-not-for-aws",
            "start at the AWS application of the identity provider: its page posts to https://signin.aws.amazon.com/saml",
        ),
        SamlError::UnreadableRoles { .. } => (
            Invalid,
            "saml-bad-roles",
            "each value of the attribute must be a role ARN and a SAML provider ARN with a comma between, e.g. \
             arn:aws:iam::123456789012:role/Dev,arn:aws:iam::123456789012:saml-provider/corp",
        ),
        SamlError::BadTime { .. } => (
            Failed,
            "saml-bad-time",
            "tell the identity provider's administrator: a SAML time looks like 2026-11-22T08:15:00Z",
        ),
        SamlError::Expired { .. } => (
            NeedsSignIn,
            "saml-expired",
            "sign in again: AWS takes an assertion for five minutes. If it was new, check this machine's clock",
        ),
        SamlError::NotYetValid { .. } => {
            (Failed, "saml-not-yet-valid", "check this machine's clock and time zone, then sign in again")
        }
        SamlError::AnotherRequest => (
            Refused,
            "saml-another-request",
            "it was not used. Sign in again; if it happens again, tell your security team",
        ),
        SamlError::AnotherPerson { .. } => (NeedsSignIn, "saml-another-person", "sign in again"),
        SamlError::Unreachable(Unanswered { trouble, .. }) => {
            let kind = if trouble.is_passing() { ProblemKind::Passing } else { Invalid };
            return (kind, "saml-unreachable", trouble.hint("AWS_CA_BUNDLE"));
        }
        SamlError::OutOfOrder { status: 500.., .. } => {
            (ProblemKind::Passing, "saml-out-of-order", "try again in a moment")
        }
        SamlError::OutOfOrder { .. } => (
            Invalid,
            "saml-no-page",
            "check start_url or sso_url: open it in a browser, it must lead to the AWS console",
        ),
        SamlError::NoWindow => (
            Invalid,
            "saml-no-window",
            "open the desktop app and sign in there; or sign in with any browser and give what the identity provider \
             posts to AWS: `daypass identity login NAME --assertion-file FILE`",
        ),
        SamlError::RoleNotListed { .. } => (
            Refused,
            "saml-role-not-listed",
            "ask the identity provider's administrator for the role; if you have just been given it, sign in again",
        ),
        SamlError::NotARole { .. } => (Invalid, "saml-not-a-role", "name a role by its ARN or as ACCOUNT/ROLE"),
    };
    (kind, code, hint.to_owned())
}

fn declined(status: &str) -> (ProblemKind, &'static str, String) {
    let (kind, hint) = match short(status) {
        "AuthnFailed" | "NoPassive" | "NoAuthnContext" | "UnknownPrincipal" => {
            (ProblemKind::NeedsSignIn, "sign in again")
        }
        "RequestDenied" => {
            (ProblemKind::Refused, "ask the identity provider's administrator to admit you to the AWS application")
        }
        "Requester" | "RequestUnsupported" | "InvalidNameIDPolicy" => (
            ProblemKind::Invalid,
            "check the request settings of this identity (issuer, assertion consumer URL) against the AWS application \
             at the identity provider",
        ),
        _ => (ProblemKind::Failed, "try again; if it stays so, ask the identity provider's administrator"),
    };
    (kind, "saml-declined", hint.to_owned())
}

fn no_roles(attributes: &[String]) -> String {
    let there = match attributes {
        [] => "the assertion has no attributes at all".to_owned(),
        names => format!("these attributes are there: {}", names.join(", ")),
    };
    format!("{there}. Ask the identity provider's administrator to give you a role in the AWS application")
}

/// `urn:oasis:names:tc:SAML:2.0:status:AuthnFailed` is `AuthnFailed` to people.
fn short(status: &str) -> &str {
    status.rsplit(':').next().filter(|last| !last.is_empty()).unwrap_or("no reason given")
}

fn in_words(message: &Option<String>) -> String {
    message.as_ref().map(|m| format!(" ({m})")).unwrap_or_default()
}

fn time(at: &DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
