//! A service's refusal, as it worded it.

use daypass_core::endpoints::Service;
use thiserror::Error;

/// What a service said no to, and how.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{} refused {operation}{}: {code}{}", service.name(), on(subject), in_words(message))]
pub struct Refusal {
    /// The service.
    pub service: Service,
    /// The operation.
    pub operation: &'static str,
    /// What it was about: the ARN of the role, say.
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

impl Refusal {
    /// Without the `Exception` that some services add.
    pub(super) fn short_code(&self) -> &str {
        self.code.strip_suffix("Exception").unwrap_or(&self.code)
    }

    /// Whether the request carried the proof itself, so that a spent one asks for a new sign-in.
    pub(super) fn is_proof(&self) -> bool {
        matches!(self.operation, "AssumeRoleWithWebIdentity" | "AssumeRoleWithSAML")
    }

    pub(super) fn is_about_mfa(&self) -> bool {
        self.message.contains("MultiFactorAuthentication failed")
    }

    pub(super) fn is_wrong_mfa_code(&self) -> bool {
        self.message.contains("invalid MFA one time pass code")
    }
}
