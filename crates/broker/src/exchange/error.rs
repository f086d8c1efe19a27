//! Why there are no credentials, in three kinds: try again, sign in again, or change something.

use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sts::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::error::display::DisplayErrorContext;
use thiserror::Error;

use crate::http::{Trouble, is_passing_status};
use crate::problem::{Problem, ProblemKind};

/// Why an exchange failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExchangeError {
    /// STS does not answer.
    #[error("STS at {endpoint} did not answer: {trouble}")]
    Unreachable {
        /// The address.
        endpoint: String,
        /// What stood in the way.
        trouble: Trouble,
    },
    /// STS answers that it cannot answer now: throttling, 5xx, or it could not reach the identity provider.
    #[error("{0}")]
    Passing(Refusal),
    /// The proof is spent or not accepted.
    #[error("{0}")]
    NeedsSignIn(Refusal),
    /// STS refuses for good: a policy, a limit, a setting.
    #[error("{0}")]
    Refused(Refusal),
    /// What answers is not STS: a proxy's page, another service.
    #[error("what answers at {endpoint} is not STS (HTTP status {status})")]
    NotSts {
        /// The address.
        endpoint: String,
        /// HTTP status.
        status: u16,
    },
    /// STS's answer lacks something.
    #[error("the answer of STS at {endpoint} has no {what}")]
    Incomplete {
        /// The address.
        endpoint: String,
        /// What is missing.
        what: String,
    },
    /// The request could not be built: an endpoint without a region, and the like.
    #[error("the request to STS at {endpoint} cannot be made: {why}")]
    Request {
        /// The address.
        endpoint: String,
        /// In the SDK's words.
        why: String,
    },
}

/// What a service said no to, and how.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("STS refused {operation}{}: {code}{}", on(subject), in_words(message))]
pub struct Refusal {
    /// The operation.
    pub operation: &'static str,
    /// What it was about: the role's ARN.
    pub subject: Option<String>,
    /// The service's error code.
    pub code: String,
    /// The service's message, cut to 1,000 characters.
    pub message: String,
    /// For CloudTrail and support.
    pub request_id: Option<String>,
}

fn on(subject: &Option<String>) -> String {
    subject.as_ref().map(|s| format!(" for {s}")).unwrap_or_default()
}

