//! Leases and elevations end by the wall clock, whatever the machine does in between.

use super::*;
use daypass_core::lease::{Elevation, Lease};

const WHY: &str = "a deploy";

fn elevated(world: &World, profile: &str, for_minutes: i64) -> SessionRequest {
    let until = world.sky.now() + TimeDelta::minutes(for_minutes);
    SessionRequest { elevation: Some(Elevation { until, why: WHY.into() }), ..request(profile, 3600) }
}

fn leased(world: &World, profile: &str, for_minutes: i64) -> SessionRequest {
    let until = world.sky.now() + TimeDelta::minutes(for_minutes);
    let lease = Lease { until, purpose: "claude".into(), holder: None, only_for: None };
    SessionRequest {
        lease: Some(lease),
        delivery: Delivery::Process,
        ..request(profile, u32::try_from(for_minutes * 60).unwrap().max(900))
    }
}

fn events(world: &World, event: AuditEvent) -> Vec<AuditLine> {
    world.log().into_iter().filter(|line| line.event == event).collect()
}

/// The profile is never without credentials, and the full ones are gone when the time is over.
#[tokio::test(start_paused = true)]
async fn an_elevation_falls_back_by_itself_under_the_same_profile() {
    let world = World::new();
    let agent = Agent::of(world.process());
    let before = agent.start("prod", 3600).await.access_key_id.unwrap();
    let full = agent.sessions.start(elevated(&world, "prod", 15), Foreign::Refuse).await.unwrap();
    let full_key = full.access_key_id.clone().unwrap();
    assert!(full.elevation.is_some() && full_key != before && world.in_file()["prod"] == full_key);
    for _ in 0..15 * 60 - 10 {
        pass(seconds(1)).await;
        assert_eq!(world.in_file()["prod"], full_key, "it isn't renewed as full, and isn't gone early");
    }
    for _ in 0..10 {
        pass(seconds(1)).await;
        assert!(world.in_file().contains_key("prod"), "the profile always has credentials");
    }
    let after = agent.view("prod");
    assert!(after.elevation.is_none() && after.state == SessionState::Active);
    assert_ne!(world.in_file()["prod"], full_key);
    let told = events(&world, AuditEvent::FellBack);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].why.as_deref(), told[0].access_key_id.as_ref()), (Some(WHY), Some(&full_key)));
    assert_eq!(world.service.asked("prod").len(), 3);
}

/// Nothing else in reach: the full credentials leave the file all the same.
#[tokio::test(start_paused = true)]
async fn an_elevation_ends_without_network_and_across_a_suspend() {
    for sleeps in [false, true] {
        let world = World::new();
        let agent = Agent::of(world.process());
        agent.start("prod", 3600).await;
        agent.sessions.start(elevated(&world, "prod", 15), Foreign::Refuse).await.unwrap();
        world.service.set_trouble(Some(down()));
        if sleeps {
            pass(minutes(5)).await;
            world.sky.suspend(1);
            pass(seconds(2)).await;
        } else {
            pass(minutes(15)).await;
        }
        assert!(world.in_file().is_empty(), "sleeps: {sleeps}");
        assert_eq!(events(&world, AuditEvent::FellBack).len(), 1);
        assert!(agent.sessions.fresh_credentials(&name("prod")).await.is_err());
        world.service.set_trouble(None);
        pass(minutes(2)).await;
        assert!(world.is_good("prod") && agent.view("prod").elevation.is_none());
        assert_eq!(events(&world, AuditEvent::FellBack).len(), 1, "told once");
    }
}

#[tokio::test(start_paused = true)]
async fn an_elevation_that_the_person_ends_leaves_the_file_before_anything_else() {
    let world = World::new();
    let agent = Agent::of(world.process());
    agent.start("prod", 3600).await;
    let full = agent.sessions.start(elevated(&world, "prod", 60), Foreign::Refuse).await.unwrap();
    world.service.set_trouble(Some(down()));
    assert_eq!(agent.sessions.fall_back(None), [name("prod")]);
    assert!(world.in_file().is_empty(), "without waiting for anything");
    assert!(agent.sessions.fall_back(None).is_empty());
    world.service.set_trouble(None);
    pass(minutes(2)).await;
    assert!(world.is_good("prod"));
    // Another process doesn't find the elevation in the vault either.
    let other = world.process();
    assert!(other.find(&name("prod")).unwrap().elevation.is_none());
    assert_ne!(other.find(&name("prod")).unwrap().access_key_id, full.access_key_id);
}

