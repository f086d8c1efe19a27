//! The roles that an ID token's claim lists, or why it doesn't list any.

use std::borrow::Cow;

use serde_json::{Map, Value};

use daypass_core::names::RoleArn;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::text::said;

/// How many names or values a message shows.
const MOST_SHOWN: usize = 20;

/// Roles that a claim lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClaimedRoles {
    /// Roles, in the order of the claim, each once.
    pub roles: Vec<RoleArn>,
    /// Values that are not role ARNs, each cut to 200 characters, to show to the person.
    pub skipped: Vec<String>,
}

/// The roles that `claim` lists: a text or a list of texts, each a role ARN, or a role ARN and a provider ARN with a
/// comma between them in either order (as SAML has them). A text may be the JSON of such a list. A name with dots also
/// finds a claim within claims (`resource_access.daypass.roles`), and a name within may have dots itself
/// (`resource_access.https://daypass.example.com.roles`).
#[must_use]
pub fn roles_from_claim(claim: &str, claims: &Map<String, Value>) -> ClaimedRoles {
    find(claim, claims).map(|value| roles_of(&value)).unwrap_or_default()
}

fn roles_of(value: &Value) -> ClaimedRoles {
    let mut found = ClaimedRoles::default();
    let texts: Vec<&str> = match value {
        Value::String(text) => text.split([' ', ';', '\n', '\t']).collect(),
        Value::Array(values) => values
            .iter()
            .filter_map(|value| {
                if value.as_str().is_none() {
                    found.skipped.push(cut(&value.to_string()));
                }
                value.as_str()
            })
            .collect(),
        other => {
            found.skipped.push(cut(&other.to_string()));
            Vec::new()
        }
    };
    for text in texts {
        for arn in arns(text) {
            match arn.parse::<RoleArn>() {
                Ok(role) if !found.roles.contains(&role) => found.roles.push(role),
                Ok(_) => {}
                Err(_) if arn.contains(":saml-provider/") || arn.contains(":oidc-provider/") => {}
                Err(_) => found.skipped.push(cut(arn)),
            }
        }
    }
    found
}

fn cut(text: &str) -> String {
    text.chars().take(200).collect()
}

/// What a claim comes to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Listed {
    /// It lists roles, or nothing at all.
    Roles(ClaimedRoles),
    /// It isn't there, or has something other than roles in it.
    Nothing(Problem),
}

/// The roles that `claim` lists, or what was looked for and what was there.
pub(super) fn listed(claim: &str, claims: &Map<String, Value>) -> Listed {
    let Some(value) = find(claim, claims) else { return Listed::Nothing(missing(claim, claims)) };
    let found = roles_of(&value);
    if !found.roles.is_empty() || found.skipped.is_empty() {
        return Listed::Roles(found);
    }
    let message =
        format!("roles_claim names {claim:?}, and that claim lists no role ARN. It has {}", some(&found.skipped));
    let hint = "have the provider put role ARNs such as arn:aws:iam::123456789012:role/Developer there, or name another \
                claim in roles_claim";
    Listed::Nothing(no_roles(message, hint))
}

/// A word about a claim that lists nothing, for the person who just signed in.
pub(super) fn remark(claim: &str, claims: &Map<String, Value>) -> Option<Problem> {
    match listed(claim, claims) {
        Listed::Nothing(problem) => Some(problem),
        Listed::Roles(found) if found.roles.is_empty() => {
            let message = format!("roles_claim names {claim:?}, and the provider lists no role for you there");
            Some(no_roles(message, "ask the provider's administrator to give you roles"))
        }
        Listed::Roles(_) => None,
    }
}

fn no_roles(message: String, hint: &str) -> Problem {
    Problem::new(ProblemKind::Invalid, ProblemCode::OidcNoRoles, message).hint(hint)
}

/// What a trial says about the roles.
pub(super) fn in_words(found: &ClaimedRoles) -> String {
    let count = match found.roles.len() {
        1 => "1 role".to_owned(),
        count => format!("{count} roles"),
    };
    match found.skipped.len() {
        0 => count,
        skipped => format!("{count}; not role ARNs ({skipped}): {}", some(&found.skipped)),
    }
}

