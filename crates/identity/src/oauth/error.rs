//! Everything that can go wrong on the way to an access token, and what to do about it.

use thiserror::Error;
use url::Url;

use crate::loopback::NoPort;
use crate::token_endpoint::{NoTokens, NotRefreshed, RefusalCode};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::BadSetting;
use daypass_http::{HttpError, Trouble, Unanswered, bare};

/// Why an access token isn't available.
#[derive(Debug, Error)]
pub enum OauthError {
    /// A field of the settings cannot be used.
    #[error(transparent)]
    Setting(#[from] BadSetting),
    /// The file of `ca_file`, or TLS itself.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The loopback port for the answer cannot be opened.
    #[error(transparent)]
    NoPort(NoPort),
    /// The provider does not answer.
    #[error("the provider at {} didn't answer: {}", .0.url, .0.trouble)]
    Unreachable(Unanswered),
    /// The provider can't answer now: 429 or 5xx.
    #[error("the provider at {url} is unavailable: HTTP status {status}")]
    OutOfOrder {
        /// The address that was asked.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// The answer is from another provider than the one that was asked.
    #[error("the response to the sign-in at {provider} is from another provider: {found}")]
    AnswerFromOther {
        /// `provider_id`.
        provider: String,
        /// The issuer in the answer.
        found: String,
    },
    /// The person refused, or the provider did on their behalf.
    #[error("the sign-in was refused at {provider}{}", in_words(description))]
    ConsentRefused {
        /// `provider_id`.
        provider: String,
        /// The provider's explanation.
        description: Option<String>,
    },
    /// The provider ended the sign-in with an error (RFC 6749, 4.1.2.1).
    #[error("{provider} ended the sign-in with {error}{}", in_words(description))]
    SignInFailed {
        /// `provider_id`.
        provider: String,
        /// The `error` of the answer.
        error: String,
        /// The provider's explanation.
        description: Option<String>,
    },
    /// The provider doesn't accept the code or the refresh token, or stopped accepting it.
    #[error("{provider} doesn't accept the sign-in any more{why}")]
    Spent {
        /// `provider_id`.
        provider: String,
        /// The provider's explanation and the HTTP status, after a colon or a blank.
        why: String,
    },
    /// The provider refuses a refresh for another reason than a spent token.
    #[error("{provider} doesn't renew the sign-in: {why}")]
    RefreshRefused {
        /// `provider_id`.
        provider: String,
        /// Its `error` and description, or the HTTP status.
        why: String,
    },
    /// The token endpoint refuses this client or this request (RFC 6749, 5.2).
    #[error("{provider} refuses to issue a token: {error}{why}")]
    TokenRefused {
        /// `provider_id`.
        provider: String,
        /// The `error` of the answer.
        error: String,
        /// The provider's explanation and the HTTP status, after a colon or a blank.
        why: String,
    },
    /// An answer is not what was asked for. Never quotes it, because it may contain a token.
    #[error("{url} returned a response that Daypass can't read: {why}")]
    Unreadable {
        /// The address that was asked.
        url: String,
        /// What is wrong.
        why: String,
    },
}

impl OauthError {
    /// Why the token endpoint sent no tokens.
    pub(super) fn without_tokens(provider_id: &str, endpoint: &Url, error: NoTokens) -> Self {
        let provider = provider_id.to_owned();
        match error {
            NoTokens::Unanswered(unanswered) => Self::Unreachable(unanswered),
            NoTokens::OutOfOrder { url, status } => Self::OutOfOrder { url, status },
            NoTokens::Unreadable { why, .. } => Self::Unreadable { url: bare(endpoint), why },
            NoTokens::Refused(no) => match no.code {
                RefusalCode::InvalidGrant | RefusalCode::PersonNeeded => Self::Spent { provider, why: no.reason() },
                _ => Self::TokenRefused { provider, why: no.reason(), error: no.error },
            },
        }
    }

    /// What a refresh that failed means.
    pub(super) fn not_refreshed(provider_id: &str, endpoint: &Url, error: NotRefreshed) -> Self {
        let provider = provider_id.to_owned();
        match error {
            NotRefreshed::Spent(no) => Self::Spent { provider, why: no.reason() },
            NotRefreshed::Refused(why) => Self::RefreshRefused { provider, why },
            NotRefreshed::Passing { status } => Self::OutOfOrder { url: bare(endpoint), status },
            NotRefreshed::Other(error) => Self::without_tokens(provider_id, endpoint, error),
        }
    }
}

impl From<OauthError> for Problem {
    fn from(error: OauthError) -> Self {
        Self::from(&error)
    }
}

impl From<&OauthError> for Problem {
    fn from(error: &OauthError) -> Self {
        let problem = |kind, code: ProblemCode, hint: &str| Problem::new(kind, code, error.to_string()).hint(hint);
        match error {
            OauthError::Http(error) => error.into(),
            OauthError::NoPort(error) => error.into(),
            OauthError::Setting(bad) => bad.into(),
            OauthError::Unreachable(Unanswered { trouble, .. }) => {
                let (kind, code) = match trouble {
                    Trouble::Certificate(_) => (ProblemKind::Invalid, ProblemCode::OauthCertificateUntrusted),
                    trouble if trouble.is_passing() => (ProblemKind::Passing, ProblemCode::OauthUnreachable),
                    _ => (ProblemKind::Invalid, ProblemCode::OauthUnreachable),
                };
                problem(kind, code, &trouble.hint("ca_file of this identity"))
            }
            OauthError::OutOfOrder { .. } => {
                problem(ProblemKind::Passing, ProblemCode::OauthOutOfOrder, "try again in a moment")
            }
            OauthError::AnswerFromOther { .. } => problem(
                ProblemKind::Refused,
                ProblemCode::OauthAnswerFromOther,
                "sign in again; if it happens again, ask the administrator of the provider",
            ),
            OauthError::ConsentRefused { .. } => {
                problem(ProblemKind::Refused, ProblemCode::OauthConsentRefused, "sign in again and allow the request")
            }
            OauthError::SignInFailed { .. } => problem(
                ProblemKind::Failed,
                ProblemCode::OauthSignInFailed,
                "check scopes, and that the redirect address is registered for the client: http://127.0.0.1:PORT/callback, or \
                 with what redirect_host and redirect_path say",
            ),
            OauthError::Spent { .. } | OauthError::RefreshRefused { .. } => {
                problem(ProblemKind::NeedsSignIn, ProblemCode::OauthSignInSpent, "sign in again")
            }
            OauthError::TokenRefused { .. } => problem(
                ProblemKind::Invalid,
                ProblemCode::OauthTokenRefused,
                "check client_id; if the client is registered with a secret, enter it in the field client_secret",
            ),
            OauthError::Unreadable { .. } => problem(
                ProblemKind::Failed,
                ProblemCode::OauthUnreadableAnswer,
                "check the endpoints of the identity, and whether a proxy answers instead",
            ),
        }
    }
}

fn in_words(description: &Option<String>) -> String {
    description.as_ref().map(|d| format!(": {d}")).unwrap_or_default()
}
