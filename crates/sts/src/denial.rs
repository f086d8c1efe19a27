//! Why a request was denied, according to DecodeAuthorizationMessage.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// A decoded authorization message.
///
/// AWS documents what it contains, but not its format. Unknown names are left out here, and what is missing is
/// empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Denial {
    /// What was decided.
    pub verdict: Verdict,
    /// Who made the request.
    pub principal: DeniedPrincipal,
    /// The action, for instance `ec2:RunInstances`.
    pub action: String,
    /// The ARN of the resource.
    pub resource: String,
    /// The statements that decided it; empty when nothing allowed it.
    pub statements: Vec<DenialStatement>,
    /// The request's values, which conditions were compared with.
    pub context: Vec<DenialContext>,
    /// Policies that could not be evaluated.
    pub failures: Vec<String>,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export)]
pub enum Verdict {
    /// It is allowed after all: the denial has another cause, or a policy has changed since.
    Allowed,
    /// A statement denies it.
    ExplicitDeny,
    /// No statement allows it.
    NotAllowed,
}

/// Who made the request.
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
    /// Actions that it applies to.
    pub actions: Vec<String>,
    /// Resources that it applies to.
    pub resources: Vec<String>,
    /// Principals that it applies to.
    pub principals: Vec<String>,
    /// Its conditions.
    pub conditions: Vec<DenialContext>,
}

/// A condition key and its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct DenialContext {
    /// For instance `aws:RequestedRegion`.
    pub key: String,
    /// Its values.
    pub values: Vec<String>,
}

impl Denial {
    /// Whether a pasted text has an encoded message in it, or at least something that may be one. AWS's have hundreds
    /// of characters.
    #[must_use]
    pub fn may_be_in(text: &str) -> bool {
        const SHORTEST: usize = 64;
        let message = Self::encoded_in(text);
        !message.is_empty() && (behind_marker(text).is_some() || message.len() >= SHORTEST)
    }

    /// The encoded message in a pasted text: the message itself, or the error that contains it
    /// (`… Encoded authorization failure message: XYZ …`), even if a terminal or mail program wrapped it.
    #[must_use]
    pub fn encoded_in(text: &str) -> String {
        let begin = behind_marker(text).unwrap_or_else(|| longest_run(text));
        let line_begin = text[..begin].rfind('\n').map_or(0, |end| end + 1);
        let mut message = String::new();
        // Each broken line is as wide as the first. Only the last one is shorter.
        let mut width = 0;
        for (index, line) in text[line_begin..].lines().enumerate() {
            let part = if index == 0 { text[begin..].lines().next().unwrap_or_default() } else { line };
            let part = part.trim().trim_start_matches(['"', '\'']);
            let run = &part[..part.find(|c| !is_of_message(c)).unwrap_or(part.len())];
            let (ends_here, is_first) = (run.len() < part.len(), message.is_empty());
            if !is_first && (ends_here || run.is_empty() || line.trim_end().len() > width) {
                break;
            }
            message.push_str(run);
            if ends_here || (!is_first && line.trim_end().len() < width) {
                break;
            }
            if is_first {
                width = line.trim_end().len();
            }
        }
        message
    }

