//! Failures outside Daypass, and recovery when they end.

use super::*;
use daypass_core::problem::{AwsProblem, ProblemCode};
use daypass_core::service::Service;

#[tokio::test(start_paused = true)]
async fn a_renewal_that_panics_is_told_and_tried_again() {
    let world = World::new();
    let agent = Agent::of(world.process());
    agent.start("dev", 3600).await;
    world.service.set_trouble(Some(Problem::new(ProblemKind::Failed, ProblemCode::Interrupted, "")));
    pass(minutes(45)).await;
    while agent.state("dev") == SessionState::Renewing {
        pass(seconds(1)).await;
    }
    let view = agent.view("dev");
    assert_eq!((view.state, view.renewals), (SessionState::Active, 0));
    assert_eq!(view.problem.unwrap().code, ProblemCode::RenewalBrokeOff);
    let asked = world.service.asked("dev").len();
    assert!((3..20).contains(&asked), "{asked}");
    world.service.set_trouble(None);
    pass(minutes(10)).await;
    let view = agent.view("dev");
    assert!(view.renewals > 0 && view.problem.is_none(), "{view:?}");
    assert!(world.is_good("dev"));
}

#[tokio::test(start_paused = true)]
async fn ten_minutes_without_network_are_not_noticed() {
    let world = World::new();
    let agent = Agent::of(world.process());
    agent.start("dev", 3600).await;
    let before = world.in_file();
    pass(minutes(38)).await;
    world.service.set_trouble(Some(down()));
    pass(minutes(10)).await;
    assert_eq!(world.in_file(), before, "the old credentials stay");
    let view = agent.view("dev");
    assert_eq!(
        (view.state, view.problem.unwrap().code),
        (SessionState::Active, ProblemCode::Aws(Service::Sts, AwsProblem::Unreachable))
    );
    world.service.set_trouble(None);
    pass(seconds(61)).await;
    assert_ne!(world.in_file(), before);
    assert!(agent.view("dev").problem.is_none());
    assert!(world.service.asked("dev").len() <= 20, "{:?}", world.service.asked("dev"));
}

#[tokio::test(start_paused = true)]
async fn a_long_outage_takes_them_out_and_revives_them_without_the_person() {
    let world = World::new();
    let mut events = world.events.subscribe();
    let agent = Agent::of(world.process());
    agent.start("dev", 3600).await;
    world.service.set_trouble(Some(down()));
    for _ in 0..200 {
        pass(minutes(1)).await;
        assert!(world.over_since("dev").is_none_or(|over| over <= TimeDelta::seconds(30)));
    }
    assert_eq!(agent.state("dev"), SessionState::Expired);
    assert!(!world.credentials_file().exists(), "we made the file, so it goes with the last profile");
    assert_eq!(changes(&mut events, SessionChange::Expired).len(), 1);
    assert!(world.service.asked("dev").len() < 80, "{} tries", world.service.asked("dev").len());
    world.service.set_trouble(None);
    pass(minutes(5)).await;
    assert!(world.is_good("dev"));
    assert_eq!(agent.state("dev"), SessionState::Active);
}

