//! How long the console stays signed in, by what the federation endpoint is asked.
#![allow(clippy::unwrap_used)]

use crate::broker::exchange::tests::{CHAIN, World};
use crate::requests::ConsolePage;
use daypass_core::problem::{Problem, ProblemCode};

/// What was asked: roles of STS, and `console` with the key and the duration that it got.
fn asked(world: &World) -> Vec<String> {
    let mut seen = world.sts.seen.lock().unwrap();
    let asked = seen.drain(..).map(|(_, body)| {
        let fields: std::collections::HashMap<_, _> =
            url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        match fields.get("Session") {
            None => format!("{} {}", fields["Action"], fields["RoleArn"].rsplit('/').next().unwrap()),
            Some(session) => {
                let session: serde_json::Value = serde_json::from_str(session).unwrap();
                let duration = fields.get("SessionDuration").map_or("as they last", String::as_str);
                format!("console {} {duration}", session["sessionId"].as_str().unwrap())
            }
        }
    });
    asked.collect()
}

async fn open(world: &World, profile: &str, duration: Option<&str>) -> Result<(), Problem> {
    let page = ConsolePage { duration: duration.map(|text| text.parse().unwrap()), ..ConsolePage::default() };
    world.broker.console(profile, page).await.map(drop)
}

#[tokio::test]
async fn a_console_does_not_end_early_because_its_session_is_old() {
    let world = World::new(CHAIN, |_, _| None).await;
    world.start("123456789012/A", "a").await.unwrap();
    world.start("333333333333/C", "c").await.unwrap();
    asked(&world);
    for profile in ["a", "c"] {
        open(&world, profile, None).await.unwrap();
    }
    assert_eq!(asked(&world), ["console ASIAA1 3600", "console ASIAC1 as they last"]);

    world.pass(30);
    open(&world, "a", None).await.unwrap();
    assert_eq!(asked(&world), ["console ASIAA1 3600"]);
    open(&world, "c", None).await.unwrap();
    let of_c = asked(&world);
    assert_eq!(of_c, ["AssumeRole C", "console ASIAC2 as they last"], "the console ends with its credentials");
}

#[tokio::test]
async fn new_credentials_for_the_console_are_as_narrow_as_the_session() {
    let roles = CHAIN.replace(
        "via = \"arn:aws:iam::210987654321:role/B\"\nread_only = true",
        "via = \"arn:aws:iam::210987654321:role/B\"",
    );
    let world = World::new(&roles, |_, _| None).await;
    let profile = Some("c".parse().unwrap());
    let (delivery, foreign) = (daypass_core::session_request::Delivery::Process, aws_files::Foreign::Refuse);
    world.broker.start("333333333333/C", profile, None, foreign, delivery, true).await.unwrap();
    world.pass(30);
    world.sts.seen.lock().unwrap().clear();
    open(&world, "c", None).await.unwrap();
    let seen = world.sts.seen.lock().unwrap();
    assert!(seen[0].1.contains("ReadOnlyAccess"), "{seen:?}");
}

#[tokio::test]
async fn a_duration_that_was_asked_for_is_sent_or_refused() {
    let world = World::new(CHAIN, |_, _| None).await;
    world.start("123456789012/A", "a").await.unwrap();
    world.start("333333333333/C", "c").await.unwrap();
    asked(&world);
    open(&world, "a", Some("12h")).await.unwrap();
    assert_eq!(asked(&world), ["console ASIAA1 43200"]);
    let problem = open(&world, "c", Some("15m")).await.unwrap_err();
    assert_eq!(problem.code, ProblemCode::TermNotPossible, "{problem}");
    assert!(asked(&world).is_empty(), "nothing is asked");
}
