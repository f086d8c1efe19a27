//! Listing accounts and roles.

use std::sync::Mutex;

use serde_json::json;
use tokio::sync::{Notify, broadcast};

use super::{World, accounts, portal_refusal, roles, work};
use daypass_core::event::Event;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::view::CatalogProgress;

const FIRST_PAGE: &str = "GET /assignment/accounts?max_result=100";

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
    let count = world.broker.list_roles(&work(), &|progress| heard.lock().unwrap().push(progress)).await.unwrap();
    assert_eq!(count, 3);
    assert_eq!(*heard.lock().unwrap().last().unwrap(), CatalogProgress { accounts: 3, done: 3 });
    let found: Vec<String> = world.broker.snapshot().roles.into_iter().map(|role| role.profile.to_string()).collect();
    assert_eq!(found, ["111111111111-Admin", "222222222222-Admin", "333333333333-Admin"]);
    assert_eq!(world.broker.snapshot().roles[0].account_name.as_deref(), Some("Account 111111111111"));
    let events: Vec<Event> = std::iter::from_fn(|| events.try_recv().ok()).collect();
    assert!(events.iter().any(|event| matches!(event, Event::CatalogGrew { .. })), "{events:?}");
    assert_eq!(events.last(), Some(&Event::CatalogListed { identity: work(), problem: None }));

    // A second process finds them in the cache; a sign-out takes them away.
    assert!(world.broker.sign_out(&work()).await.unwrap());
    assert!(world.broker.snapshot().roles.is_empty());
}

#[tokio::test]
async fn an_account_that_was_taken_away_is_left_out_and_a_lost_portal_changes_nothing() {
    let world = World::with_a_role().await;
    world.say("GET /assignment/roles", &[(403, portal_refusal("ForbiddenException"))]);
    assert_eq!(world.broker.list_roles(&work(), &|_| ()).await.unwrap(), 0);
    world.say("GET /assignment/roles", &[(200, roles(&["Dev", "Ops"], None))]);
    assert_eq!(world.broker.list_roles(&work(), &|_| ()).await.unwrap(), 2);

    world.say("GET /assignment/accounts", &[(200, json!("<h1>A proxy</h1>"))]);
    let problem = world.broker.list_roles(&work(), &|_| ()).await.unwrap_err();
    assert_eq!((problem.code, problem.kind), (ProblemCode::IdentityCenterNotThere, ProblemKind::Invalid));
    assert_eq!(world.broker.snapshot().roles.len(), 2, "what was known is known");

    world.say("GET /assignment/accounts", &[(401, portal_refusal("UnauthorizedException"))]);
    assert_eq!(world.broker.list_roles(&work(), &|_| ()).await.unwrap_err().kind, ProblemKind::NeedsSignIn);
    assert_eq!(world.broker.snapshot().roles.len(), 2);
}

#[tokio::test]
async fn an_account_that_is_out_of_order_does_not_hide_the_others() {
    let world = World::new().await;
    world.say("GET /assignment/accounts", &[(200, accounts(&["111111111111", "222222222222", "333333333333"], None))]);
    world.say("GET /assignment/roles", &[(200, roles(&["Admin"], None))]);
    world.sign_in().await.unwrap();
    let found = || world.broker.snapshot().roles.into_iter().map(|role| role.profile.to_string()).collect::<Vec<_>>();
    for (status, answer) in
        [(500, json!({})), (400, portal_refusal("InvalidRequestException")), (404, json!("<h1>?</h1>"))]
    {
        world.say("GET /assignment/roles 222222222222", &[(status, answer)]);
        assert_eq!(world.broker.list_roles(&work(), &|_| ()).await.unwrap(), 2, "{status}");
        assert_eq!(found(), ["111111111111-Admin", "333333333333-Admin"]);
        let remark = world.identity().remarks.remove(0);
        assert_eq!((remark.code, remark.kind), (ProblemCode::IdentityCenterUnlisted, ProblemKind::Passing));
        assert!(remark.message.contains("account 222222222222"), "{remark}");
    }
    // Once it was listed, its roles are known when it fails again.
    world.say("GET /assignment/roles 222222222222", &[(200, roles(&["Admin"], None))]);
    assert_eq!(world.broker.list_roles(&work(), &|_| ()).await.unwrap(), 3);
    assert!(world.identity().remarks.is_empty());
    world.say("GET /assignment/roles 222222222222", &[(404, json!("<h1>?</h1>"))]);
    assert_eq!(world.broker.list_roles(&work(), &|_| ()).await.unwrap(), 3);
    assert_eq!(world.identity().remarks.len(), 1);
    // If all fail, it is the portal.
    world.say("GET /assignment/roles 222222222222", &[(200, roles(&["Admin"], None))]);
    world.say("GET /assignment/accounts", &[(200, accounts(&["111111111111"], None))]);
    world.say("GET /assignment/roles", &[(404, json!("<h1>?</h1>"))]);
    let problem = world.broker.list_roles(&work(), &|_| ()).await.unwrap_err();
    assert_eq!(problem.code, ProblemCode::IdentityCenterNotThere);
    assert_eq!(found().len(), 3, "what was known is known");
}