fn in_words(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

/// What was asked, where.
#[derive(Debug, Clone)]
pub(super) struct Context {
    pub(super) operation: &'static str,
    pub(super) subject: Option<String>,
    pub(super) endpoint: String,
}

impl ExchangeError {
    /// Whether the same request may succeed later without anybody doing anything.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { trouble, .. } => trouble.is_passing(),
            Self::Passing(_) => true,
            _ => false,
        }
    }

    /// Whether a new proof is what is needed.
    #[must_use]
    pub fn needs_sign_in(&self) -> bool {
        matches!(self, Self::NeedsSignIn(_))
    }

    pub(super) fn of<E>(context: Context, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let endpoint = context.endpoint.clone();
        match error {
            SdkError::ServiceError(refusal) => {
                let (status, error) = (refusal.raw().status().as_u16(), refusal.err());
                match error.meta().code() {
                    Some(code) => {
                        let message = error.meta().message().unwrap_or_default();
                        Self::refused(context, status, code, message, error.meta().request_id())
                    }
                    None => Self::without_code(context, status),
                }
            }
            SdkError::ResponseError(answer) => Self::without_code(context, answer.raw().status().as_u16()),
            SdkError::TimeoutError(_) => Self::Unreachable { endpoint, trouble: Trouble::TimedOut },
            SdkError::DispatchFailure(failure) => {
                let trouble = match failure.as_connector_error() {
                    Some(error) if error.is_timeout() => Trouble::TimedOut,
                    Some(error) => Trouble::of(error),
                    None => Trouble::Other("the connection failed".to_owned()),
                };
                Self::Unreachable { endpoint, trouble }
            }
            other => {
                let why = DisplayErrorContext(other).to_string();
                Self::Request { endpoint, why: why.chars().take(500).collect() }
            }
        }
    }

    fn without_code(context: Context, status: u16) -> Self {
        if is_passing_status(status) {
            let code = format!("HTTP{status}");
            return Self::refused(context, status, &code, "", None);
        }
        Self::NotSts { endpoint: context.endpoint, status }
    }

    pub(super) fn refused(context: Context, status: u16, code: &str, message: &str, request_id: Option<&str>) -> Self {
        let refusal = Refusal {
            operation: context.operation,
            subject: context.subject,
            code: code.chars().take(100).collect(),
            message: message.chars().filter(|c| !c.is_control()).take(1000).collect(),
            request_id: request_id.map(str::to_owned),
        };
        match outcome(status, code, message) {
            Outcome::Passing => Self::Passing(refusal),
            Outcome::NeedsSignIn => Self::NeedsSignIn(refusal),
            Outcome::Refused => Self::Refused(refusal),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Passing,
    NeedsSignIn,
    Refused,
}

/// The codes of AssumeRoleWithWebIdentity, the common ones, and those that all of AWS uses for throttling.
fn outcome(status: u16, code: &str, message: &str) -> Outcome {
    match code.strip_suffix("Exception").unwrap_or(code) {
        "Throttling"
        | "Throttled"
        | "ThrottledRequest"
        | "RequestThrottled"
        | "RequestLimitExceeded"
        | "TooManyRequests"
        | "SlowDown"
        | "LimitExceeded"
        | "BandwidthLimitExceeded"
        | "PriorRequestNotComplete" => Outcome::Passing,
        "IDPCommunicationError"
        | "InternalFailure"
        | "InternalError"
        | "InternalServerError"
        | "ServiceUnavailable"
        | "RequestTimeout" => Outcome::Passing,
        // These say that the account or the client is set up wrong: a new token of the same kind would fail alike.
        "InvalidIdentityToken" if is_set_up_wrong(message) => Outcome::Refused,
        "ExpiredToken" | "InvalidIdentityToken" | "IDPRejectedClaim" => Outcome::NeedsSignIn,
        _ if is_passing_status(status) => Outcome::Passing,
        _ => Outcome::Refused,
    }
}

fn is_set_up_wrong(message: &str) -> bool {
    ["No OpenIDConnect provider found", "Incorrect token audience", "Couldn't retrieve verification key"]
        .iter()
        .any(|words| message.contains(words))
}

impl From<ExchangeError> for Problem {
    fn from(error: ExchangeError) -> Self {
        Self::from(&error)
    }
}

impl From<&ExchangeError> for Problem {
    fn from(error: &ExchangeError) -> Self {
        let message = error.to_string();
        match error {
            ExchangeError::Unreachable { trouble, .. } => {
                let kind = if trouble.is_passing() { ProblemKind::Passing } else { ProblemKind::Invalid };
                let code = match trouble {
                    Trouble::Certificate(_) => "sts-certificate-untrusted",
                    _ => "sts-unreachable",
                };
                Problem::new(kind, code, message).hint(trouble.hint("AWS_CA_BUNDLE"))
            }
            ExchangeError::Passing(refusal) => refused(ProblemKind::Passing, refusal, message),
            ExchangeError::NeedsSignIn(refusal) => refused(ProblemKind::NeedsSignIn, refusal, message),
            ExchangeError::Refused(refusal) => refused(ProblemKind::Refused, refusal, message),
            ExchangeError::NotSts { .. } => Problem::new(ProblemKind::Invalid, "sts-not-sts", message)
                .hint("check AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL, and whether a proxy answers instead"),
            ExchangeError::Incomplete { .. } => Problem::new(ProblemKind::Failed, "sts-incomplete-answer", message)
                .hint("check AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL"),
            ExchangeError::Request { .. } => Problem::new(ProblemKind::Invalid, "sts-request", message)
                .hint("check the region and AWS_ENDPOINT_URL_STS"),
        }
    }
}

fn refused(kind: ProblemKind, refusal: &Refusal, message: String) -> Problem {
    let problem = Problem::new(kind, problem_code(&refusal.code), message).request_id(refusal.request_id.clone());
    match what_next(refusal) {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}

/// `AccessDenied` is `sts-access-denied`, `ExpiredTokenException` is `sts-expired-token`.
fn problem_code(code: &str) -> String {
    let short = code.strip_suffix("Exception").filter(|s| !s.is_empty()).unwrap_or(code);
    let mut problem = String::from("sts");
    let mut previous_is_lower = false;
    let chars: Vec<char> = short.chars().collect();
    for (i, c) in chars.iter().enumerate() {
        if !c.is_ascii_alphanumeric() {
            previous_is_lower = false;
            continue;
        }
        let begins_word = c.is_ascii_uppercase()
            && (previous_is_lower || i == 0 || chars.get(i + 1).is_some_and(char::is_ascii_lowercase));
        if begins_word || problem == "sts" {
            problem.push('-');
        }
        problem.push(c.to_ascii_lowercase());
        previous_is_lower = !c.is_ascii_uppercase();
    }
    problem
}

/// What to do next, for the refusals that people meet.
fn what_next(refusal: &Refusal) -> Option<&'static str> {
    let says = |words: &str| refusal.message.contains(words);
    let hint = match refusal.code.strip_suffix("Exception").unwrap_or(&refusal.code) {
        "AccessDenied" => {
            "the role's trust policy must allow sts:AssumeRoleWithWebIdentity for this identity provider, with its aud \
             (client id) and sub conditions met; the role must exist"
        }
        "InvalidIdentityToken" if says("No OpenIDConnect provider found") => {
            "in the role's account, add the issuer as an IAM OIDC identity provider, spelled exactly as the token spells it"
        }
        "InvalidIdentityToken" if says("Incorrect token audience") => {
            "in the role's account, add this identity's client_id to the audiences of the IAM OIDC identity provider"
        }
        "InvalidIdentityToken" if says("Couldn't retrieve verification key") => {
            "AWS must reach the issuer's key set (JWKS) from the internet, over a certificate that it trusts"
        }
        "InvalidIdentityToken" => {
            "sign in again; if it stays, compare issuer and client_id with the IAM OIDC identity provider"
        }
        "ExpiredToken" if refusal.operation == "GetCallerIdentity" => {
            "these credentials have expired; renew the session"
        }
        "ExpiredToken" | "IDPRejectedClaim" => "sign in again",
        "IDPCommunicationError" => "AWS could not reach the identity provider; try again in a minute",
        "Throttling" | "RequestLimitExceeded" | "TooManyRequests" => {
            "AWS asks for fewer requests; try again in a minute"
        }
        "ValidationError" if says("DurationSeconds") => {
            "ask for a shorter duration, or raise the role's maximum session duration (1 to 12 hours)"
        }
        "ValidationError" => "check the role's ARN, the duration and session_name",
        "PackedPolicyTooLarge" => {
            "the session policies and tags are too large together; the identity provider sends too many tags"
        }
        "MalformedPolicyDocument" => "the session policy is not valid JSON policy; correct it",
        "RegionDisabled" => {
            "STS is switched off in this region: choose another region for the role, or have it activated in the account settings of IAM"
        }
        "InvalidClientTokenId" => "the region is not enabled for the account, or the role or its session was revoked",
        "SignatureDoesNotMatch" | "RequestExpired" | "RequestTimeTooSkewed" => "check this machine's clock",
        "OptInRequired" => "enable the region for the account, or choose another one",
        "HTTP429" | "HTTP500" | "HTTP502" | "HTTP503" | "HTTP504" | "ServiceUnavailable" | "InternalFailure" => {
            "try again in a minute; if it stays, look at the AWS Health Dashboard"
        }
        _ => return None,
    };
    Some(hint)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn problem(status: u16, code: &str, message: &str) -> Problem {
        let context = Context {
            operation: "AssumeRoleWithWebIdentity",
            subject: Some("arn:aws:iam::123456789012:role/Dev".into()),
            endpoint: "https://sts.eu-central-1.amazonaws.com".into(),
        };
        ExchangeError::refused(context, status, code, message, Some("req-1")).into()
    }

    #[test]
    fn each_refusal_has_its_kind_its_code_and_a_next_step() {
        use ProblemKind::{NeedsSignIn, Passing, Refused};
        for (status, code, message, kind, problem_code) in [
            (
                403,
                "AccessDenied",
                "Not authorized to perform sts:AssumeRoleWithWebIdentity",
                Refused,
                "sts-access-denied",
            ),
            (400, "ExpiredTokenException", "Token expired", NeedsSignIn, "sts-expired-token"),
            (400, "InvalidIdentityToken", "Token is not valid", NeedsSignIn, "sts-invalid-identity-token"),
            (
                400,
                "InvalidIdentityToken",
                "No OpenIDConnect provider found in your account for https://x",
                Refused,
                "sts-invalid-identity-token",
            ),
            (400, "InvalidIdentityToken", "Incorrect token audience", Refused, "sts-invalid-identity-token"),
            (403, "IDPRejectedClaim", "", NeedsSignIn, "sts-idp-rejected-claim"),
            (400, "IDPCommunicationError", "", Passing, "sts-idp-communication-error"),
            (400, "Throttling", "Rate exceeded", Passing, "sts-throttling"),
            (400, "ThrottlingException", "Rate exceeded", Passing, "sts-throttling"),
            (503, "RequestLimitExceeded", "", Passing, "sts-request-limit-exceeded"),
            (500, "InternalFailure", "", Passing, "sts-internal-failure"),
            (503, "HTTP503", "", Passing, "sts-http503"),
            (
                400,
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration",
                Refused,
                "sts-validation-error",
            ),
            (400, "MalformedPolicyDocument", "", Refused, "sts-malformed-policy-document"),
            (400, "PackedPolicyTooLarge", "", Refused, "sts-packed-policy-too-large"),
            (403, "RegionDisabledException", "", Refused, "sts-region-disabled"),
            (403, "InvalidClientTokenId", "", Refused, "sts-invalid-client-token-id"),
        ] {
            let problem = problem(status, code, message);
            assert_eq!((problem.kind, problem.code.as_str()), (kind, problem_code), "{code}");
            assert!(problem.message.contains(code) && problem.message.contains(message), "{problem:?}");
            assert!(problem.message.contains("role/Dev"), "{problem:?}");
            assert!(problem.hint.is_some(), "{code} has no next step");
            assert_eq!(problem.request_id.as_deref(), Some("req-1"));
        }
        // What is not known: by its status.
        assert_eq!(problem(400, "Novelty", "").kind, Refused);
        assert_eq!(problem(502, "Novelty", "").kind, Passing);
        assert_eq!(problem(400, "", "").code, "sts");
    }
}
