//! Why credentials aren't available, in three kinds: try again, sign in again, or change something. For STS and for the
//! other AWS services that Daypass calls through the SDK.

use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sts::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::DispatchFailure;
use aws_smithy_types::error::display::DisplayErrorContext;
use thiserror::Error;

use super::check::TermError;
use super::foreign::ForeignRefusal;
use super::limits::LimitError;
use super::next_step::{endpoint_missing, next_step};
use super::operation::Operation;
use super::refusal::{Refusal, Says};
use daypass_core::names::Region;
use daypass_core::problem::{AwsProblem, Problem, ProblemCode, ProblemKind};
use daypass_core::service::Service;
use daypass_http::{CA_SETTING, Trouble, is_passing_status};

/// Why an exchange failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExchangeError {
    /// The request isn't possible on these terms. Nothing was sent.
    #[error(transparent)]
    Term(#[from] TermError),
    /// A user's keys are needed, and these are temporary. Nothing was sent.
    #[error("{operation} for {target} needs an IAM user's access key, but these credentials are temporary")]
    NeedsUserKeys {
        /// The operation.
        operation: Operation,
        /// The target of the credentials.
        target: String,
    },
    /// The endpoint doesn't exist: settings exclude each other, or the partition doesn't have one. Nothing was sent.
    #[error("STS doesn't have an endpoint for {operation}: {why}")]
    NoEndpoint {
        /// The operation.
        operation: &'static str,
        /// Why.
        why: String,
    },
    /// The service does not answer.
    #[error("{} at {endpoint} didn't answer: {trouble}", service.name())]
    Unreachable {
        /// The service.
        service: Service,
        /// The address. For STS, the addresses of all regions that were asked.
        endpoint: String,
        /// What stood in the way.
        trouble: Trouble,
    },
    /// The service can't answer now: throttling, 5xx, or it could not reach the identity provider.
    #[error("{0}")]
    Passing(Refusal),
    /// The proof has expired or was not accepted.
    #[error("{0}")]
    NeedsSignIn(Refusal),
    /// The service refuses, and would refuse again: a policy, a limit, a setting.
    #[error("{0}")]
    Refused(Refusal),
    /// The server is not the service: it may be a proxy or another service.
    #[error("the server at {endpoint} isn't {} (HTTP status {status})", service.name())]
    NotTheService {
        /// The service.
        service: Service,
        /// The address.
        endpoint: String,
        /// HTTP status.
        status: u16,
    },
    /// The answer lacks something.
    #[error("the response from {} at {endpoint} doesn't contain {what}", service.name())]
    Incomplete {
        /// The service.
        service: Service,
        /// The address.
        endpoint: String,
        /// What is missing.
        what: String,
    },
    /// The request could not be built: an endpoint without a region, and the like.
    #[error("the request to {} at {endpoint} can't be made: {why}", service.name())]
    Request {
        /// The service.
        service: Service,
        /// The address.
        endpoint: String,
        /// In the SDK's words.
        why: String,
    },
}

impl From<LimitError> for ExchangeError {
    fn from(error: LimitError) -> Self {
        Self::Term(error.into())
    }
}

/// What was asked, and where.
#[derive(Debug, Clone)]
pub struct CallContext {
    /// The service.
    pub service: Service,
    /// As the API calls it.
    pub operation: &'static str,
    /// What it is about, for instance the ARN of the role.
    pub subject: Option<String>,
    /// The address, for messages.
    pub endpoint: String,
    /// The region, if the answer may depend on it.
    pub region: Option<Region>,
}