    /// Reads what DecodeAuthorizationMessage returns. None unless it is a JSON object with a decision in it.
    #[must_use]
    pub fn read(decoded: &str) -> Option<Self> {
        let message: Value = serde_json::from_str(decoded).ok()?;
        let allowed = flag(&message["allowed"])?;
        let explicit = flag(&message["explicitDeny"]).unwrap_or_default();
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

/// Where the words before a message end. They may have spaces and line breaks in them.
fn behind_marker(text: &str) -> Option<usize> {
    const MARKER: &[u8] = b"authorizationfailuremessage:";
    let solid: Vec<(usize, u8)> = text.bytes().enumerate().filter(|(_, byte)| !byte.is_ascii_whitespace()).collect();
    let is_marker = |window: &[(usize, u8)]| window.iter().zip(MARKER).all(|((_, a), b)| a.eq_ignore_ascii_case(b));
    let at = solid.windows(MARKER.len()).position(is_marker)?;
    solid.get(at + MARKER.len() - 1).map(|(last, _)| last + 1)
}

/// Encoded messages are URL-safe Base64.
fn is_of_message(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_+/=".contains(c)
}

/// Where the longest run of message characters begins. The words around a message are shorter.
fn longest_run(text: &str) -> usize {
    let mut longest = (0, 0);
    let mut at = 0;
    for run in text.split(|c| !is_of_message(c)) {
        if run.len() > longest.1 {
            longest = (at, run.len());
        }
        at += run.len() + text[at + run.len()..].chars().next().map_or(0, char::len_utf8);
    }
    longest.0
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

/// In the example of the service's model, they are strings.
fn flag(value: &Value) -> Option<bool> {
    value.as_bool().or_else(|| value.as_str()?.parse().ok())
}

/// A list is `{"items": […]}`, or an array with each element in an `{"item": …}`.
fn items(value: &Value) -> impl Iterator<Item = &Value> {
    let list = value.get("items").unwrap_or(value).as_array().into_iter().flatten();
    list.map(|element| element.get("item").unwrap_or(element))
}

/// A text is a string or `{"value": "…"}`. Anything else is shown as JSON.
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
        // Missing parts are empty. If nothing is decided, it isn't a message.
        let bare = Denial::read(r#"{"allowed":false}"#).unwrap();
        assert_eq!((bare.verdict, bare.statements.len()), (Verdict::NotAllowed, 0));
        assert_eq!(Denial::read(r#"{"allowed":"no"}"#), None);
        assert_eq!(Denial::read("<html>"), None);
    }

    /// Both examples that AWS publishes: that of `aws sts decode-authorization-message`, and that of the service's
    /// model, completed where it is cut off.
    #[test]
    fn the_published_examples_are_read() {
        let of_cli = r#"{"allowed":false,"explicitDeny":true,"matchedStatements":{"items":[{"statementId":"VisualEditor0",
            "effect":"DENY","principals":{"items":[{"value":"AROA123456789EXAMPLE"}]},"principalGroups":{"items":[]},
            "actions":{"items":[{"value":"ec2:RunInstances"}]},"resources":{"items":[{"value":"*"}]},
            "conditions":{"items":[]}}]},"failures":{"items":[]},"context":{"principal":{"id":"AROA123456789EXAMPLE:Ana",
            "arn":"arn:aws:sts::111122223333:assumed-role/Developer/Ana"},"action":"RunInstances",
            "resource":"arn:aws:ec2:us-east-1:111122223333:instance/*","conditions":{"items":[
            {"key":"ec2:InstanceMarketType","values":{"items":[{"value":"on-demand"}]}}]}}}"#;
        let denial = Denial::read(of_cli).unwrap();
        assert_eq!((denial.verdict, denial.principal.name.as_str()), (Verdict::ExplicitDeny, ""));
        assert_eq!(denial.statements[0].principals, ["AROA123456789EXAMPLE"]);

        let of_model = r#"{"allowed": "false","explicitDeny": "false","matchedStatements": "","failures": "","context":
            {"principal": {"id": "AIDACKCEVSQ6C2EXAMPLE","name": "Bob","arn": "arn:aws:iam::123456789012:user/Bob"},
            "action": "ec2:StopInstances","resource": "arn:aws:ec2:us-east-1:123456789012:instance/i-dd01c9bd","conditions":
            [{"item": {"key": "ec2:Tenancy","values": ["default"]}},{"item": {"key": "ec2:Region","values": ["x"]}}]}}"#;
        let denial = Denial::read(of_model).unwrap();
        assert_eq!((denial.verdict, denial.statements.len()), (Verdict::NotAllowed, 0));
        assert_eq!(
            (denial.context[0].key.as_str(), &denial.context[0].values[..]),
            ("ec2:Tenancy", &["default".into()][..])
        );
        assert_eq!(denial.context.len(), 2);
    }

    #[test]
    fn the_message_is_found_in_the_error_that_it_stands_in() {
        for pasted in [
            "rHU-p_V8",
            "  rHU-p_V8\n",
            "\"rHU-p_V8\"",
            "You are not authorized to perform this operation. Encoded authorization failure message: rHU-p_V8",
            "API: ec2:RunInstances Encoded authorization failure message: rHU-p_V8 (Service: AmazonEC2; Status 403)",
            "api: encoded Authorization Failure Message:\r\n  rHU-p_V8\r\n\r\n  with aws_instance.x",
            r#"{"message": "Encoded authorization failure message: rHU-p_V8", "requestId": "1"}"#,
            r#"{"message": "Encoded authorization failure message: rHU-p_V8\n"}"#,
            "It said rHU-p_V8, ä: why?",
        ] {
            assert_eq!(Denial::encoded_in(pasted), "rHU-p_V8", "{pasted:?}");
        }
        assert_eq!(Denial::encoded_in(" \n"), "");
        assert_eq!(Denial::encoded_in("ä authorization failure message: ä"), "");
    }

    #[test]
    fn a_text_without_a_message_is_told_from_one_with_it() {
        for text in [
            "An error occurred (AccessDenied) when calling the ListBuckets operation: Access Denied",
            "User: arn:aws:sts::123456789012:assumed-role/Developer/maya is not authorized to perform: s3:GetObject",
            "not-a-message",
            "",
            "Encoded authorization failure message:",
        ] {
            assert!(!Denial::may_be_in(text), "{text}");
        }
        assert!(Denial::may_be_in(&"rHU-p_V8".repeat(9)));
        assert!(Denial::may_be_in("Encoded authorization failure message: rHU-p_V8"));
    }

    #[test]
    fn a_message_that_was_broken_into_lines_is_joined() {
        let message: String =
            ('a'..='z').chain('A'..='Z').chain('0'..='9').chain(['-', '_']).cycle().take(300).collect();
        let error = format!("An error occurred. Encoded authorization failure message: {message}");
        let prompt = "\nann@laptop:~$ daypass why\n";
        for width in [33, 50, 60, 80, 132, message.len(), error.len(), 1000] {
            for (whole, after) in [(&error, prompt), (&error, "\n\nmore"), (&message, ""), (&message, "\n")] {
                let chars: Vec<char> = whole.chars().collect();
                let lines: Vec<String> = chars.chunks(width).map(|line| line.iter().collect()).collect();
                let pasted = lines.join("\n") + after;
                assert_eq!(Denial::encoded_in(&pasted), message, "{width} {pasted}");
            }
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "(?s).{0,200}", cut in 0usize..900) {
            let _ = (Denial::read(&text), Denial::encoded_in(&text));
            let _ = Denial::encoded_in(&format!("{text}authorization failure message:{text}"));
            let _ = Denial::read(MESSAGE.get(..cut).unwrap_or(MESSAGE));
        }
    }
}
