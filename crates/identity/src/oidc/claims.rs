//! Turns a provider's claims about a person into AWS session names and roles.

use serde_json::{Map, Value};

use daypass_core::names::{RoleArn, SessionName, is_session_name_char};
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
        let found = DEFAULTS.iter().find_map(|name| allowed(&text_of(claims.get(*name)?)?).parse().ok());
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
                        let message = format!("session_name uses the claim {claim:?}, which is not a single value");
                        return Err(bad_name(message).hint(claims_there_are(claims)));
                    }
                },
                None => {
                    let message = format!("session_name uses the claim {claim:?}, which the provider does not send");
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

/// Roles that a claim lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClaimedRoles {
    /// Roles, in the order of the claim, each once.
    pub roles: Vec<RoleArn>,
    /// Values that are not role ARNs, each cut to 200 characters, to show to the person.
    pub skipped: Vec<String>,
}

/// The roles that `claim` lists: a text or a list of texts, each a role ARN, or a role ARN and a provider ARN with a
/// comma between them in either order (as SAML has them). A name with dots also finds a claim within claims
/// (`resource_access.daypass.roles`).
#[must_use]
pub fn roles_from_claim(claim: &str, claims: &Map<String, Value>) -> ClaimedRoles {
    let mut found = ClaimedRoles::default();
    let texts: Vec<&str> = match find(claim, claims) {
        Some(Value::String(text)) => text.split([' ', ';', '\n', '\t']).collect(),
        Some(Value::Array(values)) => values
            .iter()
            .filter_map(|value| {
                if value.as_str().is_none() {
                    found.skipped.push(value.to_string().chars().take(200).collect());
                }
                value.as_str()
            })
            .collect(),
        Some(other) => {
            found.skipped.push(other.to_string().chars().take(200).collect());
            Vec::new()
        }
        None => Vec::new(),
    };
    for text in texts {
        for arn in arns(text) {
            match arn.parse::<RoleArn>() {
                Ok(role) if !found.roles.contains(&role) => found.roles.push(role),
                Ok(_) => {}
                Err(_) if arn.contains(":saml-provider/") || arn.contains(":oidc-provider/") => {}
                Err(_) => found.skipped.push(arn.chars().take(200).collect()),
            }
        }
    }
    found
}

/// The person's name, from the first claim that has one.
pub(crate) fn person(claims: &Map<String, Value>) -> String {
    ["email", "preferred_username", "name", "sub"]
        .iter()
        .filter_map(|name| claims.get(*name).and_then(Value::as_str))
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

fn find<'a>(claim: &str, claims: &'a Map<String, Value>) -> Option<&'a Value> {
    if let Some(value) = claims.get(claim) {
        return Some(value);
    }
    let mut steps = claim.split('.');
    let first = claims.get(steps.next()?)?;
    steps.try_fold(first, |value, step| value.get(step))
}

/// Role names may contain commas, so a pair is split only where the next ARN begins.
fn arns(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let whole = rest?;
        let cut = whole.match_indices(',').find(|(at, _)| whole[at + 1..].trim_start().starts_with("arn:"));
        let (part, after) = match cut {
            Some((at, _)) => (&whole[..at], Some(&whole[at + 1..])),
            None => (whole, None),
        };
        rest = after;
        Some(part.trim())
    })
    .filter(|part| !part.is_empty())
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
        assert_eq!(name(Some("dp-{sub}-{n}"), ann.clone()).unwrap(), "dp-x-1-7");
        assert_eq!(name(None, json!({"email": "a".repeat(99)})).unwrap().len(), 64);
        for (template, words) in [
            ("{mail}", "\"mail\""),
            ("{groups}", "not a single value"),
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

    #[test]
    fn roles_are_read_from_every_form_that_providers_use() {
        let dev = "arn:aws:iam::123456789012:role/Dev";
        let comma = "arn:aws:iam::123456789012:role/team/Dev,Ops";
        let provider = "arn:aws:iam::123456789012:saml-provider/okta";
        let read = |value: Value| {
            let found = roles_from_claim("roles", &claims(json!({ "roles": value })));
            (found.roles.iter().map(ToString::to_string).collect::<Vec<_>>(), found.skipped)
        };
        let ok = |arns: &[&str]| (arns.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
        assert_eq!(read(json!(dev)), ok(&[dev]));
        assert_eq!(read(json!([dev, dev, comma])), ok(&[dev, comma]));
        assert_eq!(read(json!(format!("{dev},{provider}"))), ok(&[dev]));
        assert_eq!(read(json!([format!("{provider}, {comma}")])), ok(&[comma]));
        assert_eq!(read(json!(format!("{dev},{comma}"))), ok(&[dev, comma]));
        assert_eq!(read(json!(format!("{dev} {comma}"))), ok(&[dev, comma]));
        assert_eq!(read(json!([])), ok(&[]));
        let (roles, skipped) = read(json!([dev, 7, "Admin", {"arn": dev}]));
        assert_eq!(roles, [dev]);
        assert_eq!(skipped.len(), 3, "{skipped:?}");
        assert_eq!(read(json!(true)).1, ["true"]);
    }

    #[test]
    fn a_claim_within_claims_is_found_and_a_dotted_name_comes_first() {
        let dev = "arn:aws:iam::123456789012:role/Dev";
        let within = claims(json!({"resource_access": {"daypass": {"roles": [dev]}}}));
        assert_eq!(roles_from_claim("resource_access.daypass.roles", &within).roles.len(), 1);
        let dotted = claims(json!({"https://aws.amazon.com/roles": dev, "https://aws": {"amazon": 1}}));
        assert_eq!(roles_from_claim("https://aws.amazon.com/roles", &dotted).roles.len(), 1);
        assert_eq!(roles_from_claim("none.there", &within), ClaimedRoles::default());
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

        #[test]
        fn any_claim_can_be_read_for_roles(text in ".{0,200}") {
            let found = roles_from_claim("r", &claims(json!({"r": text})));
            prop_assert!(found.roles.len() + found.skipped.len() <= 200);
        }
    }
}