impl ExchangeError {
    /// Whether the same request may succeed later on its own.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { trouble, .. } => trouble.is_passing(),
            Self::Passing(_) => true,
            _ => false,
        }
    }

    /// What the service's message says, where that is more than its code.
    #[must_use]
    pub fn says(&self) -> Option<Says> {
        match self {
            Self::Passing(refusal) | Self::NeedsSignIn(refusal) | Self::Refused(refusal) => refusal.says(),
            _ => None,
        }
    }

    /// Whether a new proof is needed.
    #[must_use]
    pub fn needs_sign_in(&self) -> bool {
        matches!(self, Self::NeedsSignIn(_))
    }

    /// Whether the keys that signed the request have expired or were revoked.
    pub fn is_of_spent_keys(&self) -> bool {
        match self {
            Self::NeedsSignIn(refusal) | Self::Refused(refusal) => {
                !refusal.is_proof() && matches!(refusal.short_code(), "ExpiredToken" | "InvalidClientTokenId")
            }
            _ => false,
        }
    }

    /// Whether it may be the region's fault and not the request's: STS is switched off there for the account, or
    /// doesn't know the account's keys because the account hasn't enabled the region.
    pub(super) fn is_about_region(&self) -> bool {
        let Self::Refused(refusal) = self else { return false };
        refusal.short_code() == "RegionDisabled" || refusal.region_without_account().is_some()
    }

    /// Whether the service doesn't know the key that signed the request.
    pub(super) fn is_unknown_key(&self) -> bool {
        matches!(self, Self::Refused(refusal) if !refusal.is_proof() && refusal.is_unknown_key())
    }

    /// Whether the server takes only signatures for another region.
    pub(super) fn is_for_another_region(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.is_for_another_region())
    }

    /// Whether the service responds but can't do its work. One region may be down while another works. Throttling is of
    /// the account, not of the region's service.
    pub(super) fn is_out_of_order(&self) -> bool {
        let Self::Passing(refusal) = self else { return false };
        let code = refusal.short_code();
        code.starts_with("HTTP5")
            || matches!(code, "InternalFailure" | "InternalError" | "InternalServerError" | "ServiceUnavailable")
    }

    /// From the SDK's error, of any service.
    pub fn of<E>(context: CallContext, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let (service, endpoint) = (context.service, context.endpoint.clone());
        match error {
            SdkError::ServiceError(refusal) => {
                let (status, error) = (refusal.raw().status().as_u16(), refusal.err());
                match error.meta().code() {
                    Some(code) => {
                        let message = error.meta().message().unwrap_or_default();
                        Self::refused(context, status, code, message, error.meta().request_id())
                    }
                    None => Self::without_code(context, refusal.raw()),
                }
            }
            SdkError::ResponseError(answer) => Self::without_code(context, answer.raw()),
            SdkError::TimeoutError(_) => Self::Unreachable { service, endpoint, trouble: Trouble::TimedOut },
            SdkError::DispatchFailure(failure) => Self::Unreachable { service, endpoint, trouble: trouble_of(failure) },
            other => {
                let why = DisplayErrorContext(other).to_string();
                Self::Request { service, endpoint, why: why.chars().take(500).collect() }
            }
        }
    }

    /// From an answer in which the SDK finds no code.
    fn without_code(context: CallContext, answer: &HttpResponse) -> Self {
        let status = answer.status().as_u16();
        if let Some(words) = answer.body().bytes().and_then(ForeignRefusal::read).filter(|_| status >= 400) {
            return Self::refused(context, status, &words.code, &words.message, words.request_id.as_deref());
        }
        if is_passing_status(status) {
            let code = format!("HTTP{status}");
            return Self::refused(context, status, &code, "", None);
        }
        Self::NotTheService { service: context.service, endpoint: context.endpoint, status }
    }

    /// From a service's answer.
    #[must_use]
    pub fn refused(context: CallContext, status: u16, code: &str, message: &str, request_id: Option<&str>) -> Self {
        let refusal = Refusal {
            service: context.service,
            operation: context.operation,
            subject: context.subject,
            region: context.region,
            code: code.chars().take(100).collect(),
            message: message.chars().filter(|c| !c.is_control()).take(1000).collect(),
            request_id: request_id.map(str::to_owned),
        };
        match outcome(status, &refusal) {
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

/// STS's codes, the common ones, and those that all of AWS uses for throttling.
fn outcome(status: u16, refusal: &Refusal) -> Outcome {
    match refusal.short_code() {
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
        // Another code will do.
        "AccessDenied" if refusal.is_about_mfa() && refusal.is_wrong_mfa_code() => Outcome::NeedsSignIn,
        // These mean that the account or the client is set up wrong: a new token of the same kind would fail as well.
        _ if refusal.set_up_mistake().is_some() => Outcome::Refused,
        "ExpiredToken" | "InvalidIdentityToken" | "IDPRejectedClaim" => Outcome::NeedsSignIn,
        _ if is_passing_status(status) => Outcome::Passing,
        _ => Outcome::Refused,
    }
}

impl From<ExchangeError> for Problem {
    fn from(error: ExchangeError) -> Self {
        Self::from(&error)
    }
}

/// What kept the SDK from an answer.
#[must_use]
pub fn trouble_of(failure: &DispatchFailure) -> Trouble {
    match failure.as_connector_error() {
        Some(error) => Trouble::of(error),
        None => Trouble::Other("the connection failed".to_owned()),
    }
}

impl From<&ExchangeError> for Problem {
    fn from(error: &ExchangeError) -> Self {
        let message = error.to_string();
        match error {
            ExchangeError::Term(error) => Problem::from(error),
            ExchangeError::NeedsUserKeys { .. } => {
                Problem::new(ProblemKind::Invalid, ProblemCode::UserKeysNeeded, message).hint(
                    "ask for a role instead, or use an identity with the user's own access key and no role in between",
                )
            }
            ExchangeError::NoEndpoint { .. } => Problem::new(ProblemKind::Invalid, ProblemCode::StsNoEndpoint, message)
                .hint("correct settings.sts in config.toml"),
            ExchangeError::Unreachable { service, endpoint, trouble } => {
                let kind = if trouble.is_passing() { ProblemKind::Passing } else { ProblemKind::Invalid };
                let what = match trouble {
                    Trouble::Certificate(_) => AwsProblem::CertificateUntrusted,
                    _ => AwsProblem::Unreachable,
                };
                let missing = endpoint_missing(*service, endpoint).filter(|_| *trouble == Trouble::NoSuchHost);
                let hint = missing.map_or_else(|| trouble.hint(CA_SETTING), str::to_owned);
                Problem::new(kind, ProblemCode::Aws(*service, what), message).hint(hint)
            }
            ExchangeError::Passing(refusal) => refused(ProblemKind::Passing, refusal, message),
            ExchangeError::NeedsSignIn(refusal) => refused(ProblemKind::NeedsSignIn, refusal, message),
            ExchangeError::Refused(refusal) => refused(ProblemKind::Refused, refusal, message),
            ExchangeError::NotTheService { service, .. } => {
                let (code, own) = (ProblemCode::Aws(*service, AwsProblem::NotTheService), service.variable());
                Problem::new(ProblemKind::Invalid, code, message)
                    .hint(format!("check {own} and AWS_ENDPOINT_URL, and whether a proxy answers instead"))
            }
            ExchangeError::Incomplete { service, .. } => {
                Problem::new(ProblemKind::Failed, ProblemCode::Aws(*service, AwsProblem::IncompleteAnswer), message)
                    .hint(format!("check {} and AWS_ENDPOINT_URL", service.variable()))
            }
            ExchangeError::Request { service, .. } => {
                Problem::new(ProblemKind::Invalid, ProblemCode::Aws(*service, AwsProblem::Request), message)
                    .hint(format!("check the region and {}", service.variable()))
            }
        }
    }
}

impl From<TermError> for Problem {
    fn from(error: TermError) -> Self {
        Self::from(&error)
    }
}

impl From<&TermError> for Problem {
    fn from(error: &TermError) -> Self {
        let message = error.to_string();
        match error {
            TermError::NotPossible { term, .. } => {
                Problem::new(ProblemKind::Invalid, ProblemCode::TermNotPossible, message)
                    .hint(format!("leave {} out. Nothing was sent to AWS", term.name()))
            }
            TermError::Target { .. } => Problem::new(ProblemKind::Invalid, ProblemCode::TargetNotPossible, message)
                .hint("choose an identity that can reach it, or another ARN"),
            TermError::NotOnlyReading { .. } => {
                Problem::new(ProblemKind::Invalid, ProblemCode::TermNotPossible, message)
                    .hint("start it without read-only, or remove its policies")
            }
            TermError::Limit(limit) => Problem::new(ProblemKind::Invalid, limit.term.code(), message)
                .hint("correct it. Nothing was sent to AWS"),
        }
    }
}

fn refused(kind: ProblemKind, refusal: &Refusal, message: String) -> Problem {
    let code = ProblemCode::Aws(refusal.service, aws_problem(refusal));
    let problem = Problem { service_code: Some(refusal.code.clone()), ..Problem::new(kind, code, message) }
        .request_id(refusal.request_id.clone());
    match next_step(refusal) {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}

fn aws_problem(refusal: &Refusal) -> AwsProblem {
    match refusal.short_code() {
        "AccessDenied" if refusal.is_wrong_mfa_code() => AwsProblem::MfaCodeWrong,
        "AccessDenied" if refusal.is_about_mfa() => AwsProblem::MfaRefused,
        // Nothing says that the key is wrong.
        _ if refusal.region_without_account().is_some() => AwsProblem::OptInRequired,
        code => AwsProblem::of_service_code(code).unwrap_or(match code.starts_with("HTTP") {
            // An answer without a code: all that is known is its status.
            true => AwsProblem::OutOfOrder,
            false => AwsProblem::Refused,
        }),
    }
}

#[cfg(test)]
mod tests;