#[tokio::test]
async fn who_asks_while_a_list_is_made_waits_for_that_one() {
    let world = World::with_a_slow_portal().await;
    let (work, heard) = (work(), Mutex::new(Vec::new()));
    let tell = |progress| heard.lock().unwrap().push(progress);
    let (one, other) = tokio::join!(world.broker.list_roles(&work, &|_| ()), world.broker.list_roles(&work, &tell));
    assert_eq!((one.unwrap(), other.unwrap()), (2, 2));
    assert_eq!(world.service.count(FIRST_PAGE), 1);
    assert_eq!(
        heard.lock().unwrap().last(),
        Some(&CatalogProgress { accounts: 2, done: 2 }),
        "who joined hears it too"
    );
}

#[tokio::test]
async fn a_listing_continues_when_no_caller_waits() {
    let world = World::with_a_slow_portal().await;
    let mut events = world.broker.subscribe();
    let (broker, began) = (world.broker.clone(), Notify::new());
    tokio::select! {
        outcome = async { broker.list_roles(&work(), &|_| began.notify_one()).await } => panic!("{outcome:?}"),
        () = began.notified() => {}
    }
    assert_eq!(world.identity().listing.map(|listing| listing.accounts), Some(2), "a window that opens now is told");
    assert_eq!(end_of_listing(&mut events).await, None);
    assert_eq!(world.broker.snapshot().roles.len(), 2);
    assert_eq!(world.identity().listing, None);
    assert_eq!(world.service.count(FIRST_PAGE), 1);
}

#[tokio::test]
async fn a_sign_out_ends_a_listing() {
    let world = World::with_a_slow_portal().await;
    let mut events = world.broker.subscribe();
    let (work, began) = (work(), Notify::new());
    let sign_out = async {
        began.notified().await;
        world.broker.sign_out(&work).await
    };
    let tell = |_| began.notify_one();
    let (listed, signed_out) = tokio::join!(world.broker.list_roles(&work, &tell), sign_out);
    assert!(signed_out.unwrap());
    let problem = listed.unwrap_err();
    assert_eq!((problem.code, problem.kind), (ProblemCode::ListingStopped, ProblemKind::Cancelled));
    assert_eq!(end_of_listing(&mut events).await, None, "nothing went wrong");
    assert!(world.broker.snapshot().roles.is_empty());
    assert_eq!((world.identity().listing, world.identity().problem), (None, None));
}

#[tokio::test]
async fn a_sign_in_restarts_the_listing_for_all_callers() {
    let world = World::with_a_slow_portal().await;
    world.say("GET /assignment/roles", &[(429, portal_refusal("TooManyRequestsException"))]);
    let keeper = world.broker.clone();
    let keeping = tokio::spawn(async move { keeper.keep().await });
    let mut events = world.broker.subscribe();
    let (work, began) = (work(), Notify::new());
    let sign_in = async {
        began.notified().await;
        let person = world.sign_in().await;
        // Another person's, who has other roles.
        world.say("GET /assignment/roles", &[(200, roles(&["Dev", "Ops"], None))]);
        person
    };
    let tell = |_| began.notify_one();
    let (listed, signed_in) = tokio::join!(world.broker.list_roles(&work, &tell), sign_in);
    signed_in.unwrap();
    assert_eq!(listed.unwrap(), 4);
    assert_eq!(end_of_listing(&mut events).await, None);
    let mut rest = std::iter::from_fn(|| events.try_recv().ok());
    assert!(!rest.any(|event| matches!(event, Event::CatalogListed { .. })), "one listing ended, not two");
    assert_eq!(world.service.count(FIRST_PAGE), 2);
    keeping.abort();
}

#[tokio::test]
async fn a_listing_that_failed_is_told_until_the_next_one_begins() {
    let world = World::with_a_role().await;
    let mut events = world.broker.subscribe();
    world.say("GET /assignment/accounts", &[(200, json!("<h1>A proxy</h1>"))]);
    let problem = world.broker.list_roles(&work(), &|_| ()).await.unwrap_err();
    assert_eq!(end_of_listing(&mut events).await.as_ref(), Some(&problem));
    assert_eq!(world.identity().problem.as_ref(), Some(&problem));
    world.say("GET /assignment/accounts", &[(200, accounts(&["123456789012"], None))]);
    assert_eq!(world.broker.list_roles(&work(), &|_| ()).await.unwrap(), 1);
    assert_eq!(world.identity().problem, None);
}

/// The problem that the end of the next listing reports.
async fn end_of_listing(events: &mut broadcast::Receiver<Event>) -> Option<Problem> {
    loop {
        if let Event::CatalogListed { problem, .. } = events.recv().await.unwrap() {
            return problem;
        }
    }
}

#[tokio::test]
async fn a_listing_without_a_caller_does_not_start() {
    let world = World::new().await;
    assert_eq!(world.broker.list_roles(&work(), &|_| ()).await.unwrap_err().code, ProblemCode::SignedOut);
    assert_eq!(world.service.count("GET /assignment/accounts"), 0);
}
