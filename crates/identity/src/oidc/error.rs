//! Everything that can go wrong on the way to an OpenID Connect proof, and what to do about it.

use thiserror::Error;

use super::signature::STS_TAKES;
use crate::loopback::NoPort;
use crate::token_endpoint::{NoTokens, NotRefreshed, RefusalCode};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::BadSetting;
use daypass_http::{HttpError, Trouble, Unanswered};

/// Why a proof isn't available.
#[derive(Debug, Error)]
pub enum OidcError {
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
    #[error("the identity provider at {} didn't answer: {}", .0.url, .0.trouble)]
    Unreachable(Unanswered),
    /// The provider can't answer now: 429 or 5xx.
    #[error("the identity provider at {url} is unavailable: HTTP status {status}")]
    OutOfOrder {
        /// The address that was asked.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// The issuer URL doesn't have an OpenID provider.
    #[error("{url} isn't the configuration of an OpenID provider: {why}")]
    NotAProvider {
        /// The address that was asked.
        url: String,
        /// What was there instead.
        why: String,
    },
    /// The provider calls itself by another name.
    #[error("the provider at {configured} says that its issuer is {announced}")]
    IssuerMismatch {
        /// The issuer of the settings.
        configured: String,
        /// The issuer of the discovery document.
        announced: String,
    },
    /// The provider lists the PKCE methods that it supports, and S256 is not among them.
    #[error("the provider {issuer} doesn't support PKCE with S256 (it offers: {offered})")]
    NoPkce {
        /// The provider.
        issuer: String,
        /// What it offers.
        offered: String,
    },
    /// The person refused, or the provider did on their behalf.
    #[error("the sign-in was refused at {issuer}{}", in_words(description))]
    ConsentRefused {
        /// The provider.
        issuer: String,
        /// The provider's explanation.
        description: Option<String>,
    },
    /// The provider ended the sign-in with an error.
    #[error("{issuer} ended the sign-in with {error}{}", in_words(description))]
    SignInFailed {
        /// The provider.
        issuer: String,
        /// The `error` of the answer (OpenID Connect Core 3.1.2.6).
        error: String,
        /// The provider's explanation.
        description: Option<String>,
    },
    /// The answer to the sign-in came in another provider's name (RFC 9207).
    #[error("the response to the sign-in at {expected} came in the name of {found}")]
    AnswerFromOther {
        /// The provider that was asked.
        expected: String,
        /// The `iss` of the answer, or `no issuer`.
        found: String,
    },
    /// The provider doesn't accept the refresh token (or the code) any more.
    #[error("{issuer} doesn't accept the sign-in any more{why}")]
    Spent {
        /// The provider.
        issuer: String,
        /// The provider's explanation and the HTTP status, after a colon or a blank.
        why: String,
    },
    /// The provider refuses a refresh for another reason than a spent token.
    #[error("{issuer} doesn't renew the sign-in: {why}")]
    RefreshRefused {
        /// The provider.
        issuer: String,
        /// Its `error` and description, or the HTTP status.
        why: String,
    },
    /// The token endpoint refuses this client or this request.
    #[error("{issuer} refuses to issue a token: {error}{why}")]
    TokenRefused {
        /// The provider.
        issuer: String,
        /// The `error` of the answer (RFC 6749, 5.2).
        error: String,
        /// The provider's explanation and the HTTP status, after a colon or a blank.
        why: String,
    },
    /// The token endpoint's answer is not what the specification asks for.
    #[error("the token endpoint of {issuer} returned a response that Daypass can't read: {why}")]
    UnreadableAnswer {
        /// The provider.
        issuer: String,
        /// What is wrong; never the answer itself.
        why: String,
    },
    /// The answer to a sign-in doesn't contain an ID token.
    #[error("{issuer} completed the sign-in but sent no ID token")]
    NoIdToken {
        /// The provider.
        issuer: String,
    },
    /// The answer to a refresh doesn't contain an ID token.
    #[error("{issuer} doesn't renew the ID token without a sign-in")]
    NoIdTokenOnRefresh {
        /// The provider.
        issuer: String,
    },
    /// The ID token can't be trusted.
    #[error("the ID token from {issuer} isn't valid: {why}")]
    InvalidToken {
        /// The provider.
        issuer: String,
        /// Which check failed.
        why: String,
    },
    /// The ID token is signed in a way that AWS STS refuses.
    #[error("the ID token from {issuer} is signed with {algorithm}, which AWS STS refuses. It accepts {STS_TAKES}")]
    NotForSts {
        /// The provider.
        issuer: String,
        /// `alg` of the token's header.
        algorithm: String,
    },
    /// The ID token is signed with a key that the provider doesn't list yet.
    #[error("the ID token from {issuer} can't be verified yet: the provider doesn't list the key that signed it")]
    KeyNotListed {
        /// The provider.
        issuer: String,
    },
    /// The ID token is not valid at this time.
    #[error("the ID token from {issuer} isn't valid at this time: {why}")]
    WrongTime {
        /// The provider.
        issuer: String,
        /// Which time, and what this machine's clock says.
        why: String,
    },
    /// The ID token was made for another sign-in.
    #[error("the ID token from {issuer} belongs to another sign-in (wrong nonce)")]
    WrongNonce {
        /// The provider.
        issuer: String,
    },
    /// A refresh returned another person's token.
    #[error("{issuer} renewed another person's sign-in")]
    AnotherPerson {
        /// The provider.
        issuer: String,
    },
}

fn in_words(description: &Option<String>) -> String {
    description.as_ref().map(|d| format!(": {d}")).unwrap_or_default()
}

impl OidcError {
    /// Why the token endpoint sent no tokens.
    pub(super) fn without_tokens(issuer: &str, error: NoTokens) -> Self {
        let issuer = issuer.to_owned();
        match error {
            NoTokens::Unanswered(unanswered) => Self::Unreachable(unanswered),
            NoTokens::OutOfOrder { url, status } => Self::OutOfOrder { url, status },
            NoTokens::Unreadable { why, .. } => Self::UnreadableAnswer { issuer, why },
            NoTokens::Refused(no) => match no.code {
                RefusalCode::InvalidGrant | RefusalCode::PersonNeeded => Self::Spent { issuer, why: no.reason() },
                _ => Self::TokenRefused { issuer, why: no.reason(), error: no.error },
            },
        }
    }

