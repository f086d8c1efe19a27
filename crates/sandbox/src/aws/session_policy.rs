//! Session policies: what a session may do at most, whatever its role may.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session>

use serde_json::Value;

use super::limits::policy_arns;
use crate::params::Params;

/// What ReadOnlyAccess allows, as far as the sandbox has actions.
const READS: [&str; 4] = ["Get*", "List*", "Describe*", "Lookup*"];

/// The policies that a session was asked for with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SessionPolicies {
    inline: Option<Value>,
    managed: Vec<String>,
}

impl SessionPolicies {
    pub(super) fn read(params: &Params) -> Self {
        Self {
            inline: params.get("Policy").and_then(|policy| serde_json::from_str(policy).ok()),
            managed: policy_arns(params).map(str::to_owned).collect(),
        }
    }

    /// Whether a session may do `service:Action`. Without a policy, its role alone decides. With several, one that allows it
    /// is enough, and one that denies it too.
    pub(super) fn allow(&self, action: &str) -> bool {
        if self.inline.is_none() && self.managed.is_empty() {
            return true;
        }
        let statements = self.inline.iter().flat_map(|policy| list(&policy["Statement"]));
        let matching: Vec<&str> =
            statements.filter(|it| names(it, action)).filter_map(|it| it["Effect"].as_str()).collect();
        let is_managed = self.managed.iter().any(|arn| allows(arn, action));
        !matching.contains(&"Deny") && (is_managed || matching.contains(&"Allow"))
    }
}

fn allows(arn: &str, action: &str) -> bool {
    let (_, operation) = action.split_once(':').unwrap_or_default();
    match arn.rsplit('/').next() {
        Some("AdministratorAccess") => true,
        Some("ReadOnlyAccess") => READS.iter().any(|pattern| matches(pattern, operation)),
        _ => false,
    }
}

fn names(statement: &Value, action: &str) -> bool {
    list(&statement["Action"]).filter_map(Value::as_str).any(|pattern| matches(pattern, action))
}

/// A policy may have one value in place of a list.
fn list(value: &Value) -> impl Iterator<Item = &Value> {
    let several = value.as_array().map(Vec::as_slice);
    several.unwrap_or(std::slice::from_ref(value)).iter()
}

/// Actions are matched in any case, with `*` at the end or alone.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    match pattern.strip_suffix('*') {
        Some(start) => text.starts_with(start),
        None => pattern == text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policies(query: &str) -> SessionPolicies {
        SessionPolicies::read(&Params::read(Some(query), b""))
    }

    #[test]
    fn a_session_does_what_its_policies_allow() {
        let read_only = "PolicyArns.member.1.arn=arn:aws:iam::aws:policy/ReadOnlyAccess";
        assert!(policies("").allow("iam:CreateAccountAlias"));
        assert!(policies(read_only).allow("iam:ListAccountAliases"));
        assert!(!policies(read_only).allow("iam:CreateAccountAlias"));
        let inline = |statement: &str| policies(&format!("Policy={{\"Statement\":{statement}}}"));
        assert!(inline(r#"{"Effect":"Allow","Action":"iam:Create*"}"#).allow("iam:CreateAccountAlias"));
        assert!(!inline(r#"{"Effect":"Allow","Action":["s3:*"]}"#).allow("iam:CreateAccountAlias"));
        let both = r#"[{"Effect":"Allow","Action":"*"},{"Effect":"Deny","Action":"iam:*"}]"#;
        assert!(!inline(both).allow("iam:CreateAccountAlias") && inline(both).allow("s3:GetObject"));
    }
}
