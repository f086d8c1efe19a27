//! Turns a provider's claims about a person into AWS session names.

use serde_json::{Map, Value};

use daypass_core::names::{SessionName, is_session_name_char};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::{BadSetting, SettingField};

/// AWS's limit (`RoleSessionName` of AssumeRoleWithWebIdentity).
const LONGEST: usize = 64;
/// What names a person in CloudTrail by default: the first of these claims that the token has.
const DEFAULTS: [&str; 3] = ["email", "preferred_username", "sub"];

/// The role session name for a person: `template` with each `{claim}` replaced; `email`, `preferred_username` or
/// `sub` without a template. Characters that AWS forbids become `-`, and 64 of them are kept.
///
/// # Errors
///
/// `bad-session-name` for a malformed template, one with a claim that the person does not have, or one that leaves
/// fewer than the two characters that AWS requires.
pub fn session_name(template: Option<&str>, claims: &Map<String, Value>) -> Result<SessionName, Problem> {
    let Some(template) = template.filter(|t| !t.trim().is_empty()) else {
        let found = DEFAULTS.iter().find_map(|name| allowed(&text_of(first_of(claims.get(*name)?))?).parse().ok());
        return found.ok_or_else(|| {
            let message = "the identity provider sends neither email nor preferred_username nor a usable sub";
            bad_name(message.to_owned()).hint("set session_name of the identity, using claims that the provider sends")
        });
    };
    let mut name = String::new();
    for part in parse_template(template)? {
        match part {
            Part::Text(text) => name.push_str(text),
            Part::Claim(claim) => match claims.get(claim) {
                Some(value) => match text_of(value) {
                    Some(text) => name.push_str(&text),
                    None => {
                        let message = format!("session_name uses the claim {claim:?}, which isn't a single value");
                        return Err(bad_name(message).hint(claims_there_are(claims)));
                    }
                },
                None => {
                    let message = format!("session_name uses the claim {claim:?}, which the provider doesn't send");
                    return Err(bad_name(message).hint(claims_there_are(claims)));
                }
            },
        }
    }
    allowed(&name).parse().map_err(|_| {
        bad_name(format!("session_name {template:?} leaves fewer than the 2 characters that AWS requires"))
    })
}

/// Whether a template is well-formed, before there are claims.
pub(crate) fn check_template(template: &str) -> Result<(), Problem> {
    parse_template(template).map(drop)
}

/// What is wrong with a malformed template.
pub(crate) fn template_mistake(template: &str) -> Option<BadSetting> {
    let why = parts_of(template).err()?;
    Some(BadSetting::new(
        SettingField::SessionName,
        template,
        format!("it {why}; write claims in braces, such as {{email}}"),
    ))
}

/// The person's name, from the first claim that has one.
pub(crate) fn person(claims: &Map<String, Value>) -> String {
    ["email", "preferred_username", "name", "sub"]
        .iter()
        .filter_map(|name| claims.get(*name).map(first_of).and_then(Value::as_str))
        .map(|text| text.chars().filter(|c| !c.is_control()).take(200).collect::<String>())
        .find(|text| !text.trim().is_empty())
        .unwrap_or_else(|| "someone".to_owned())
}

enum Part<'a> {
    Text(&'a str),
    Claim(&'a str),
}

fn parse_template(template: &str) -> Result<Vec<Part<'_>>, Problem> {
    parts_of(template).map_err(|why| {
        bad_name(format!("session_name {template:?} {why}")).hint("write claims in braces, for example {email}")
    })
}

fn parts_of(template: &str) -> Result<Vec<Part<'_>>, &'static str> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let (text, from_brace) = rest.split_at(at);
        parts.push(Part::Text(text));
        let inner = from_brace.strip_prefix('{').ok_or("has a '}' without '{'")?;
        let (claim, after) = inner.split_once('}').ok_or("has a '{' without '}'")?;
        if claim.is_empty() || claim.contains('{') {
            return Err("has braces without the name of a claim");
        }
        parts.push(Part::Claim(claim));
        rest = after;
    }
    parts.push(Part::Text(rest));
    Ok(parts)
}

/// The first of several values: AD FS lists all addresses of a person as `email`.
fn first_of(value: &Value) -> &Value {
    value.as_array().and_then(|values| values.first()).unwrap_or(value)
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

fn allowed(text: &str) -> String {
    text.trim().chars().map(|c| if is_session_name_char(c) { c } else { '-' }).take(LONGEST).collect()
}

fn claims_there_are(claims: &Map<String, Value>) -> String {
    let names: Vec<&str> = claims.iter().filter(|(_, v)| text_of(v).is_some()).map(|(k, _)| k.as_str()).collect();
    format!("the provider sends these claims: {}", names.join(", "))
}

fn bad_name(message: String) -> Problem {
    Problem::new(ProblemKind::Invalid, ProblemCode::BadSessionName, message)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn claims(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_session_is_named_after_the_person() {
        let name = |template, value| session_name(template, &claims(value)).map(String::from).map_err(|p| p.message);
        let ann = json!({"email": "ann@example.org", "sub": "x|1", "n": 7, "groups": ["a"]});
        assert_eq!(name(None, ann.clone()).unwrap(), "ann@example.org");
        assert_eq!(name(Some(""), ann.clone()).unwrap(), "ann@example.org");
        assert_eq!(name(None, json!({"preferred_username": "Änn Ö", "sub": "1"})).unwrap(), "-nn--");
        assert_eq!(name(None, json!({"email": "", "sub": "auth0|42"})).unwrap(), "auth0-42");
        let several = json!({"email": ["ann@example.org", "ann@corp.example"], "sub": "1"});
        assert_eq!(name(None, several.clone()).unwrap(), "ann@example.org");
        assert_eq!(person(&claims(several)), "ann@example.org");
        assert_eq!(name(None, json!({"email": [], "sub": "u-1"})).unwrap(), "u-1");
        assert_eq!(name(Some("dp-{sub}-{n}"), ann.clone()).unwrap(), "dp-x-1-7");
        assert_eq!(name(None, json!({"email": "a".repeat(99)})).unwrap().len(), 64);
        for (template, words) in [
            ("{mail}", "\"mail\""),
            ("{groups}", "isn't a single value"),
            ("{email", "'{' without"),
            ("email}", "'}' without"),
            ("{}", "without the name"),
            ("x", "fewer than"),
        ] {
            let message = name(Some(template), ann.clone()).unwrap_err();
            assert!(message.contains(words), "{template}: {message}");
        }
        assert!(name(None, json!({"iss": "x"})).is_err());
    }

    #[test]
    fn an_unknown_claim_lists_those_there_are_but_not_their_values() {
        let problem = session_name(Some("{mail}"), &claims(json!({"email": "PLANTED", "sub": "s"}))).unwrap_err();
        let hint = problem.hint.unwrap();
        assert!(hint.contains("email") && hint.contains("sub") && !hint.contains("PLANTED"), "{hint}");
    }

    proptest! {
        #[test]
        fn whatever_the_claims_say_the_name_is_one_that_aws_takes(
            template in proptest::option::of("(\\{(email|sub)\\}|.){0,12}"),
            email in ".{0,90}",
            sub in ".{0,90}",
        ) {
            if let Ok(name) = session_name(template.as_deref(), &claims(json!({"email": email, "sub": sub}))) {
                prop_assert!(name.as_str().parse::<SessionName>().is_ok());
            }
        }
    }
}