    /// What a refresh that failed means.
    pub(super) fn not_refreshed(issuer: &str, error: NotRefreshed) -> Self {
        match error {
            NotRefreshed::Spent(no) => Self::Spent { issuer: issuer.to_owned(), why: no.reason() },
            NotRefreshed::Refused(why) => Self::RefreshRefused { issuer: issuer.to_owned(), why },
            NotRefreshed::Passing { status } => Self::OutOfOrder { url: issuer.to_owned(), status },
            NotRefreshed::Other(error) => Self::without_tokens(issuer, error),
        }
    }
}

impl From<OidcError> for Problem {
    fn from(error: OidcError) -> Self {
        Self::from(&error)
    }
}

impl From<&OidcError> for Problem {
    fn from(error: &OidcError) -> Self {
        let (kind, code, hint) = match verdict(error) {
            Ok(verdict) => verdict,
            Err(problem) => return problem,
        };
        let problem = Problem::new(kind, code, error.to_string());
        match hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    }
}

/// Kind, code and hint. An error if it carries a problem of its own.
fn verdict(error: &OidcError) -> Result<(ProblemKind, ProblemCode, Option<String>), Problem> {
    use ProblemKind::{Failed, Invalid, NeedsSignIn, Passing, Refused};
    let say = |text: &str| Some(text.to_owned());
    Ok(match error {
        OidcError::Setting(bad) => return Err(bad.into()),
        OidcError::Http(error) => return Err(error.into()),
        OidcError::NoPort(error) => return Err(error.into()),
        OidcError::Unreachable(Unanswered { trouble, .. }) => {
            let hint = Some(trouble.hint("ca_file of this identity"));
            match trouble {
                Trouble::Certificate(_) => (Invalid, ProblemCode::OidcCertificateUntrusted, hint),
                Trouble::Tls(_) => (Invalid, ProblemCode::OidcNoTls, hint),
                Trouble::TooLong => (Invalid, ProblemCode::OidcNotAProvider, hint),
                trouble if trouble.is_passing() => (Passing, ProblemCode::OidcUnreachable, hint),
                _ => (Invalid, ProblemCode::OidcUnreachable, hint),
            }
        }
        OidcError::OutOfOrder { .. } => (Passing, ProblemCode::OidcOutOfOrder, say("try again in a moment")),
        OidcError::NotAProvider { .. } => (
            Invalid,
            ProblemCode::OidcNotAProvider,
            say("check the issuer URL: it's the address below which /.well-known/openid-configuration is found"),
        ),
        OidcError::IssuerMismatch { announced, .. } => (
            Invalid,
            ProblemCode::OidcIssuerMismatch,
            Some(if announced.contains('{') {
                "use the issuer URL of your own tenant instead of the shared one".to_owned()
            } else {
                format!("if that is the provider you mean, set issuer to {announced}")
            }),
        ),
        OidcError::NoPkce { .. } => (
            Invalid,
            ProblemCode::OidcNoPkce,
            say("ask for PKCE with S256 to be enabled for this client at the provider"),
        ),
        OidcError::ConsentRefused { .. } => (
            Refused,
            ProblemCode::OidcConsentRefused,
            say(
                "sign in again and allow the request; if you did, ask the provider's administrator to give you access to this client",
            ),
        ),
        OidcError::SignInFailed { error, .. } => sign_in_verdict(error),
        OidcError::AnswerFromOther { .. } => (
            Refused,
            ProblemCode::OidcAnswerFromOther,
            say("sign in again; if it happens again, tell your security team"),
        ),
        OidcError::Spent { .. } | OidcError::RefreshRefused { .. } => {
            (NeedsSignIn, ProblemCode::OidcSignInSpent, say("sign in again"))
        }
        OidcError::TokenRefused { error, .. } => (Invalid, ProblemCode::OidcTokenRefused, say(token_hint(error))),
        OidcError::UnreadableAnswer { .. } => (
            Failed,
            ProblemCode::OidcUnreadableAnswer,
            say("if there is a proxy in between, check that it lets the provider's answers through"),
        ),
        OidcError::NoIdToken { .. } => (
            Invalid,
            ProblemCode::OidcNoIdToken,
            say("check that the client is an OpenID Connect client with scope openid"),
        ),
        OidcError::NoIdTokenOnRefresh { .. } => {
            (NeedsSignIn, ProblemCode::OidcNoIdTokenOnRefresh, say("sign in again"))
        }
        OidcError::InvalidToken { .. } => (
            Refused,
            ProblemCode::OidcTokenInvalid,
            say("it wasn't used. Check client_id and issuer; if they are right, tell the provider's administrator"),
        ),
        OidcError::NotForSts { .. } => (
            Invalid,
            ProblemCode::OidcTokenInvalid,
            say("set the algorithm for ID tokens of this client to RS256 at the provider"),
        ),
        OidcError::KeyNotListed { .. } => (
            Passing,
            ProblemCode::OidcKeyNotListed,
            say("try again in a moment. If it lasts, tell the provider's administrator"),
        ),
        OidcError::WrongTime { .. } => {
            (Failed, ProblemCode::OidcTokenWrongTime, say("check this machine's clock and time zone, then try again"))
        }
        OidcError::WrongNonce { .. } => (
            Refused,
            ProblemCode::OidcWrongNonce,
            say("it wasn't used. Sign in again; if it happens again, tell your security team"),
        ),
        OidcError::AnotherPerson { .. } => (NeedsSignIn, ProblemCode::OidcAnotherPerson, say("sign in again")),
    })
}

fn sign_in_verdict(error: &str) -> (ProblemKind, ProblemCode, Option<String>) {
    let (kind, hint) = match error {
        "temporarily_unavailable" | "server_error" => (ProblemKind::Passing, "try again in a moment"),
        "invalid_scope" => (ProblemKind::Invalid, "check scopes of this identity against those the client may ask for"),
        "unauthorized_client" | "unsupported_response_type" => {
            (ProblemKind::Invalid, "allow the authorization code flow for this client at the provider")
        }
        "login_required" | "interaction_required" | "account_selection_required" | "consent_required" => {
            (ProblemKind::NeedsSignIn, "sign in again")
        }
        _ => (ProblemKind::Failed, "ask the provider's administrator what this means for this client"),
    };
    (kind, ProblemCode::OidcSignInFailed, Some(hint.to_owned()))
}

fn token_hint(error: &str) -> &'static str {
    match error {
        "invalid_client" | "unauthorized_client" => {
            "check client_id; if the client is registered with a secret, enter it in the field client_secret of the identity"
        }
        "invalid_scope" => "check scopes of this identity against those the client may ask for",
        "unsupported_grant_type" => "allow the grant types authorization_code and refresh_token for this client",
        _ => "ask the provider's administrator what this means for this client",
    }
}