#[tokio::test(start_paused = true)]
async fn after_nine_hours_with_the_lid_closed_stale_keys_go_and_new_ones_come() {
    let world = World::new();
    let agent = Agent::of(world.process());
    agent.start("dev", 3600).await;
    // Between two looks at the clock, so that the next one is not at this very moment.
    pass(seconds(65)).await;
    world.sky.suspend(9);
    world.service.set_latency(seconds(20));
    pass(seconds(2)).await;
    assert!(world.in_file().is_empty(), "stale keys are gone while the new ones are on their way");
    pass(seconds(21)).await;
    assert!(world.is_good("dev"));
    assert_eq!(world.service.asked("dev").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_wakes_up_drops_stale_keys_at_once() {
    // Whatever the moment between two looks at everything.
    for moment in [31, 36, 45, 58] {
        let world = World::new();
        let agent = Agent::of(world.process());
        agent.start("dev", 3600).await;
        world.service.set_latency(seconds(20));
        pass(seconds(moment)).await;
        world.sky.suspend(9);
        assert_eq!(agent.state("dev"), SessionState::Expired, "never shown as active");
        pass(seconds(2)).await;
        assert!(world.in_file().is_empty(), "after {moment} s");
        pass(seconds(21)).await;
        assert!(world.is_good("dev") && agent.state("dev") == SessionState::Active);
        assert_eq!(world.service.asked("dev").len(), 2);
    }
}

/// Nothing asks about the session meanwhile.
#[tokio::test(start_paused = true)]
async fn a_machine_that_wakes_up_notices_without_being_asked() {
    let world = World::new();
    let agent = Agent::of(world.process());
    agent.start("dev", 3600).await;
    world.service.set_trouble(Some(down()));
    pass(seconds(33)).await;
    world.sky.suspend(2);
    pass(seconds(2)).await;
    assert!(world.in_file().is_empty());
    assert_ne!(agent.state("dev"), SessionState::Active);
    let slept: Vec<AuditLine> = world.log().into_iter().filter(|line| line.event == AuditEvent::Slept).collect();
    assert_eq!(slept.len(), 1, "{slept:?}");
    let lasted = slept[0].at - slept[0].since.unwrap();
    assert_eq!(lasted.num_minutes(), 120, "{slept:?}");
}

#[tokio::test(start_paused = true)]
async fn a_spent_proof_is_asked_for_once_and_renews_all_when_it_is_there() {
    let world = World::new();
    let mut events = world.events.subscribe();
    let agent = Agent::of(world.process());
    for profile in ["a", "b", "c"] {
        agent.start(profile, 3600).await;
    }
    world.service.set_trouble(Some(Problem::new(ProblemKind::NeedsSignIn, ProblemCode::SignInOver, "it's over")));
    pass(minutes(50)).await;
    for profile in ["a", "b", "c"] {
        assert_eq!(agent.state(profile), SessionState::NeedsSignIn);
        assert!(world.is_good(profile), "they are good until they expire");
        assert_eq!(world.service.asked(profile).len(), 2, "no second try without the person");
    }
    let mut asked = Vec::new();
    while let Ok(event) = events.try_recv() {
        if let Event::SignInNeeded { profiles, .. } = event {
            asked.push(profiles.len());
        }
    }
    assert_eq!(asked, [3], "once for the identity, with all its profiles");
    pass(minutes(20)).await;
    assert!(world.in_file().is_empty());
    world.service.set_trouble(None);
    agent.sessions.signed_in(&"work".parse().unwrap(), false);
    pass(seconds(2)).await;
    for profile in ["a", "b", "c"] {
        assert!(world.is_good(profile) && agent.state(profile) == SessionState::Active);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_role_is_not_tried_again_and_harms_no_other() {
    let world = World::new();
    let agent = Agent::of(world.process());
    agent.start("fine", 3600).await;
    agent.start("refused", 3600).await;
    let no = Problem::new(ProblemKind::Refused, ProblemCode::Aws(Service::Sts, AwsProblem::AccessDenied), "no");
    world.service.refused.lock().unwrap().insert("refused".into(), no);
    pass(minutes(59)).await;
    assert_eq!(agent.state("refused"), SessionState::Failed);
    assert!(world.is_good("refused"), "what is in hand works until it expires");
    pass(hours(5)).await;
    assert_eq!(world.service.asked("refused").len(), 2);
    assert_eq!(agent.view("refused").problem.unwrap().code, ProblemCode::Aws(Service::Sts, AwsProblem::AccessDenied));
    assert!(!world.in_file().contains_key("refused") && world.is_good("fine"));
}

#[tokio::test(start_paused = true)]
async fn a_hotels_certificate_ends_no_session() {
    let world = World::new();
    let mut events = world.events.subscribe();
    let agent = Agent::of(world.process());
    agent.start("dev", 3600).await;
    world.service.set_trouble(Some(Problem::new(
        ProblemKind::Invalid,
        ProblemCode::Aws(Service::Sts, AwsProblem::CertificateUntrusted),
        "not trusted",
    )));
    pass(minutes(57)).await;
    assert_eq!(agent.state("dev"), SessionState::Failed);
    assert_eq!(changes(&mut events, SessionChange::Failed).len(), 1, "said once");
    world.service.set_trouble(None);
    pass(minutes(6)).await;
    assert_eq!(agent.state("dev"), SessionState::Active);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_clock_is_no_matter() {
    for hours_wrong in [-1, 1] {
        let world = World::new();
        world.sky.set_wrong(TimeDelta::hours(hours_wrong));
        let agent = Agent::of(world.process());
        agent.start("dev", 3600).await;
        for _ in 0..300 {
            pass(minutes(1)).await;
            assert!(world.is_good("dev"), "clock wrong by {hours_wrong} h");
        }
        assert!((7..=9).contains(&world.service.asked("dev").len()), "{}", world.service.asked("dev").len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_by_a_day_leaves_no_stale_key() {
    let world = World::new();
    let agent = Agent::of(world.process());
    agent.start("dev", 3600).await;
    agent.start("spent", 3600).await;
    let over = Problem::new(ProblemKind::NeedsSignIn, ProblemCode::SignInOver, "it's over");
    world.service.refused.lock().unwrap().insert("spent".into(), over);
    pass(minutes(20)).await;
    world.sky.set_wrong(TimeDelta::days(-1));
    for _ in 0..200 {
        pass(minutes(1)).await;
        assert!(world.is_good("dev"));
        assert!(world.over_since("spent").is_none_or(|over| over <= TimeDelta::seconds(30)));
    }
    let set_back = world.log().into_iter().filter(|line| line.event == AuditEvent::ClockSetBack).count();
    assert_eq!(set_back, 1);
    // An agent that starts only now has not seen the clock change.
    world.sky.set_wrong(TimeDelta::days(-3));
    drop(agent);
    let _agent = Agent::of(world.process());
    pass(seconds(2)).await;
    assert!(world.over_since("dev").is_some_and(|over| over < TimeDelta::minutes(-59)), "renewed at once");
}

#[tokio::test(start_paused = true)]
async fn a_file_that_cannot_be_written_costs_no_second_exchange() {
    for place in ["aws/credentials", "home/vault.age"] {
        let world = World::new();
        let agent = Agent::of(world.process());
        agent.start("dev", 3600).await;
        let before = world.in_file();
        world.set_writable(place, false);
        pass(minutes(50)).await;
        assert_eq!(world.in_file(), before);
        let view = agent.view("dev");
        assert!(view.state == SessionState::Active && view.problem.is_some(), "{place}: {view:?}");
        assert_eq!(world.service.asked("dev").len(), 2, "{place}");
        world.set_writable(place, true);
        pass(seconds(61)).await;
        assert_ne!(world.in_file(), before, "{place}");
        assert!(agent.view("dev").problem.is_none());
        assert_eq!(world.service.asked("dev").len(), 2, "{place}: what came is delivered, not asked for again");
    }
}

#[tokio::test(start_paused = true)]
async fn expired_keys_go_as_soon_as_the_file_can_be_written() {
    let world = World::new();
    let mut events = world.events.subscribe();
    let agent = Agent::of(world.process());
    agent.start("dev", 3600).await;
    world.service.set_trouble(Some(down()));
    world.set_writable("aws/credentials", false);
    pass(minutes(70)).await;
    assert_eq!(agent.state("dev"), SessionState::Expired);
    assert_eq!(changes(&mut events, SessionChange::Expired).len(), 1, "said once, not every half minute");
    world.set_writable("aws/credentials", true);
    pass(seconds(31)).await;
    assert!(world.in_file().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_locked_vault_delays_and_loses_nothing() {
    let world = World::new();
    let agent = Agent::of(world.process());
    agent.start("dev", 3600).await;
    world.key.locked.store(true, Ordering::SeqCst);
    agent.sessions.dependencies.vault.forget_key();
    pass(minutes(50)).await;
    assert!(world.is_good("dev"));
    assert_eq!(agent.sessions.list().unwrap_err().kind, ProblemKind::Failed);
    world.key.locked.store(false, Ordering::SeqCst);
    pass(seconds(61)).await;
    assert_eq!(agent.state("dev"), SessionState::Active);
    assert_eq!(agent.view("dev").renewals, 1);
}

#[tokio::test(start_paused = true)]
async fn a_locked_vault_does_not_keep_stale_keys_in_the_file() {
    let world = World::new();
    let agent = Agent::of(world.process());
    agent.start("dev", 3600).await;
    world.key.locked.store(true, Ordering::SeqCst);
    agent.sessions.dependencies.vault.forget_key();
    pass(seconds(3630)).await;
    assert!(world.in_file().is_empty());
    world.key.locked.store(false, Ordering::SeqCst);
    pass(minutes(5)).await;
    assert!(world.is_good("dev"));
}

#[tokio::test(start_paused = true)]
async fn credentials_that_are_over_when_they_come_are_a_failure_with_pauses() {
    for gone_by in [hours(10_000), hours(1), Duration::ZERO, Duration::from_millis(900)] {
        let world = World::new();
        let mut events = world.events.subscribe();
        let agent = Agent::of(world.process());
        agent.start("dev", 3600).await;
        world.service.set_ending(Some(TimeDelta::from_std(gone_by).unwrap()));
        let refused = agent.start_again("other", Foreign::Refuse).await.unwrap_err();
        assert_eq!((refused.code, refused.kind), (ProblemCode::CredentialsOver, ProblemKind::Passing));
        assert!(!world.in_file().contains_key("other"));
        pass(minutes(50)).await;
        assert!(world.is_good("dev"), "what is in hand stays");
        assert_eq!(agent.view("dev").problem.unwrap().code, ProblemCode::CredentialsOver);
        let tries = world.service.asked("dev").len();
        assert!((3..30).contains(&tries), "{tries}");
        assert!(changes(&mut events, SessionChange::Renewed).is_empty());
        world.service.set_ending(None);
        pass(minutes(2)).await;
        assert!(world.is_good("dev") && agent.view("dev").problem.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_gives_seconds_is_not_asked_without_pause() {
    let world = World::new();
    let agent = Agent::of(world.process());
    world.service.set_ending(Some(TimeDelta::seconds(-4)));
    agent.start("dev", 3600).await;
    pass(minutes(1)).await;
    let tries = world.service.asked("dev").len();
    assert!((5..=21).contains(&tries), "{tries}");
}

#[tokio::test(start_paused = true)]
async fn while_minutes_are_left_no_caller_waits_for_a_service_that_hangs() {
    let world = World::new();
    let process = world.process();
    process.start(request("dev", 3600), Foreign::Refuse).await.unwrap();
    let first = process.fresh_credentials(&name("dev")).await.unwrap();
    pass(minutes(45)).await;
    world.service.set_latency(minutes(10));
    let asked = tokio::time::Instant::now();
    assert_eq!(process.fresh_credentials(&name("dev")).await.unwrap().access_key_id, first.access_key_id);
    assert!(asked.elapsed() <= seconds(2), "{:?}", asked.elapsed());
    // The renewal continues by itself, and serves later callers.
    pass(minutes(11)).await;
    assert_ne!(process.fresh_credentials(&name("dev")).await.unwrap().access_key_id, first.access_key_id);
    assert_eq!(world.service.asked("dev").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn credentials_that_end_during_the_wait_are_not_handed_out() {
    let world = World::new();
    let process = world.process();
    process.start(request("dev", 3600), Foreign::Refuse).await.unwrap();
    pass(minutes(59)).await;
    world.service.set_latency(minutes(2));
    world.service.set_trouble(Some(down()));
    let refused = process.fresh_credentials(&name("dev")).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::Aws(Service::Sts, AwsProblem::Unreachable));
    world.service.set_trouble(None);
    assert!(process.fresh_credentials(&name("dev")).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn what_a_wrong_clock_broke_is_tried_again_as_soon_as_it_is_right() {
    for wrong in [TimeDelta::minutes(-3), TimeDelta::hours(1)] {
        let world = World::new();
        let agent = Agent::of(world.process());
        agent.start("dev", 3600).await;
        pass(minutes(10)).await;
        world.sky.set_wrong(wrong);
        world.service.set_trouble(Some(Problem::new(
            ProblemKind::Invalid,
            ProblemCode::OidcTokenWrongTime,
            "it's from the future",
        )));
        pass(minutes(50)).await;
        let asked = world.service.asked("dev").len();
        assert!(agent.view("dev").problem.is_some());
        world.service.set_trouble(None);
        world.sky.set_wrong(TimeDelta::zero());
        pass(seconds(31)).await;
        assert_eq!(world.service.asked("dev").len(), asked + 1, "clock wrong by {wrong}");
        assert_eq!(agent.state("dev"), SessionState::Active);
    }
}