/// A failed start of an elevation leaves the read-only session as it was.
#[tokio::test(start_paused = true)]
async fn an_elevation_that_is_refused_changes_nothing() {
    let world = World::new();
    let agent = Agent::of(world.process());
    let key = agent.start("prod", 3600).await.access_key_id.unwrap();
    world.service.set_trouble(Some(down()));
    agent.sessions.start(elevated(&world, "prod", 15), Foreign::Refuse).await.unwrap_err();
    assert_eq!(world.in_file()["prod"], key);
    assert!(agent.view("prod").elevation.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_lease_gives_nothing_from_its_end_on() {
    for sleeps in [false, true] {
        let world = World::new();
        let agent = Agent::of(world.process());
        let profile = name("lease-claude");
        agent.sessions.start(leased(&world, "lease-claude", 5), Foreign::Refuse).await.unwrap();
        let held = agent.sessions.fresh_credentials(&profile).await.unwrap();
        let lasts = held.expires_here() - world.sky.now();
        assert!(lasts <= TimeDelta::minutes(5), "its reader is told that it lasts {lasts}");
        if sleeps {
            world.sky.suspend(1);
        } else {
            pass(seconds(5 * 60 - 1)).await;
            assert!(agent.sessions.fresh_credentials(&profile).await.is_ok());
            pass(seconds(1)).await;
        }
        let refused = agent.sessions.fresh_credentials(&profile).await.unwrap_err();
        assert_eq!(refused.code, ProblemCode::LeaseOver);
        assert_eq!(agent.sessions.renew(&profile).await.unwrap_err().code, ProblemCode::LeaseOver);
        pass(hours(3)).await;
        assert_eq!(world.service.asked("lease-claude").len(), 1, "it isn't requested again");
        let ended = events(&world, AuditEvent::LeaseEnded);
        assert_eq!(ended.len(), 1, "{ended:?}");
        // A process that starts now knows that it was a lease, and that it is over.
        let other = world.process();
        assert_eq!(other.current_leases().unwrap().len(), 1);
        assert_eq!(other.fresh_credentials(&profile).await.unwrap_err().code, ProblemCode::LeaseOver);
        agent.sessions.end_lease(&profile).await.unwrap();
        assert!(agent.sessions.leases().is_empty());
        assert_eq!(events(&world, AuditEvent::LeaseEnded).len(), 1, "it had ended before");
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_lease_is_renewed_until_its_end_and_can_end_early() {
    let world = World::new();
    let agent = Agent::of(world.process());
    let long = SessionRequest { terms: request("x", 3600).terms, ..leased(&world, "lease-train", 150) };
    agent.sessions.start(long, Foreign::Refuse).await.unwrap();
    pass(minutes(100)).await;
    assert!(agent.sessions.fresh_credentials(&name("lease-train")).await.is_ok());
    assert_eq!(world.service.asked("lease-train").len(), 3);
    agent.sessions.end_lease(&name("lease-train")).await.unwrap();
    assert_eq!(events(&world, AuditEvent::LeaseEnded).len(), 1);
    let gone = agent.sessions.fresh_credentials(&name("lease-train")).await.unwrap_err();
    assert_eq!(gone.code, ProblemCode::UnknownSession);
}

/// Someone sets the clock back to have a lease for longer.
#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_lengthens_nothing() {
    let world = World::new();
    let agent = Agent::of(world.process());
    agent.sessions.start(leased(&world, "lease-claude", 20), Foreign::Refuse).await.unwrap();
    agent.start("prod", 3600).await;
    agent.sessions.start(elevated(&world, "prod", 20), Foreign::Refuse).await.unwrap();
    pass(minutes(10)).await;
    world.sky.set_wrong(TimeDelta::hours(-5));
    pass(minutes(11)).await;
    assert!(agent.sessions.fresh_credentials(&name("lease-claude")).await.is_err());
    assert!(agent.view("prod").elevation.is_none());
}
