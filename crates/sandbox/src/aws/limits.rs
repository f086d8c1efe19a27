//! The service's own limits on parameters, and its messages about violations.

use super::{fault::Fault, tags::SessionTags};
use crate::{params::Params, world::is_name_byte};

/// The room that session policies and tags share.
const PACKED_BYTES: usize = 2_048;

/// Collects all violations, because AWS reports them together.
#[derive(Default)]
pub(crate) struct Limits(Vec<String>);

impl Limits {
    pub(crate) fn present(&mut self, name: &str, value: Option<&str>) {
        if value.is_none() {
            self.0.push(format!("Value null at '{name}' failed to satisfy constraint: Member must not be null"));
        }
    }

    pub(crate) fn length(&mut self, name: &str, value: Option<&str>, min: usize, max: usize) {
        let Some(value) = value else { return };
        let length = value.chars().count();
        if length < min {
            self.violated(name, value, &format!("Member must have length greater than or equal to {min}"));
        }
        if length > max {
            self.violated(name, value, &format!("Member must have length less than or equal to {max}"));
        }
    }

    /// `[\w+=,.@-]*`, with `:` and `/` for external IDs.
    pub(crate) fn alphabet(&mut self, name: &str, value: Option<&str>, more: &str) {
        let Some(value) = value else { return };
        if !value.bytes().all(|b| is_name_byte(b) || more.as_bytes().contains(&b)) {
            let pattern =
                format!(r"Member must satisfy regular expression pattern: [\w+=,.@{}-]*", more.replace('/', r"\/"));
            self.violated(name, value, &pattern);
        }
    }

    /// `SerialNumber` and `TokenCode`.
    pub(crate) fn mfa(&mut self, params: &Params) {
        self.length("serialNumber", params.get("SerialNumber"), 9, 256);
        self.alphabet("serialNumber", params.get("SerialNumber"), "/:");
        let code = params.get("TokenCode");
        self.length("tokenCode", code, 6, 6);
        if let Some(code) = code
            && !code.bytes().all(|b| b.is_ascii_digit())
        {
            self.violated("tokenCode", code, r"Member must satisfy regular expression pattern: [\d]*");
        }
    }

    /// `PolicyArns.member.N.arn`, at most ten, each the ARN of a policy.
    pub(crate) fn policy_arns(&mut self, params: &Params) {
        for (n, arn) in policy_arns(params).enumerate() {
            if n == 10 {
                self.0.push(
                    "Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal \
                     to 10"
                        .to_owned(),
                );
                return;
            }
            let policy = |arn: &str| arn.starts_with("arn:") && arn.contains(":iam::") && arn.contains(":policy/");
            if !policy(arn) {
                self.violated("policyArns", arn, "Member must be the ARN of a policy");
            }
        }
    }

    /// Reads a number of seconds.
    ///
    /// # Errors
    /// `MalformedInput` if it's not an integer. A number out of range is a violation like the others.
    pub(crate) fn seconds(
        &mut self,
        name: &str,
        value: Option<&str>,
        min: i64,
        max: i64,
    ) -> Result<Option<i64>, Fault> {
        let Some(text) = value else { return Ok(None) };
        let seconds = text
            .parse::<i64>()
            .map_err(|_| Fault::malformed_input(format!("'{text}' at '{name}' can not be converted to an Integer")))?;
        if seconds < min {
            self.violated(name, text, &format!("Member must have value greater than or equal to {min}"));
        }
        if seconds > max {
            self.violated(name, text, &format!("Member must have value less than or equal to {max}"));
        }
        Ok(Some(seconds))
    }

    /// # Errors
    /// `ValidationError` that lists all violations.
    pub(crate) fn check(self) -> Result<(), Fault> {
        match self.0.len() {
            0 => Ok(()),
            1 => Err(Fault::validation(format!("1 validation error detected: {}", self.0[0]))),
            n => Err(Fault::validation(format!("{n} validation errors detected: {}", self.0.join("; ")))),
        }
    }

    fn violated(&mut self, name: &str, value: &str, constraint: &str) {
        // A token is a secret even if it's malformed.
        let value = if ["webIdentityToken", "sAMLAssertion", "tokenCode"].contains(&name) { "***" } else { value };
        self.0.push(format!("Value '{value}' at '{name}' failed to satisfy constraint: {constraint}"));
    }
}

