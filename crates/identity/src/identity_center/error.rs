//! Everything that can go wrong between a person and IAM Identity Center's credentials, and what to do about it.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde::Deserialize;
use thiserror::Error;

use crate::error::IdentityError;
use crate::loopback::NoPort;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::BadSetting;
use daypass_http::{CA_SETTING, Trouble, is_passing_status};

/// Why a token, or credentials for it, aren't available.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum CenterError {
    /// A field of the settings cannot be used.
    #[error(transparent)]
    Setting(#[from] BadSetting),
    /// The loopback port for the answer cannot be opened.
    #[error(transparent)]
    NoPort(#[from] NoPort),
    /// The service does not answer.
    #[error("IAM Identity Center at {endpoint} didn't answer: {trouble}")]
    Unreachable { endpoint: String, trouble: Trouble },
    /// The service can't answer now: throttling or a 5xx status.
    #[error("{0}")]
    Busy(Refusal),
    /// The service refuses; its code says why.
    #[error("{0}")]
    Refused(Refusal),
    /// The token is refused and can't be replaced, or the refresh token is spent.
    #[error("{0}")]
    Over(Refusal),
    /// The person is not assigned to the permission set in that account.
    #[error("{0}")]
    NoAccess(Refusal),
    /// The answer is not from the service, for example a proxy's page.
    #[error("the server at {endpoint} isn't IAM Identity Center (HTTP status {status})")]
    NotIdentityCenter { endpoint: String, status: u16 },
    /// The service's response is incomplete.
    #[error("the response to {operation} at {endpoint} doesn't contain {what}")]
    Incomplete { operation: &'static str, endpoint: String, what: &'static str },
    /// The address where the code is confirmed could run something on this machine, or be changed on the way.
    #[error("the response to {operation} at {endpoint} names an address that can't be trusted: {why}")]
    UnsafeAddress { operation: &'static str, endpoint: String, why: String },
    /// The request could not be built.
    #[error("the request {operation} to {endpoint} can't be made: {why}")]
    Request { operation: &'static str, endpoint: String, why: String },
    /// The person, or AWS on their behalf, refused in the browser.
    #[error("the sign-in at {portal} was refused{}", in_words(description))]
    ConsentRefused { portal: String, description: Option<String> },
    /// The portal ended the sign-in with an error of its own.
    #[error("the sign-in at {portal} failed: {error}{}", in_words(description))]
    SignInFailed { portal: String, error: String, description: Option<String> },
    /// The person refused the code.
    #[error("the request with the code {code} was denied at {portal}")]
    DeviceDenied { portal: String, code: String },
    /// The code was not confirmed in time.
    #[error("the code {code} wasn't confirmed at {portal} in time")]
    DeviceExpired { portal: String, code: String },
    /// Any other obstacle, such as the vault or a turn.
    #[error("{0}")]
    Other(Problem),
}

/// What a service refused, and how.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("IAM Identity Center refused {operation}{}: {code}{}", on(subject), in_words(&Some(message.clone())))]
pub(super) struct Refusal {
    pub(super) operation: &'static str,
    /// What it was about: a role in an account.
    pub(super) subject: Option<String>,
    /// The service's error code without `Exception`.
    pub(super) code: String,
    /// The service's message, cut to 500 characters.
    pub(super) message: String,
    pub(super) request_id: Option<String>,
}

fn on(subject: &Option<String>) -> String {
    subject.as_ref().map(|subject| format!(" for {subject}")).unwrap_or_default()
}

fn in_words(text: &Option<String>) -> String {
    text.as_ref().filter(|text| !text.is_empty()).map(|text| format!(": {text}")).unwrap_or_default()
}

/// Which request went where.
#[derive(Debug, Clone, Copy)]
pub(super) struct CenterCall<'a> {
    pub(super) operation: &'static str,
    pub(super) endpoint: &'a str,
}

impl CenterError {
    /// Translates the SDK's error.
    pub(super) fn of<E>(asked: CenterCall<'_>, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let CenterCall { operation, endpoint } = asked;
        let endpoint = endpoint.to_owned();
        match error {
            SdkError::ServiceError(refusal) => {
                let (answer, meta) = (refusal.raw(), refusal.err().meta());
                let body = answer.body().bytes().map(Words::read).unwrap_or_default();
                Self::answered(asked, answer.status().as_u16(), meta.code(), body, answer)
            }
            SdkError::ResponseError(answer) => {
                let answer = answer.raw();
                Self::answered(asked, answer.status().as_u16(), None, Words::default(), answer)
            }
            SdkError::TimeoutError(_) => Self::Unreachable { endpoint, trouble: Trouble::TimedOut },
            SdkError::DispatchFailure(failure) => {
                Self::Unreachable { endpoint, trouble: daypass_sts::trouble_of(failure) }
            }
            other => {
                let why: String = DisplayErrorContext(other).to_string().chars().take(500).collect();
                Self::Request { operation, endpoint, why }
            }
        }
    }

    fn answered(asked: CenterCall<'_>, status: u16, code: Option<&str>, words: Words, answer: &HttpResponse) -> Self {
        let by_status = || is_passing_status(status).then(|| format!("HTTP{status}"));
        let Some(code) = code.map(str::to_owned).or_else(by_status) else {
            return Self::NotIdentityCenter { endpoint: asked.endpoint.to_owned(), status };
        };
        let message = words.error_description.or(words.message).unwrap_or_default();
        let refusal = Refusal {
            operation: asked.operation,
            subject: None,
            code: code.strip_suffix("Exception").unwrap_or(&code).chars().take(100).collect(),
            message: message.chars().filter(|c| !c.is_control()).take(500).collect(),
            request_id: answer.headers().get("x-amzn-requestid").map(str::to_owned),
        };
        let is_busy = is_passing_status(status) || refusal.is_throttling() || refusal.code == "InternalServer";
        // A poll that comes too early gets a code of its own. That doesn't mean that the service has a problem.
        if is_busy && refusal.code != "SlowDown" { Self::Busy(refusal) } else { Self::Refused(refusal) }
    }

    /// What a refusal is about.
    pub(super) fn reason(&self) -> Option<Reason> {
        match self {
            Self::Refused(refusal) | Self::Busy(refusal) => Some(refusal.reason()),
            _ => None,
        }
    }

    /// Whether the same request may succeed later by itself.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { trouble, .. } => trouble.is_passing(),
            Self::Busy(_) => true,
            Self::Other(problem) => problem.is_passing(),
            _ => false,
        }
    }

    /// Whether it says nothing about other accounts: the portal answered, and it is this answer that is wrong.
    pub(super) fn is_about_one_account(&self) -> bool {
        match self {
            Self::Busy(refusal) => !refusal.is_throttling(),
            Self::Refused(_) | Self::NoAccess(_) | Self::NotIdentityCenter { .. } | Self::Incomplete { .. } => true,
            _ => false,
        }
    }

    /// The same, about this role in this account.
    pub(super) fn about(self, subject: &str) -> Self {
        let about = |refusal: Refusal| Refusal { subject: Some(subject.to_owned()), ..refusal };
        match self {
            Self::Busy(refusal) => Self::Busy(about(refusal)),
            Self::Refused(refusal) if ["Forbidden", "ResourceNotFound"].contains(&refusal.code.as_str()) => {
                Self::NoAccess(about(refusal))
            }
            Self::Refused(refusal) => Self::Refused(about(refusal)),
            other => other,
        }
    }
}

