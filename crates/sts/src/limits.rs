//! The service's own limits, checked before anything is sent: an error here names the parameter and the limit, without
//! a request and without using up an MFA code.
//!
//! Lengths and characters are those of the API reference
//! (<https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html>) and of the service's model in botocore;
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html> for session tags. What this can't
//! know is the size of policies and tags as STS packs them (`PackedPolicyTooLarge`), and a role's own maximum duration.

mod parameter;

use std::collections::HashSet;
use std::ops::RangeInclusive;

use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

pub use parameter::Limited;

use super::ExchangeRequest;
use super::operation::Operation;
use daypass_core::names::{SessionDuration, Target, is_session_name_char};
use daypass_core::terms::{ProvidedContext, Terms};

/// A parameter that the service would refuse.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{parameter} of {operation} {what}: {limit}")]
pub struct LimitError {
    /// What is limited.
    pub term: Limited,
    /// As the API calls it.
    pub parameter: &'static str,
    /// The operation.
    pub operation: &'static str,
    /// What is wrong with it.
    pub what: String,
    /// The limit.
    pub limit: String,
}

impl LimitError {
    /// The limit and how the value exceeds it, for a form: the field itself shows which parameter it is.
    #[must_use]
    pub fn in_a_field(&self) -> String {
        format!("{}. This {}", self.limit, self.what)
    }
}

/// The tasks that a member account's root session may be for, each an AWS managed policy
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html>).
pub const TASK_POLICIES: [&str; 5] = [
    "IAMAuditRootUserCredentials",
    "IAMCreateRootUserPassword",
    "IAMDeleteRootUserCredentials",
    "S3UnlockBucketPolicy",
    "SQSUnlockQueuePolicy",
];

/// Everything in a request's terms that an operation would refuse, at most one mistake per term.
pub(super) fn mistakes(operation: Operation, order: &ExchangeRequest) -> Vec<LimitError> {
    let check = Check { operation: operation.name() };
    let terms = &order.terms;
    let checks = [
        terms.duration.map_or(Ok(()), |asked| check.duration(operation, asked, order.is_chained)),
        terms.policy.as_deref().map_or(Ok(()), |policy| check.policy(policy)),
        check.policy_arns(terms, &order.target),
        check.tags(terms),
        terms.source_identity.as_deref().map_or(Ok(()), |identity| check.source_identity(identity)),
        terms.external_id.as_deref().map_or(Ok(()), |id| check.external_id(id)),
        check.contexts(&terms.provided_contexts),
        check.token_size(terms.minimum_session_token_size),
        check.task_policy(operation, terms.task_policy.as_deref()),
    ];
    checks.into_iter().filter_map(Result::err).collect()
}

/// `RoleSessionName`: 2 to 64 characters of `[\w+=,.@-]`.
pub(super) fn session_name(operation: Operation, name: &str) -> Result<(), LimitError> {
    Check { operation: operation.name() }.text(
        Limited::SessionName,
        "RoleSessionName",
        name,
        2..=64,
        "letters, digits and _ + = , . @ -",
        is_session_name_char,
    )
}

/// `Name` of GetFederationToken: 2 to 32 characters of `[\w+=,.@-]`.
pub(super) fn federated_name(name: &str) -> Result<(), LimitError> {
    Check { operation: Operation::GetFederationToken.name() }.text(
        Limited::FederatedUserName,
        "Name",
        name,
        2..=32,
        "letters, digits and _ + = , . @ -",
        is_session_name_char,
    )
}

/// `SerialNumber` and `TokenCode`: 9 to 256 characters, and six digits.
pub(super) fn mfa(operation: Operation, serial: &str, code: &SecretString) -> Result<(), LimitError> {
    let check = Check { operation: operation.name() };
    let allowed = |c| is_session_name_char(c) || c == ':' || c == '/';
    check.text(
        Limited::MfaSerial,
        "SerialNumber",
        serial,
        9..=256,
        "letters, digits and _ + = / : , . @ -",
        allowed,
    )?;
    let code = code.expose_secret();
    if code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(());
    }
    let what = match code.chars().count() {
        6 => "has characters other than digits in it".to_owned(),
        count => format!("has {count} characters"),
    };
    Err(check.wrong(Limited::MfaCode, "TokenCode", what, "an MFA code has exactly six digits"))
}

/// `SAMLAssertion`: 4 to 100,000 characters in Base64.
pub(super) fn saml_assertion(assertion: &SecretString) -> Result<(), LimitError> {
    Check { operation: Operation::AssumeRoleWithSaml.name() }.length(
        Limited::SamlAssertion,
        "SAMLAssertion",
        assertion.expose_secret(),
        4..=100_000,
    )
}