/// Of `partitions.json` in the SDKs.
const PARTITIONS: [&str; 8] =
    ["aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"];

/// `Ok` for `arn:PARTITION:iam::ACCOUNT:role/NAME`.
///
/// # Errors
/// `ValidationError`, in AWS's two wordings.
pub(crate) fn role_arn(arn: &str) -> Result<(), Fault> {
    if !arn.starts_with("arn:") {
        return Err(Fault::validation(format!("{arn} is invalid")));
    }
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, partition, "iam", "", account, resource] = parts[..] else {
        return Err(Fault::validation("Request ARN is invalid"));
    };
    let name = resource.strip_prefix("role/").unwrap_or_default();
    let good = PARTITIONS.contains(&partition)
        && account.len() == 12
        && account.bytes().all(|b| b.is_ascii_digit())
        && !name.is_empty()
        && name.split('/').all(|part| !part.is_empty() && part.bytes().all(is_name_byte));
    if good { Ok(()) } else { Err(Fault::validation("Request ARN is invalid")) }
}

/// Checks that a session policy is a JSON object, and that policies and tags fit into their room together. Returns how
/// much of it they take, in percent (`PackedPolicySize`). The sandbox has nothing that a policy could guard.
///
/// AWS packs policies, the ARNs of managed ones and tags in a way that it doesn't document. The sandbox packs by leaving
/// out a policy's white space.
///
/// # Errors
/// `MalformedPolicyDocument`, `PackedPolicyTooLarge`.
pub(super) fn packed(params: &Params, tags: &SessionTags) -> Result<Option<usize>, Fault> {
    let mut bytes = policy_arns(params).map(str::len).sum::<usize>() + tags.bytes();
    if let Some(policy) = params.get("Policy") {
        bytes += match serde_json::from_str(policy) {
            Ok(policy @ serde_json::Value::Object(_)) => policy.to_string().len(),
            _ => return Err(Fault::malformed_policy("The policy is not in the valid JSON format.")),
        };
    }
    match (bytes * 100).div_ceil(PACKED_BYTES) {
        0 => Ok(None),
        percent @ 1..=100 => Ok(Some(percent)),
        percent => Err(Fault::packed_too_large(percent)),
    }
}

pub(super) fn policy_arns(params: &Params) -> impl Iterator<Item = &str> {
    (1..).map_while(|n| params.get(&format!("PolicyArns.member.{n}.arn")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn violations_are_worded_and_counted_as_aws_does() {
        let mut limits = Limits::default();
        limits.length("roleSessionName", Some("a"), 2, 64);
        assert_eq!(
            limits.check().unwrap_err().message,
            "1 validation error detected: Value 'a' at 'roleSessionName' failed to satisfy constraint: Member \
             must have length greater than or equal to 2"
        );
        let mut limits = Limits::default();
        limits.alphabet("roleSessionName", Some("a b"), "");
        limits.seconds("durationSeconds", Some("60"), 900, 43_200).unwrap();
        let message = limits.check().unwrap_err().message;
        assert!(message.starts_with("2 validation errors detected: Value 'a b' at 'roleSessionName'"));
        assert!(message.ends_with("Member must have value greater than or equal to 900"));
    }

    #[test]
    fn role_arns() {
        for good in [
            "arn:aws:iam::111122223333:role/A",
            "arn:aws-cn:iam::111122223333:role/team/x/A",
            "arn:aws-eusc:iam::111122223333:role/A",
            "arn:aws-iso-b:iam::111122223333:role/A",
        ] {
            assert!(role_arn(good).is_ok(), "{good}");
        }
        for bad in [
            "Admin",
            "arn:aws:iam::1111:role/A",
            "arn:aws:iam::111122223333:user/A",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:sts::111122223333:role/A",
            "arn:aws:iam::111122223333:role/A B",
        ] {
            assert_eq!(role_arn(bad).unwrap_err().code, "ValidationError", "{bad}");
        }
    }

    #[test]
    fn a_malformed_token_is_not_echoed() {
        let mut limits = Limits::default();
        limits.length("webIdentityToken", Some("abc"), 4, 20_000);
        assert!(!limits.check().unwrap_err().message.contains("abc"));
    }
}