fn missing(claim: &str, claims: &Map<String, Value>) -> Problem {
    if is_left_out(claim, claims) {
        let message = format!(
            "roles_claim names {claim:?}, and the provider left that claim out of the ID token because it has too many \
             values (_claim_names)"
        );
        let hint = "have the provider put fewer values there; in Entra ID, use app roles, or only the groups that are \
                    assigned to the application";
        return no_roles(message, hint);
    }
    let (place, names) = nearest(claim, claims);
    let message =
        format!("roles_claim names {claim:?}, but the ID token doesn't have that claim. {place} {}", some(&names));
    no_roles(
        message,
        "set roles_claim to the claim that lists your role ARNs, or have the provider put it into the ID token",
    )
}

/// Entra ID's overage: claims that are too long are named in `_claim_names` or told by `hasgroups` instead
/// (<https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference#groups-overage-claim>; OpenID
/// Connect Core, 5.6.2).
fn is_left_out(claim: &str, claims: &Map<String, Value>) -> bool {
    let names = claims.get("_claim_names").and_then(Value::as_object);
    let is_named = |name: &str| names.is_some_and(|names| names.contains_key(name));
    let top = claim.split('.').next().unwrap_or(claim);
    is_named(claim) || is_named(top) || (top == "groups" && claims.contains_key("hasgroups"))
}

/// The names in the deepest object on the claim's path, and where that is.
fn nearest(claim: &str, claims: &Map<String, Value>) -> (String, Vec<String>) {
    let ends = claim.match_indices('.').map(|(at, _)| at).collect::<Vec<_>>();
    let deepest = ends.iter().rev().find_map(|end| {
        let value = find(&claim[..*end], claims)?;
        Some((format!("{:?} has", &claim[..*end]), value.as_object()?.keys().cloned().collect()))
    });
    deepest.unwrap_or_else(|| ("It has".to_owned(), claims.keys().cloned().collect()))
}

/// Some of these texts, which others wrote.
fn some(texts: &[String]) -> String {
    let mut shown: Vec<String> = texts.iter().take(MOST_SHOWN).filter_map(|text| said(text)).collect();
    if texts.len() > MOST_SHOWN {
        shown.push(format!("and {} more", texts.len() - MOST_SHOWN));
    }
    if shown.is_empty() { "nothing".to_owned() } else { shown.join(", ") }
}

/// The claim of this name; or the claim within claims that has it as its path. A step on the way may be any number of
/// words with dots between them, and may be JSON in a text.
fn find<'a>(claim: &str, claims: &'a Map<String, Value>) -> Option<Cow<'a, Value>> {
    if let Some(value) = claims.get(claim) {
        return Some(opened(value));
    }
    claim.match_indices('.').find_map(|(at, _)| match opened(claims.get(&claim[..at])?) {
        Cow::Borrowed(value) => find(&claim[at + 1..], value.as_object()?),
        Cow::Owned(value) => find(&claim[at + 1..], value.as_object()?).map(|found| Cow::Owned(found.into_owned())),
    })
}