/// `WebIdentityToken`: 4 to 20,000 characters.
pub(super) fn web_identity_token(token: &SecretString) -> Result<(), LimitError> {
    Check { operation: Operation::AssumeRoleWithWebIdentity.name() }.length(
        Limited::WebIdentityToken,
        "WebIdentityToken",
        token.expose_secret(),
        4..=20_000,
    )
}

/// `EncodedMessage` of DecodeAuthorizationMessage: 1 to 10,240 characters.
pub(super) fn encoded_message(message: &str) -> Result<(), LimitError> {
    Check { operation: "DecodeAuthorizationMessage" }.length(
        Limited::EncodedMessage,
        "EncodedMessage",
        message,
        1..=10_240,
    )
}

/// `AccessKeyId` of GetAccessKeyInfo: 16 to 128 characters of `\w`.
pub(super) fn access_key_id(id: &str) -> Result<(), LimitError> {
    Check { operation: "GetAccessKeyInfo" }.text(
        Limited::AccessKeyId,
        "AccessKeyId",
        id,
        16..=128,
        "letters, digits and _",
        |c| c.is_ascii_alphanumeric() || c == '_',
    )
}

struct Check {
    operation: &'static str,
}

impl Check {
    fn wrong(
        &self,
        term: Limited,
        parameter: &'static str,
        what: impl Into<String>,
        limit: impl Into<String>,
    ) -> LimitError {
        LimitError { term, parameter, operation: self.operation, what: what.into(), limit: limit.into() }
    }

    /// The error only has the number of characters, because the text may be a secret.
    fn length(
        &self,
        term: Limited,
        parameter: &'static str,
        text: &str,
        range: RangeInclusive<usize>,
    ) -> Result<(), LimitError> {
        let count = text.chars().count();
        if range.contains(&count) {
            return Ok(());
        }
        let limit = format!("AWS allows {} to {} characters", range.start(), range.end());
        let characters = if count == 1 { "character" } else { "characters" };
        Err(self.wrong(term, parameter, format!("has {count} {characters}"), limit))
    }

    fn text(
        &self,
        term: Limited,
        parameter: &'static str,
        text: &str,
        range: RangeInclusive<usize>,
        allowed_words: &str,
        allowed: impl Fn(char) -> bool,
    ) -> Result<(), LimitError> {
        self.length(term, parameter, text, range)?;
        match text.chars().find(|c| !allowed(*c)) {
            None => Ok(()),
            Some(c) => {
                Err(self.wrong(term, parameter, format!("has {c:?} in it"), format!("AWS allows {allowed_words}")))
            }
        }
    }

