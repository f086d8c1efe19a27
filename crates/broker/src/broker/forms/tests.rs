//! The cases that the window's fake backend answers from: the broker says the same, word by word.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::broker::Broker;
use crate::rehearsal;
use daypass_core::clock::SystemClock;
use daypass_core::endpoints::Endpoints;
use daypass_core::problem::ProblemCode;
use daypass_core::secret::TypedSecrets;
use daypass_core::settings::IdentitySettings;
use daypass_core::settings::{AskWhen, DeclaredRole, DeliverySetting, HandOut};

const CASES: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/src/cases/forms.json"));

/// An identity of each kind that the cases use, and the roles that are known already.
const CONFIG: &str = r#"
[identity.acme]
kind = "oidc"
issuer = "https://login.acme.example"
client_id = "daypass"

[identity.corp]
kind = "directory"
url = "ldaps://ldap.corp.example"
bind_dn = "uid={user},ou=people,dc=corp,dc=example"

[identity.mara-key]
kind = "iam-user"

[[role]]
arn = "arn:aws:iam::104928374651:role/Developer"
identity = "acme"
profile = "acme-dev"

[[role]]
arn = "arn:aws:iam::318274650912:role/Hub"
identity = "acme"
via = "arn:aws:iam::104928374651:role/Developer"

[[role]]
arn = "arn:aws:iam::104928374651:user/mara"
identity = "mara-key"
"#;

fn broker() -> (tempfile::TempDir, Broker) {
    rehearsal::broker(Arc::new(SystemClock), Endpoints::default(), CONFIG)
}

fn cases() -> Value {
    serde_json::from_str(CASES).unwrap()
}

/// Puts what a case types over what is good.
fn over(good: &mut Value, typed: &Value) {
    for (field, value) in typed.as_object().unwrap() {
        match value {
            Value::Object(_) if good[field].is_object() && field != "roles" => over(&mut good[field], value),
            _ => good[field] = value.clone(),
        }
    }
}

fn identity_of_kind(kind: &str) -> &'static str {
    match kind {
        "directory" => "corp",
        "iam-user" => "mara-key",
        _ => "acme",
    }
}

fn identity_mistakes(broker: &Broker, case: &Value) -> Value {
    let kind = case["kind"].as_str().unwrap();
    let mut settings = serde_json::to_value(daypass_identity::example(kind).unwrap()).unwrap();
    over(&mut settings, &case["typed"]);
    let name = case["name"].as_str().unwrap_or("new");
    serde_json::to_value(broker.check_identity(name, &settings, true).unwrap()).unwrap()
}

fn role_answer(broker: &Broker, case: &Value) -> Value {
    let mut role = serde_json::to_value(super::example_role()).unwrap();
    role["identity"] = identity_of_kind(case["identity"].as_str().unwrap()).into();
    over(&mut role, &case["typed"]);
    serde_json::to_value(broker.check_role(&role, case["isNew"].as_bool().unwrap())).unwrap()
}

#[test]
fn the_broker_says_what_the_cases_say() {
    let (_home, broker) = broker();
    let mut said = cases();
    for case in said["identities"].as_array_mut().unwrap() {
        case["mistakes"] = identity_mistakes(&broker, case);
    }
    for case in said["roles"].as_array_mut().unwrap() {
        case["answer"] = role_answer(&broker, case);
    }
    let said = serde_json::to_string_pretty(&said).unwrap();
    // The whole of it, to be put in the place of the cases once it has been read.
    assert!(said == serde_json::to_string_pretty(&cases()).unwrap(), "the broker says\n{said}");
}

/// The command leaves what it doesn't name; the form names all of it.
#[test]
fn a_form_says_all_of_how_credentials_are_handed_out() {
    let (_home, broker) = broker();
    let mut role = super::example_role();
    (role.arn, role.identity) = ("arn:aws:iam::104928374651:role/Developer".parse().unwrap(), "acme".parse().unwrap());
    let told = || broker.check_role(&serde_json::to_value(&role).unwrap(), false).hand_out;
    assert_eq!(told(), HandOut::default());
    let both = HandOut { ask: Some(AskWhen::FirstUse), delivery: Some(DeliverySetting::Process) };
    broker.put_role_and(&role, both).unwrap();
    assert_eq!(told(), both);
    broker.put_role(&role, None, false).unwrap();
    assert_eq!(told(), both);
    broker.put_role_and(&role, HandOut::default()).unwrap();
    assert_eq!(told(), HandOut::default());
}