/// What is in a text that is the JSON of a list or an object, or the value itself.
fn opened(value: &Value) -> Cow<'_, Value> {
    let inner = value.as_str().map(str::trim_start).filter(|text| text.starts_with(['[', '{']));
    match inner.and_then(|text| serde_json::from_str(text).ok()) {
        Some(inner) => Cow::Owned(inner),
        None => Cow::Borrowed(value),
    }
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

    const DEV: &str = "arn:aws:iam::123456789012:role/Dev";

    fn claims(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn roles_are_read_from_every_form_that_providers_use() {
        let comma = "arn:aws:iam::123456789012:role/team/Dev,Ops";
        let provider = "arn:aws:iam::123456789012:saml-provider/okta";
        let read = |value: Value| {
            let found = roles_from_claim("roles", &claims(json!({ "roles": value })));
            (found.roles.iter().map(ToString::to_string).collect::<Vec<_>>(), found.skipped)
        };
        let ok = |arns: &[&str]| (arns.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
        assert_eq!(read(json!(DEV)), ok(&[DEV]));
        assert_eq!(read(json!([DEV, DEV, comma])), ok(&[DEV, comma]));
        assert_eq!(read(json!(format!("{DEV},{provider}"))), ok(&[DEV]));
        assert_eq!(read(json!([format!("{provider}, {comma}")])), ok(&[comma]));
        assert_eq!(read(json!(format!("{DEV},{comma}"))), ok(&[DEV, comma]));
        assert_eq!(read(json!(format!("{DEV} {comma}"))), ok(&[DEV, comma]));
        assert_eq!(read(json!([])), ok(&[]));
        // JSON in a text.
        assert_eq!(read(json!(json!([DEV, comma]).to_string())), ok(&[DEV, comma]));
        assert_eq!(read(json!(format!(" {}", json!([DEV])))), ok(&[DEV]));
        assert_eq!(read(json!("[not json")).1, ["[not", "json"]);
        let (roles, skipped) = read(json!([DEV, 7, "Admin", {"arn": DEV}]));
        assert_eq!(roles, [DEV]);
        assert_eq!(skipped.len(), 3, "{skipped:?}");
        assert_eq!(read(json!(true)).1, ["true"]);
    }

    #[test]
    fn a_claim_within_claims_is_found_whatever_dots_its_name_has() {
        let count = |claim: &str, value: &Value| roles_from_claim(claim, &claims(value.clone())).roles.len();
        let within = json!({"resource_access": {"daypass": {"roles": [DEV]}}});
        assert_eq!(count("resource_access.daypass.roles", &within), 1);
        assert_eq!(count("none.there", &within), 0);
        let dotted = json!({"https://aws.amazon.com/roles": DEV, "https://aws": {"amazon": 1}});
        assert_eq!(count("https://aws.amazon.com/roles", &dotted), 1);
        for client in ["https://daypass.example.com", "urn:aws.example", "a.b.c", "."] {
            let of_client = json!({"resource_access": {client: {"roles": [DEV]}, "https://daypass": {"example": 1}}});
            assert_eq!(count(&format!("resource_access.{client}.roles"), &of_client), 1, "{client}");
        }
        let in_texts = json!({"aws": json!({"a.b": json!({"roles": [DEV]}).to_string()}).to_string()});
        assert_eq!(count("aws.a.b.roles", &in_texts), 1);
    }

    #[test]
    fn what_was_looked_for_and_what_was_there_is_told() {
        let said = |claim: &str, value: Value| remark(claim, &claims(value)).map(|it| it.message).unwrap_or_default();
        assert_eq!(said("roles", json!({"roles": [DEV, "Admin"]})), "");
        let none = said("roles", json!({"sub": "SECRET", "groups": ["a"]}));
        assert!(none.contains("\"roles\"") && none.contains("groups, sub") && !none.contains("SECRET"), "{none}");
        let within = said("resource_access.daypass.roles", json!({"resource_access": {"account": {}, "web": {}}}));
        assert!(within.contains("\"resource_access\" has account, web"), "{within}");
        let other = said("roles", json!({"roles": ["Admin", "x\n\u{1b}[31my"]}));
        assert!(other.contains("It has Admin, x [31my"), "{other}");
        assert!(said("roles", json!({"roles": []})).contains("lists no role for you"));
        let over = json!({"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://x"}}});
        assert!(said("groups", over).contains("too many values"));
        assert!(said("groups", json!({"hasgroups": "true"})).contains("too many values"));
        let many: Map<String, Value> = (0..500).map(|n| (format!("claim{n}"), json!(1))).collect();
        let many = remark("roles", &many).unwrap().message;
        assert!(many.contains("and 480 more") && many.len() < 500, "{many}");
    }

    proptest! {
        #[test]
        fn any_claim_can_be_read_for_roles(name in "[a.]{0,12}", text in ".{0,200}") {
            let found = roles_from_claim("r", &claims(json!({"r": text})));
            prop_assert!(found.roles.len() + found.skipped.len() <= 200);
            let _ = remark(&name, &claims(json!({"a": {"a.a": {"a": text}, "a": text}, "": {"": {}}})));
        }
    }
}
