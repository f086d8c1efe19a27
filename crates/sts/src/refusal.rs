//! A service's refusal, in its own words.

use daypass_core::names::Region;
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
    /// The region that was asked, if the answer may depend on it.
    pub region: Option<Region>,
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

/// What is set up wrong in IAM or at the identity provider, so that AWS refuses every proof from there
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_troubleshooting.html> and
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_saml.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SetUpMistake {
    /// IAM has no OIDC provider for the issuer.
    NoOidcProvider,
    /// The OIDC provider in IAM doesn't list the client.
    Audience,
    /// AWS can't fetch the issuer's keys.
    Keys,
    /// The OIDC provider in IAM has a thumbprint of another certificate.
    Thumbprint,
    /// The token lacks a claim.
    Claim,
    /// The token is signed with an algorithm that AWS doesn't accept.
    Algorithm,
    /// It isn't an ID token.
    NotAnIdToken,
    /// IAM doesn't have the SAML provider.
    NoSamlProvider,
    /// The SAML provider in IAM has other metadata than the identity provider.
    SamlMetadata,
    /// The SAML provider in IAM and the identity provider disagree about encryption.
    SamlEncryption,
    /// An attribute or the audience of the assertion isn't as AWS requires it.
    SamlAssertion,
}

/// Words of AWS's messages, in lower case. The first that fit count.
const SET_UP_MISTAKES: [(&str, SetUpMistake); 17] = [
    ("no openidconnect provider found", SetUpMistake::NoOidcProvider),
    ("incorrect token audience", SetUpMistake::Audience),
    ("verification key", SetUpMistake::Keys),
    ("thumbprint", SetUpMistake::Thumbprint),
    ("required claim", SetUpMistake::Claim),
    ("algorithm", SetUpMistake::Algorithm),
    ("not a valid jwt", SetUpMistake::NotAnIdToken),
    ("access token", SetUpMistake::NotAnIdToken),
    ("specified provider doesn't exist", SetUpMistake::NoSamlProvider),
    ("issuer not present in specified provider", SetUpMistake::SamlMetadata),
    ("response signature invalid", SetUpMistake::SamlMetadata),
    ("parse metadata", SetUpMistake::SamlMetadata),
    ("decrypt", SetUpMistake::SamlEncryption),
    ("encrypted", SetUpMistake::SamlEncryption),
    ("required audience", SetUpMistake::SamlAssertion),
    ("rolesessionname", SetUpMistake::SamlAssertion),
    ("in authnresponse", SetUpMistake::SamlAssertion),
];

impl Refusal {
    /// What is set up wrong, if AWS says so. No new proof helps then.
    pub(super) fn set_up_mistake(&self) -> Option<SetUpMistake> {
        let message = self.message.to_lowercase();
        let said = |(words, mistake): &(&str, SetUpMistake)| message.contains(words).then_some(*mistake);
        match self.short_code() {
            "InvalidIdentityToken" => SET_UP_MISTAKES.iter().find_map(said),
            _ => None,
        }
    }

    /// Without the `Exception` that some services add.
    pub(super) fn short_code(&self) -> &str {
        self.code.strip_suffix("Exception").unwrap_or(&self.code)
    }

    /// Whether the request contained the proof itself, so that an expired one needs a new sign-in.
    pub(super) fn is_proof(&self) -> bool {
        matches!(self.operation, "AssumeRoleWithWebIdentity" | "AssumeRoleWithSAML")
    }

    /// Whether the service doesn't know the key that signed the request.
    pub(super) fn is_unknown_key(&self) -> bool {
        matches!(self.short_code(), "InvalidClientTokenId" | "UnrecognizedClient")
    }

    /// The region that was asked, if the key may be unknown only because its account hasn't enabled the region.
    pub(super) fn region_without_account(&self) -> Option<&Region> {
        self.region.as_ref().filter(|region| self.is_unknown_key() && region.is_opt_in())
    }

    /// Whether the server is another region's, and takes only signatures for that one.
    pub(super) fn is_for_another_region(&self) -> bool {
        self.short_code() == "SignatureDoesNotMatch" && self.message.contains("scoped to a valid region")
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
