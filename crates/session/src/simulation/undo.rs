//! Undoing a stop: the same credentials, without an exchange. And changing a running profile's region.

use super::*;
use daypass_core::problem::ProblemCode;

#[tokio::test(start_paused = true)]
async fn a_stop_can_be_taken_back_for_a_while() {
    let world = World::new();
    let agent = Agent::of(world.process());
    let started = agent.start("dev", 3600).await;
    assert_eq!(agent.sessions.stop_for_now(&[name("dev")]).await.unwrap(), 1);
    assert!(world.in_file().is_empty() && agent.sessions.list().unwrap().is_empty());
    assert!(world.process().list().unwrap().is_empty(), "the vault has nothing of it");

    // As with a used-up proof: nothing is requested.
    world.service.set_trouble(Some(down()));
    let mut events = world.events.subscribe();
    let back = agent.sessions.undo_stop(&name("dev")).await.unwrap();
    assert_eq!((&back.access_key_id, back.state), (&started.access_key_id, SessionState::Active));
    assert!(world.is_good("dev") && world.process().find(&name("dev")).is_ok());
    assert_eq!(changes(&mut events, SessionChange::Started).len(), 1);
    assert_eq!(world.service.asked("dev").len(), 1, "no exchange");
    world.service.set_trouble(None);
    pass(hours(2)).await;
    assert!(agent.view("dev").renewals > 0 && world.is_good("dev"), "and it's renewed as before");
}

#[tokio::test(start_paused = true)]
async fn an_undo_that_comes_late_or_twice_or_finds_another_session_changes_nothing() {
    let world = World::new();
    let agent = Agent::of(world.process());
    let undo = || async { agent.sessions.undo_stop(&name("dev")).await.map_err(|problem| problem.code) };
    agent.start("dev", 3600).await;
    assert_eq!(undo().await.unwrap_err(), ProblemCode::UnknownSession, "it runs");
    agent.sessions.stop_for_now(&[name("dev")]).await.unwrap();
    undo().await.unwrap();
    assert_eq!(undo().await.unwrap_err(), ProblemCode::UnknownSession);
    agent.sessions.stop_for_now(&[name("dev")]).await.unwrap();
    pass(minutes(1)).await;
    assert_eq!(undo().await.unwrap_err(), ProblemCode::UnknownSession, "its credentials are forgotten");
    agent.start("dev", 3600).await;
    agent.sessions.stop_for_now(&[name("dev")]).await.unwrap();
    let other = agent.start("dev", 7200).await;
    assert_eq!(undo().await.unwrap_err(), ProblemCode::UnknownSession);
    assert_eq!(agent.view("dev"), other);
    // A stop that another one asked for is final.
    agent.sessions.stop(&[name("dev")]).await.unwrap();
    assert_eq!(undo().await.unwrap_err(), ProblemCode::UnknownSession);
}

#[tokio::test(start_paused = true)]
async fn a_running_profile_gets_another_region_without_an_exchange() {
    let world = World::new();
    let agent = Agent::of(world.process());
    agent.start("dev", 3600).await;
    let in_file = || {
        let profiles = AwsFile::new(world.credentials_file(), FileKind::Credentials).profiles().unwrap();
        profiles.iter().find(|profile| profile.name == "dev").unwrap().get("region").map(str::to_owned)
    };
    for region in [Some("eu-north-1"), Some("us-east-2"), None] {
        let wanted = region.map(|region| region.parse().unwrap());
        let mut events = world.events.subscribe();
        let changed = agent.sessions.change_region(&name("dev"), wanted.clone()).await.unwrap();
        assert_eq!((changed.region, in_file()), (wanted.clone(), region.map(str::to_owned)));
        assert_eq!(world.process().find(&name("dev")).unwrap().region, wanted, "the vault says so too");
        assert_eq!(changes(&mut events, SessionChange::DeliveryChanged).len(), 1);
    }
    assert_eq!(world.service.asked("dev").len(), 1, "no exchange");
    let unknown = agent.sessions.change_region(&name("other"), None).await.unwrap_err();
    assert_eq!(unknown.code, ProblemCode::UnknownSession);
}

#[tokio::test(start_paused = true)]
async fn time_left_is_counted_by_a_clock_that_is_wrong() {
    let world = World::new();
    let agent = Agent::of(world.process());
    world.sky.set_wrong(TimeDelta::minutes(-10));
    let view = agent.start("dev", 43_200).await;
    let (ends, here) = (view.expires_at.unwrap(), view.expires_here.unwrap());
    assert!((ends - here - TimeDelta::minutes(10)).abs() < TimeDelta::seconds(3), "{ends} {here}");
    let left = here - world.sky.now();
    assert!(left <= TimeDelta::hours(12) && left > TimeDelta::hours(12) - TimeDelta::seconds(5), "{left}");
}
