//! A service's refusal, in its own words.

use daypass_core::service::Service;
use thiserror::Error;

/// What a service refused, and its words.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{} refused {operation}{}: {code}{}", service.name(), on(subject), in_words(message))]
pub struct Refusal {
    /// The service.
    pub service: Service,
    /// The operation.
    pub operation: &'static str,
    /// What it was about, for instance the ARN of the role.
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

/// What only the message says, because other refusals have the same code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// The duration is longer than the role's maximum.
    LongerThanTheRoleAllows,
    /// Cognito: the token is for another audience.
    WrongAudience,
    /// Cognito: the identity pool doesn't know the provider.
    UnsupportedProvider,
    /// Cognito: the token itself is refused, for instance because it has expired.
    LoginTokenRefused,
}

impl Refusal {
    /// Without the `Exception` that some services add.
    pub(super) fn short_code(&self) -> &str {
        self.code.strip_suffix("Exception").unwrap_or(&self.code)
    }

    /// Whether the request contained the proof itself, so that an expired one needs a new sign-in.
    pub(super) fn is_proof(&self) -> bool {
        matches!(self.operation, "AssumeRoleWithWebIdentity" | "AssumeRoleWithSAML")
    }

    pub(super) fn is_about_mfa(&self) -> bool {
        self.message.contains("MultiFactorAuthentication failed")
    }

    pub(super) fn is_wrong_mfa_code(&self) -> bool {
        self.message.contains("invalid MFA one time pass code")
    }

    /// What the message says, where that is more than the code.
    #[must_use]
    pub fn says(&self) -> Option<Says> {
        let says = |words: &str| self.message.contains(words);
        match self.short_code() {
            _ if says("MaxSessionDuration") => Some(Says::LongerThanTheRoleAllows),
            "NotAuthorized" if says("audience") => Some(Says::WrongAudience),
            "NotAuthorized" if says("supported provider") => Some(Says::UnsupportedProvider),
            "NotAuthorized" if says("login token") => Some(Says::LoginTokenRefused),
            _ => None,
        }
    }
}