/// The services' error codes that Daypass acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// The code for the device isn't confirmed yet.
    AuthorizationPending,
    /// Daypass polls too often.
    SlowDown,
    AccessDenied,
    ExpiredToken,
    InvalidGrant,
    InvalidScope,
    /// The registration isn't known.
    InvalidClient,
    UnauthorizedClient,
    UnsupportedGrantType,
    /// The access token is refused.
    Unauthorized,
    Other,
}

impl Refusal {
    pub(super) fn reason(&self) -> Reason {
        match self.code.as_str() {
            "AuthorizationPending" => Reason::AuthorizationPending,
            "SlowDown" => Reason::SlowDown,
            "AccessDenied" => Reason::AccessDenied,
            "ExpiredToken" => Reason::ExpiredToken,
            "InvalidGrant" => Reason::InvalidGrant,
            "InvalidScope" => Reason::InvalidScope,
            "InvalidClient" => Reason::InvalidClient,
            "UnauthorizedClient" => Reason::UnauthorizedClient,
            "UnsupportedGrantType" => Reason::UnsupportedGrantType,
            "Unauthorized" => Reason::Unauthorized,
            _ => Reason::Other,
        }
    }

    pub(super) fn is_throttling(&self) -> bool {
        ["TooManyRequests", "Throttling", "HTTP429"].contains(&self.code.as_str())
    }
}

impl From<Problem> for CenterError {
    fn from(problem: Problem) -> Self {
        Self::Other(problem)
    }
}

/// What the two services write into the body of an error, in OAuth's format or the portal's.
#[derive(Default, Deserialize)]
struct Words {
    error_description: Option<String>,
    message: Option<String>,
}

impl Words {
    fn read(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }
}

impl From<CenterError> for IdentityError {
    fn from(error: CenterError) -> Self {
        Self::Before(error.into())
    }
}

impl From<CenterError> for Problem {
    fn from(error: CenterError) -> Self {
        Self::from(&error)
    }
}

