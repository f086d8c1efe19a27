//! What the broker says when the person is signed out, signed in, or away.

use daypass_core::problem::{AwsProblem, ProblemCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::rehearsal;
use daypass_core::clock::SystemClock;
use daypass_core::endpoints::Endpoints;
use daypass_core::service::Service;
use serde_json::json;

const CONFIG: &str = r#"
[identity.work]
kind = "oidc"
issuer = "https://login.example.com"
client_id = "daypass"

[identity.pool]
kind = "cognito"
identity = "work"
pool_id = "eu-central-1:01234567-89ab-cdef-0123-456789abcdef"
account = "123456789012"

[identity.other-tool]
kind = "profile"
profile = "managed"

[[role]]
arn = "arn:aws:iam::123456789012:role/Dev"
identity = "work"
profile = "dev"

[[role]]
arn = "arn:aws:iam::123456789012:role/Tool"
identity = "other-tool"
profile = "tool"
"#;

const POOL: &str =
    "arn:aws:cognito-identity:eu-central-1:123456789012:identitypool/eu-central-1:01234567-89ab-cdef-0123-456789abcdef";

fn broker() -> (tempfile::TempDir, Broker) {
    rehearsal::broker(Arc::new(SystemClock), Endpoints::default(), CONFIG)
}

fn sign_in_to_work(broker: &Broker) {
    let proof = json!({
        "issuer": "https://login.example.com", "client_id": "daypass", "person": "me@example.com", "subject": "me",
        "refresh_token": "refresh", "id_token": "token", "expires_at": "2099-01-01T00:00:00Z", "claims": {"sub": "me"},
    });
    let keep = |entries: &mut daypass_vault::Entries| {
        entries.set("identity/work", proof.to_string());
        Ok::<_, Problem>(())
    };
    broker.vault().update(keep).unwrap();
}

fn needs_sign_in() -> Problem {
    Problem::new(ProblemKind::NeedsSignIn, ProblemCode::SignInOver, "it's over")
}

/// What comes of work with this result, and how often it was done.
async fn outcome(
    broker: &Broker,
    person: Person,
    needs: Needs<'_>,
    result: Result<u8, Problem>,
) -> (Result<Outcome<u8>, Problem>, usize) {
    let times = AtomicUsize::new(0);
    let work = async {
        times.fetch_add(1, Ordering::SeqCst);
        result
    };
    let outcome = broker.sign_in_first(person, needs, work).await;
    (outcome, times.into_inner())
}

fn first(identity: &str) -> Result<Outcome<u8>, Problem> {
    Ok(Outcome::SignInFirst(identity.parse().unwrap()))
}

#[tokio::test]
async fn signed_out_comes_the_sign_in_and_nothing_is_tried_before() {
    let (_home, broker) = broker();
    let dev: ProfileName = "dev".parse().unwrap();
    for needs in [Needs::Role("dev"), Needs::Role("123456789012/Dev"), Needs::Profile(&dev)] {
        assert_eq!(outcome(&broker, Person::CanSignIn, needs, Ok(1)).await, (first("work"), 0), "{needs:?}");
    }
}

#[tokio::test]
async fn who_signs_in_for_another_is_named() {
    let (_home, broker) = broker();
    assert_eq!(outcome(&broker, Person::CanSignIn, Needs::Role(POOL), Ok(1)).await, (first("work"), 0));
    let signer = |name: &str| broker.signer_of(&name.parse().unwrap()).map(|name| name.to_string());
    assert_eq!(signer("pool").unwrap(), "work");
    assert_eq!(signer("work").unwrap(), "work");
    assert_eq!(signer("nobody").unwrap_err().code, ProblemCode::UnknownIdentity);
}

#[tokio::test]
async fn signed_in_the_work_is_done_and_a_refused_proof_asks_for_a_sign_in() {
    let (_home, broker) = broker();
    sign_in_to_work(&broker);
    let role = Needs::Role("dev");
    assert_eq!(outcome(&broker, Person::CanSignIn, role, Ok(1)).await, (Ok(Outcome::Done(1)), 1));
    assert_eq!(outcome(&broker, Person::CanSignIn, role, Err(needs_sign_in())).await, (first("work"), 1));
    let refused = Problem::new(ProblemKind::Refused, ProblemCode::Aws(Service::Sts, AwsProblem::AccessDenied), "no");
    assert_eq!(outcome(&broker, Person::CanSignIn, role, Err(refused.clone())).await, (Err(refused), 1));
}

#[tokio::test]
async fn in_the_background_the_problem_stays_a_problem() {
    let (_home, broker) = broker();
    let tried = outcome(&broker, Person::Away, Needs::Role("dev"), Err(needs_sign_in())).await;
    assert_eq!(tried, (Err(needs_sign_in()), 1));
}

#[tokio::test]
async fn another_tools_profile_has_no_sign_in() {
    let (_home, broker) = broker();
    let tried = outcome(&broker, Person::CanSignIn, Needs::Role("tool"), Err(needs_sign_in())).await;
    assert_eq!(tried, (Err(needs_sign_in()), 1));
}

#[tokio::test]
async fn what_is_unknown_is_the_works_own_problem() {
    let (_home, broker) = broker();
    let nothing: ProfileName = "nothing".parse().unwrap();
    for needs in [Needs::Role("nothing"), Needs::Profile(&nothing), Needs::Renewal(&nothing)] {
        let tried = outcome(&broker, Person::CanSignIn, needs, Err(needs_sign_in())).await;
        assert_eq!(tried, (Err(needs_sign_in()), 1), "{needs:?}");
    }
}

#[tokio::test]
async fn a_role_that_only_a_sign_in_lists_is_a_reason_to_sign_in() {
    const LISTING: &str = r#"
[identity.corp]
kind = "oidc"
issuer = "https://login.example.com"
client_id = "daypass"
roles_claim = "roles"
"#;
    const CENTER: &str = r#"
[identity.center]
kind = "identity-center"
start_url = "https://d-1234567890.awsapps.com/start"
region = "eu-central-1"
"#;
    const SECOND: &str = r#"
[identity.second]
kind = "oidc"
issuer = "https://other.example.com"
client_id = "daypass"
roles_claim = "roles"
"#;
    let asked = async |broker: &Broker, role: &str| {
        let work = async { broker.role(role).map(drop) };
        match broker.sign_in_first(Person::CanSignIn, Needs::Role(role), work).await {
            Ok(Outcome::SignInFirst(identity)) => Some(identity.to_string()),
            Ok(Outcome::Done(())) => None,
            Err(problem) => {
                assert_eq!(problem.code, ProblemCode::UnknownRole);
                None
            }
        }
    };
    let (_home, broker) = rehearsal::broker(Arc::new(SystemClock), Endpoints::default(), LISTING);
    for role in ["corp:123456789012/Dev", "123456789012/Dev", "arn:aws:iam::123456789012:role/Dev"] {
        assert_eq!(asked(&broker, role).await.as_deref(), Some("corp"), "{role}");
    }
    for role in ["dev", "center:123456789012/Dev", "nobody:123456789012/Dev"] {
        assert_eq!(asked(&broker, role).await, None, "{role}");
    }
    const SET: &str = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/Dev";
    let (_home, broker) = rehearsal::broker(Arc::new(SystemClock), Endpoints::default(), CENTER);
    for role in ["center:123456789012/Dev", "123456789012/Dev", SET] {
        assert_eq!(asked(&broker, role).await.as_deref(), Some("center"), "{role}");
    }
    for role in ["123456789012-Dev", "arn:aws:iam::123456789012:role/Dev"] {
        assert_eq!(asked(&broker, role).await, None, "{role}");
    }
    let (_home, broker) = rehearsal::broker(Arc::new(SystemClock), Endpoints::default(), &[LISTING, CENTER].concat());
    assert_eq!(asked(&broker, "arn:aws:iam::123456789012:role/Dev").await.as_deref(), Some("corp"));
    assert_eq!(asked(&broker, "123456789012/Dev").await, None, "either may list it");
    let (_home, broker) = rehearsal::broker(Arc::new(SystemClock), Endpoints::default(), &[LISTING, SECOND].concat());
    assert_eq!(asked(&broker, "123456789012/Dev").await, None, "which of the two isn't ours to choose");
    assert_eq!(asked(&broker, "second:123456789012/Dev").await.as_deref(), Some("second"));
}