/// What put_role and put_identity refuse, the forms show; and what the forms accept, can be saved.
#[test]
fn a_form_accepts_what_can_be_saved_and_nothing_else() {
    let (_home, broker) = broker();
    // A profile has to be there when it's saved.
    durable_file::edit(&broker.surroundings().places.aws_config_file, &durable_file::Options::default(), |_| {
        Ok::<_, std::convert::Infallible>(durable_file::Change::Replace(b"[profile corp/prod-1]\n".to_vec()))
    })
    .unwrap();
    for (at, case) in cases()["identities"].as_array().unwrap().iter().enumerate() {
        let mut settings =
            serde_json::to_value(daypass_identity::example(case["kind"].as_str().unwrap()).unwrap()).unwrap();
        over(&mut settings, &case["typed"]);
        let name = case["name"].as_str().map_or_else(|| format!("new-{at}"), str::to_owned);
        let saved = match (name.parse(), serde_json::from_value::<IdentitySettings>(settings)) {
            (Ok(name), Ok(settings)) => broker.put_identity(&name, &settings, &TypedSecrets::default(), true).is_ok(),
            _ => false,
        };
        assert_eq!(saved, case["mistakes"] == json!([]), "{case}");
    }
    for case in cases()["roles"].as_array().unwrap() {
        let mut role = serde_json::to_value(super::example_role()).unwrap();
        role["identity"] = identity_of_kind(case["identity"].as_str().unwrap()).into();
        over(&mut role, &case["typed"]);
        let new = case["isNew"].as_bool().unwrap();
        let saved =
            serde_json::from_value::<DeclaredRole>(role).is_ok_and(|role| broker.put_role(&role, None, new).is_ok());
        assert_eq!(saved, case["answer"]["mistakes"] == json!([]), "{case}");
        if saved {
            let arn = case["typed"]["arn"].as_str().unwrap();
            let known = ["role/Developer", "role/Hub", "user/mara"].iter().any(|end| arn.ends_with(end));
            if !known {
                broker.remove_role(arn).unwrap();
            }
        }
    }
}

#[test]
fn every_kind_has_an_example_that_can_be_saved() {
    for kind in IdentitySettings::KINDS {
        let example = daypass_identity::example(kind).unwrap();
        assert!(daypass_identity::check(&example).is_ok() && daypass_identity::mistakes(&example).is_empty(), "{kind}");
    }
}

/// Whatever stands in a form, the answer is about it, and has the form's own words for what cannot be read.
#[test]
fn what_cannot_be_read_is_a_mistake_in_its_field_and_not_in_words_of_serde() {
    let (_home, broker) = broker();
    for kind in IdentitySettings::KINDS {
        let example = serde_json::to_value(daypass_identity::example(kind).unwrap()).unwrap();
        for field in example.as_object().unwrap().keys().filter(|field| *field != "kind") {
            for text in ["", "\u{7f}", "::", "99999999999"] {
                let mut settings = example.clone();
                settings[field] = match example[field] {
                    // A switch, a list, a map or a table is never a text in the form.
                    Value::Bool(_) | Value::Array(_) | Value::Object(_) => continue,
                    _ if super::TABLES.contains(&field.as_str()) => continue,
                    _ => text.into(),
                };
                for one in broker.check_identity("new", &settings, true).unwrap() {
                    assert!(!one.message.contains("nvalid type"), "{kind} {field}: {one:?}");
                    assert!(!one.message.contains("expected"), "{kind} {field}: {one:?}");
                }
            }
        }
    }
    assert_eq!(
        broker.check_identity("new", &json!({ "kind": "no" }), true).unwrap_err().code,
        ProblemCode::UnknownKind
    );
    assert!(!broker.check_role(&json!([]), true).terms.is_empty());
}
