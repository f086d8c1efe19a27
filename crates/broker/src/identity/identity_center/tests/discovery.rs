//! Listing accounts and roles.

use std::sync::Mutex;

use serde_json::json;

use super::{World, accounts, portal_refusal, roles, work};
use crate::event::Event;
use crate::identity::CatalogProgress;
use crate::problem::ProblemKind;

#[tokio::test]
async fn all_pages_of_all_accounts_are_listed() {
    let world = World::new().await;
    world.say(
        "GET /assignment/accounts",
        &[
            (200, accounts(&["111111111111", "222222222222"], Some("more"))),
            (429, portal_refusal("TooManyRequestsException")),
            (200, accounts(&["222222222222", "333333333333", "nonsense"], None)),
        ],
    );
    world.say("GET /assignment/roles", &[(200, roles(&["Admin"], None))]);
    world.sign_in().await.unwrap();
    let mut events = world.broker.subscribe();
    let heard = Mutex::new(Vec::new());
    let count = world.broker.refresh(&work(), &|progress| heard.lock().unwrap().push(progress)).await.unwrap();
    assert_eq!(count, 3);
    assert_eq!(*heard.lock().unwrap().last().unwrap(), CatalogProgress { accounts: 3, done: 3 });
    let found: Vec<String> = world.broker.snapshot().roles.into_iter().map(|role| role.profile.to_string()).collect();
    assert_eq!(found, ["111111111111-Admin", "222222222222-Admin", "333333333333-Admin"]);
    assert_eq!(world.broker.snapshot().roles[0].account_name.as_deref(), Some("Account 111111111111"));
    let events: Vec<Event> = std::iter::from_fn(|| events.try_recv().ok()).collect();
    assert!(events.iter().any(|event| matches!(event, Event::CatalogGrew { .. })), "{events:?}");
    assert_eq!(events.last(), Some(&Event::CatalogChanged));

    // A second process finds them in the cache; a sign-out takes them away.
    assert!(world.broker.sign_out(&work()).await.unwrap());
    assert!(world.broker.snapshot().roles.is_empty());
}

#[tokio::test]
async fn an_account_that_was_taken_away_is_left_out_and_a_lost_portal_changes_nothing() {
    let world = World::with_a_role().await;
    world.say("GET /assignment/roles", &[(403, portal_refusal("ForbiddenException"))]);
    assert_eq!(world.broker.refresh(&work(), &|_| ()).await.unwrap(), 0);
    world.say("GET /assignment/roles", &[(200, roles(&["Dev", "Ops"], None))]);
    assert_eq!(world.broker.refresh(&work(), &|_| ()).await.unwrap(), 2);

    world.say("GET /assignment/accounts", &[(200, json!("<h1>A proxy</h1>"))]);
    let problem = world.broker.refresh(&work(), &|_| ()).await.unwrap_err();
    assert_eq!((problem.code.as_str(), problem.kind), ("identity-center-not-there", ProblemKind::Invalid));
    assert_eq!(world.broker.snapshot().roles.len(), 2, "what was known is known");

    world.say("GET /assignment/accounts", &[(401, portal_refusal("UnauthorizedException"))]);
    assert_eq!(world.broker.refresh(&work(), &|_| ()).await.unwrap_err().kind, ProblemKind::NeedsSignIn);
    assert_eq!(world.broker.snapshot().roles.len(), 2);
}

#[tokio::test]
async fn nothing_is_listed_for_nobody() {
    let world = World::new().await;
    assert_eq!(world.broker.refresh(&work(), &|_| ()).await.unwrap_err().code, "signed-out");
    assert_eq!(world.service.count("GET /assignment/accounts"), 0);
}