    fn not_reserved(&self, term: Limited, parameter: &'static str, text: &str) -> Result<(), LimitError> {
        // The fourth byte may be in the middle of a character.
        if text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            let what = format!("{text:?} begins with \"aws:\"");
            return Err(self.wrong(term, parameter, what, "AWS reserves that prefix"));
        }
        Ok(())
    }

    fn source_identity(&self, identity: &str) -> Result<(), LimitError> {
        let (term, parameter, words) = (Limited::SourceIdentity, "SourceIdentity", "letters, digits and _ + = , . @ -");
        self.text(term, parameter, identity, 2..=64, words, is_session_name_char)?;
        self.not_reserved(term, parameter, identity)
    }

    fn external_id(&self, id: &str) -> Result<(), LimitError> {
        let allowed = |c| is_session_name_char(c) || c == ':' || c == '/';
        self.text(Limited::ExternalId, "ExternalId", id, 2..=1224, "letters, digits and _ + = , . @ : / -", allowed)
    }

    fn duration(&self, operation: Operation, asked: SessionDuration, is_chained: bool) -> Result<(), LimitError> {
        let range = operation.durations(is_chained);
        if range.contains(&asked.seconds()) {
            return Ok(());
        }
        let (least, most) = (range.start(), range.end());
        let limit = if is_chained && operation == Operation::AssumeRole {
            format!("AWS allows {least} to {most} seconds for a role that another role assumes")
        } else {
            format!("AWS allows {least} to {most} seconds")
        };
        Err(self.wrong(Limited::Duration, "DurationSeconds", format!("is {} ({asked})", asked.seconds()), limit))
    }

    fn policy(&self, policy: &str) -> Result<(), LimitError> {
        let (term, parameter) = (Limited::Policy, "Policy");
        self.length(term, parameter, policy, 1..=2048)?;
        let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}');
        if let Some(c) = policy.chars().find(|c| !allowed(*c)) {
            let limit = "AWS allows tab, line feed, carriage return and U+0020 to U+00FF";
            return Err(self.wrong(term, parameter, format!("has {c:?} in it"), limit));
        }
        match serde_json::from_str::<serde_json::Value>(policy) {
            Ok(serde_json::Value::Object(_)) => Ok(()),
            Ok(_) => Err(self.wrong(term, parameter, "isn't a JSON object", "a policy is one JSON object")),
            Err(error) => {
                Err(self.wrong(term, parameter, format!("isn't JSON ({error})"), "a policy is one JSON object"))
            }
        }
    }

    fn policy_arns(&self, terms: &Terms, target: &Target) -> Result<(), LimitError> {
        let (term, parameter) = (Limited::PolicyArns, "PolicyArns");
        for arn in &terms.policy_arns {
            let (partition, account) = (target.partition(), target.account());
            let is_policy = |owner: &str| {
                let name = arn.strip_prefix(&format!("arn:{partition}:iam::{owner}:policy/"));
                name.is_some_and(|name| !name.is_empty() && !name.contains([':', ' ']))
            };
            if !is_policy("aws") && !is_policy(account.as_str()) {
                let limit = format!(
                    "use a managed policy of AWS or of the same account: arn:{partition}:iam::aws:policy/NAME or \
                     arn:{partition}:iam::{account}:policy/NAME"
                );
                return Err(self.wrong(term, parameter, format!("has {arn:?} in it"), limit));
            }
            self.length(term, parameter, arn, 20..=2048)?;
        }
        match terms.policy_arns.len() {
            0..=10 => Ok(()),
            count => Err(self.wrong(term, parameter, format!("names {count} policies"), "10 are allowed")),
        }
    }

    fn tags(&self, terms: &Terms) -> Result<(), LimitError> {
        let parameter = "Tags";
        if terms.tags.len() > 50 {
            return Err(self.wrong(
                Limited::Tags,
                parameter,
                format!("has {} tags", terms.tags.len()),
                "50 are allowed",
            ));
        }
        let words = "letters, digits, spaces and _ . : / = + - @";
        let allowed = |c: char| c.is_alphanumeric() || (c.is_whitespace() && !c.is_control()) || "_.:/=+-@".contains(c);
        let mut seen = HashSet::new();
        for (key, value) in &terms.tags {
            self.text(Limited::Tags, "Tags.Key", key, 1..=128, words, allowed)?;
            self.not_reserved(Limited::Tags, "Tags.Key", key)?;
            self.text(Limited::Tags, "Tags.Value", value, 0..=256, words, allowed)?;
            if !seen.insert(key.to_lowercase()) {
                let what = format!("has the key {key:?} twice");
                return Err(self.wrong(Limited::Tags, parameter, what, "AWS ignores case in keys"));
            }
        }
        let mut handed_on = HashSet::new();
        for key in &terms.transitive_tag_keys {
            let (term, parameter) = (Limited::TransitiveTagKeys, "TransitiveTagKeys");
            // An inherited tag is always transitive, and must not be named again.
            if !seen.contains(&key.to_lowercase()) {
                return Err(self.wrong(
                    term,
                    parameter,
                    format!("has {key:?} in it"),
                    "each must be the key of one of the tags",
                ));
            }
            if !handed_on.insert(key.to_lowercase()) {
                return Err(self.wrong(term, parameter, format!("has {key:?} twice"), "name each key once"));
            }
        }
        Ok(())
    }

    fn contexts(&self, contexts: &[ProvidedContext]) -> Result<(), LimitError> {
        let (term, parameter) = (Limited::ProvidedContexts, "ProvidedContexts");
        if contexts.len() > 5 {
            return Err(self.wrong(term, parameter, format!("has {} contexts", contexts.len()), "5 are allowed"));
        }
        for context in contexts {
            self.length(term, "ProvidedContexts.ProviderArn", &context.provider_arn, 20..=2048)?;
            self.length(term, "ProvidedContexts.ContextAssertion", &context.assertion, 4..=2048)?;
        }
        Ok(())
    }

    fn token_size(&self, bytes: Option<u16>) -> Result<(), LimitError> {
        let Some(bytes) = bytes.filter(|bytes| *bytes > 4096) else { return Ok(()) };
        let (term, parameter) = (Limited::MinimumSessionTokenSize, "MinimumSessionTokenSize");
        Err(self.wrong(term, parameter, format!("is {bytes}"), "4096 bytes are allowed"))
    }

    fn task_policy(&self, operation: Operation, task: Option<&str>) -> Result<(), LimitError> {
        if operation != Operation::AssumeRoot {
            return Ok(());
        }
        let limit = || format!("task_policy must be one of {}", TASK_POLICIES.join(", "));
        match task {
            Some(task) if TASK_POLICIES.contains(&task) => Ok(()),
            Some(task) => Err(self.wrong(Limited::TaskPolicy, "TaskPolicyArn", format!("is {task:?}"), limit())),
            None => Err(self.wrong(Limited::TaskPolicy, "TaskPolicyArn", "is missing", limit())),
        }
    }
}

#[cfg(test)]
mod tests;