impl From<&CenterError> for Problem {
    fn from(error: &CenterError) -> Self {
        use ProblemKind::{Failed, Invalid, NeedsSignIn, Passing, Refused};
        let problem = |kind, code: ProblemCode| Problem::new(kind, code, error.to_string());
        match error {
            CenterError::Setting(bad) => bad.into(),
            CenterError::NoPort(error) => Self::from(error),
            CenterError::Unreachable { trouble, .. } => {
                let hint = trouble.hint(CA_SETTING);
                match trouble {
                    Trouble::Certificate(_) => {
                        problem(Invalid, ProblemCode::IdentityCenterCertificateUntrusted).hint(hint)
                    }
                    Trouble::Tls(_) | Trouble::TooLong => {
                        problem(Invalid, ProblemCode::IdentityCenterNotThere).hint(hint)
                    }
                    // The region is part of the host name.
                    Trouble::NoSuchHost => problem(Passing, ProblemCode::IdentityCenterUnreachable)
                        .hint(format!("{hint}; and whether the region of this identity is right")),
                    trouble if trouble.is_passing() => {
                        problem(Passing, ProblemCode::IdentityCenterUnreachable).hint(hint)
                    }
                    _ => problem(Invalid, ProblemCode::IdentityCenterUnreachable).hint(hint),
                }
            }
            CenterError::Busy(refusal) => problem(Passing, ProblemCode::IdentityCenterBusy)
                .hint("AWS limits the rate of requests; try again in a minute")
                .request_id(refusal.request_id.clone()),
            CenterError::Over(refusal) => problem(NeedsSignIn, ProblemCode::IdentityCenterSignInOver)
                .hint("sign in again")
                .request_id(refusal.request_id.clone()),
            CenterError::NoAccess(refusal) => problem(Refused, ProblemCode::IdentityCenterNoAccess)
                .hint(
                    "you aren't assigned to this permission set in this account, or no longer: ask your IAM Identity \
                     Center administrator, or refresh the list of roles",
                )
                .request_id(refusal.request_id.clone()),
            CenterError::Refused(refusal) => refused(refusal, error.to_string()),
            CenterError::NotIdentityCenter { .. } => problem(Invalid, ProblemCode::IdentityCenterNotThere).hint(
                "check AWS_ENDPOINT_URL_SSO, AWS_ENDPOINT_URL_SSO_OIDC and AWS_ENDPOINT_URL, and whether a proxy \
                 answers instead",
            ),
            CenterError::Incomplete { .. } => problem(Failed, ProblemCode::IdentityCenterIncompleteAnswer)
                .hint("check AWS_ENDPOINT_URL_SSO and AWS_ENDPOINT_URL_SSO_OIDC"),
            CenterError::UnsafeAddress { .. } => problem(Refused, ProblemCode::IdentityCenterUnsafeAddress)
                .hint("check AWS_ENDPOINT_URL_SSO_OIDC and AWS_ENDPOINT_URL, and whether a proxy answers instead"),
            CenterError::Request { .. } => {
                problem(Invalid, ProblemCode::IdentityCenterRequest).hint("check the region of this identity")
            }
            CenterError::ConsentRefused { .. } => problem(Refused, ProblemCode::IdentityCenterConsentRefused)
                .hint("sign in again and allow the request, or ask your IAM Identity Center administrator"),
            CenterError::SignInFailed { .. } => problem(Refused, ProblemCode::IdentityCenterSignInFailed)
                .hint("sign in again; check start_url and region"),
            CenterError::DeviceDenied { .. } => problem(Refused, ProblemCode::IdentityCenterDeviceDenied).hint(
                "the request was denied in the browser; sign in again, and allow the request that shows your code",
            ),
            CenterError::DeviceExpired { .. } => {
                problem(ProblemKind::Cancelled, ProblemCode::IdentityCenterDeviceExpired)
                    .hint("sign in again, and confirm the code in time")
            }
            CenterError::Other(problem) => problem.clone(),
        }
    }
}

fn refused(refusal: &Refusal, message: String) -> Problem {
    use ProblemKind::{Invalid, NeedsSignIn, Refused};
    let is_about_settings = ["RegisterClient", "StartDeviceAuthorization"].contains(&refusal.operation);
    let (kind, code, hint) = match refusal.code.as_str() {
        "InvalidRequest" | "InvalidRequestRegion" | "InvalidRedirectUri" if is_about_settings => (
            Invalid,
            ProblemCode::IdentityCenterSettingsRefused,
            "compare start_url and region with the settings of IAM Identity Center: both must match its home region",
        ),
        "InvalidScope" => {
            (Invalid, ProblemCode::IdentityCenterScopeRefused, "check scopes: AWS knows sso:account:access")
        }
        "InvalidClient" | "UnauthorizedClient" | "InvalidGrant" | "ExpiredToken" => {
            (NeedsSignIn, ProblemCode::IdentityCenterGrantRefused, "sign in again")
        }
        "Unauthorized" => (NeedsSignIn, ProblemCode::IdentityCenterTokenRefused, "sign in again"),
        "AccessDenied" => (
            Refused,
            ProblemCode::IdentityCenterAccessDenied,
            "ask your IAM Identity Center administrator whether you are assigned to it",
        ),
        _ => (Refused, ProblemCode::IdentityCenterRefused, "look up the code in IAM Identity Center's API reference"),
    };
    Problem::new(kind, code, message).hint(hint).request_id(refusal.request_id.clone())
}
