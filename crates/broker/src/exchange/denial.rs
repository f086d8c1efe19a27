//! Why a request was denied, as DecodeAuthorizationMessage tells it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// A decoded authorization message.
///
/// AWS documents what it says and not its form; names that are not known are left out here, and what is missing is
/// empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Denial {
    /// What was decided.
    pub verdict: Verdict,
    /// Who asked.
    pub principal: DeniedPrincipal,
    /// What was to be done: `ec2:RunInstances`.
    pub action: String,
    /// To what: an ARN.
    pub resource: String,
    /// The statements that decided it; empty when nothing allowed it.
    pub statements: Vec<DenialStatement>,
    /// The values that conditions were compared with.
    pub context: Vec<DenialContext>,
    /// Policies that could not be evaluated.
    pub failures: Vec<String>,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export)]
pub enum Verdict {
    /// It was allowed after all: the denial has another cause, or a policy was changed since.
    Allowed,
    /// A statement denies it.
    ExplicitDeny,
    /// No statement allows it.
    NotAllowed,
}

/// Who asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct DeniedPrincipal {
    /// Unique id, `AIDA…` or `AROA…:SESSION`.
    pub id: String,
    /// Name of the user or of the session.
    pub name: String,
    /// ARN.
    pub arn: String,
}

/// A statement of a policy that matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct DenialStatement {
    /// `Sid`; empty when it has none.
    pub id: String,
    /// `ALLOW` or `DENY`.
    pub effect: String,
    /// Actions that it is about.
    pub actions: Vec<String>,
    /// Resources that it is about.
    pub resources: Vec<String>,
    /// Principals that it is about.
    pub principals: Vec<String>,
    /// Its conditions.
    pub conditions: Vec<DenialContext>,
}

/// A condition key and its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct DenialContext {
    /// `aws:RequestedRegion`, say.
    pub key: String,
    /// Its values.
    pub values: Vec<String>,
}

impl Denial {
    /// The encoded message in what a person pastes: itself, or the error that it stands in
    /// (`… Encoded authorization failure message: XYZ …`).
    #[must_use]
    pub fn encoded_in(text: &str) -> &str {
        let text = text.split_once("authorization failure message:").map_or(text, |(_, message)| message);
        text.split_whitespace().next().unwrap_or_default().trim_matches(['"', '\'', ',', ';'])
    }

    /// Reads what DecodeAuthorizationMessage returns; none for what is not a JSON object with a decision in it.
    #[must_use]
    pub fn read(decoded: &str) -> Option<Self> {
        let message: Value = serde_json::from_str(decoded).ok()?;
        let allowed = message.get("allowed")?.as_bool()?;
        let explicit = message.get("explicitDeny").and_then(Value::as_bool).unwrap_or_default();
        let context = &message["context"];
        let principal = &context["principal"];
        Some(Self {
            verdict: match (allowed, explicit) {
                (true, _) => Verdict::Allowed,
                (false, true) => Verdict::ExplicitDeny,
                (false, false) => Verdict::NotAllowed,
            },
            principal: DeniedPrincipal {
                id: text(&principal["id"]),
                name: text(&principal["name"]),
                arn: text(&principal["arn"]),
            },
            action: text(&context["action"]),
            resource: text(&context["resource"]),
            statements: items(&message["matchedStatements"]).map(statement).collect(),
            context: items(&context["conditions"]).map(condition).collect(),
            failures: items(&message["failures"]).map(text).collect(),
        })
    }
}

fn statement(value: &Value) -> DenialStatement {
    let texts = |key: &str| items(&value[key]).map(text).collect();
    DenialStatement {
        id: text(&value["statementId"]),
        effect: text(&value["effect"]),
        actions: texts("actions"),
        resources: texts("resources"),
        principals: texts("principals"),
        conditions: items(&value["conditions"]).map(condition).collect(),
    }
}

fn condition(value: &Value) -> DenialContext {
    DenialContext { key: text(&value["key"]), values: items(&value["values"]).map(text).collect() }
}

/// Lists are `{"items": […]}`.
fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.get("items").unwrap_or(value).as_array().into_iter().flatten()
}

/// Texts are themselves or `{"value": "…"}`; anything else is shown as it is.
fn text(value: &Value) -> String {
    match value.get("value").unwrap_or(value) {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As EC2's denials are decoded.
    const MESSAGE: &str = r#"{"allowed":false,"explicitDeny":true,"matchedStatements":{"items":[{"statementId":"NoFrankfurt",
        "effect":"DENY","principals":{"items":[{"value":"AIDA1"}]},"principalGroups":{"items":[]},
        "actions":{"items":[{"value":"ec2:*"}]},"resources":{"items":[{"value":"*"}]},
        "conditions":{"items":[{"key":"aws:RequestedRegion","values":{"items":[{"value":"eu-central-1"}]}}]}}]},
        "failures":{"items":[]},"context":{"principal":{"id":"AIDA1","name":"ann","arn":"arn:aws:iam::123456789012:user/ann"},
        "action":"ec2:RunInstances","resource":"arn:aws:ec2:eu-central-1:123456789012:instance/*",
        "conditions":{"items":[{"key":"ec2:InstanceType","values":{"items":[{"value":"t3.micro"},{"value":"t3.nano"}]}}]}}}"#;

    #[test]
    fn a_message_is_read_as_a_tree() {
        let denial = Denial::read(MESSAGE).unwrap();
        assert_eq!(denial.verdict, Verdict::ExplicitDeny);
        assert_eq!(denial.principal.arn, "arn:aws:iam::123456789012:user/ann");
        assert_eq!(denial.action, "ec2:RunInstances");
        let statement = &denial.statements[0];
        assert_eq!((statement.id.as_str(), statement.actions[0].as_str()), ("NoFrankfurt", "ec2:*"));
        assert_eq!(statement.conditions[0].values, ["eu-central-1"]);
        assert_eq!(denial.context[0].values, ["t3.micro", "t3.nano"]);
        // What is missing is empty, what decides nothing is no message.
        let bare = Denial::read(r#"{"allowed":false}"#).unwrap();
        assert_eq!((bare.verdict, bare.statements.len()), (Verdict::NotAllowed, 0));
        assert_eq!(Denial::read(r#"{"allowed":"no"}"#), None);
        assert_eq!(Denial::read("<html>"), None);
    }

    #[test]
    fn the_message_is_found_in_the_error_that_it_stands_in() {
        for pasted in [
            "rHU-p_V8",
            "  rHU-p_V8\n",
            "\"rHU-p_V8\"",
            "You are not authorized to perform this operation. Encoded authorization failure message: rHU-p_V8",
            "API: ec2:RunInstances Encoded authorization failure message: rHU-p_V8 (Service: AmazonEC2; Status 403)",
        ] {
            assert_eq!(Denial::encoded_in(pasted), "rHU-p_V8", "{pasted:?}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in ".{0,200}", cut in 0usize..900) {
            let _ = (Denial::read(&text), Denial::encoded_in(&text));
            let _ = Denial::read(MESSAGE.get(..cut).unwrap_or(MESSAGE));
        }
    }
}
