//! A key that can't be stored is reported before the first secret needs it.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;

use crate::rehearsal;
use daypass_core::clock::SystemClock;
use daypass_core::endpoints::Endpoints;
use daypass_core::event::Event;
use daypass_core::problem::ProblemCode;

#[tokio::test]
async fn the_agent_learns_early_that_there_is_no_place_for_the_key() {
    let (home, broker) = rehearsal::broker(Arc::new(SystemClock), Endpoints::default(), "");
    let key = home.path().join("vault.key");
    std::fs::write(&key, "open to all").unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(broker.snapshot().vault_problem.is_none(), "a command doesn't look");
    let mut events = broker.subscribe();
    let keeping = tokio::spawn({
        let broker = broker.clone();
        async move { broker.keep().await }
    });
    let told = tokio::time::timeout(Duration::from_secs(20), events.recv()).await.unwrap().unwrap();
    assert_eq!(told, Event::CatalogChanged);
    assert_eq!(broker.snapshot().vault_problem.map(|p| p.code), Some(ProblemCode::KeyFileOpenToOthers));

    std::fs::remove_file(&key).unwrap();
    let told = tokio::time::timeout(Duration::from_secs(20), events.recv()).await.unwrap().unwrap();
    assert_eq!(told, Event::CatalogChanged);
    assert_eq!(broker.snapshot().vault_problem, None);
    keeping.abort();
}
