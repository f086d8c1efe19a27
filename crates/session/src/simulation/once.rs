//! One exchange for any number of callers, and callers that stop or hang up don't leave anything behind.

use super::*;
use daypass_core::problem::{AwsProblem, ProblemCode};
use daypass_core::service::Service;

#[tokio::test(start_paused = true)]
async fn a_hundred_who_renew_share_one_exchange_and_one_failure() {
    let world = World::new();
    let agent = Agent::of(world.process());
    agent.start("dev", 3600).await;
    let ask = || {
        (0..100)
            .map(|_| {
                tokio::spawn({
                    let sessions = Arc::clone(&agent.sessions);
                    async move { sessions.renew(&name("dev")).await }
                })
            })
            .collect::<Vec<_>>()
    };
    for asker in ask() {
        assert_eq!(asker.await.unwrap().unwrap().renewals, 1);
    }
    assert_eq!(world.service.asked("dev").len(), 2);
    world.service.set_trouble(Some(down()));
    for asker in ask() {
        assert_eq!(asker.await.unwrap().unwrap_err().code, ProblemCode::Aws(Service::Sts, AwsProblem::Unreachable));
    }
    assert_eq!(world.service.asked("dev").len(), 3, "a failure is shared as well");
}

#[tokio::test(start_paused = true)]
async fn a_hundred_who_start_share_one_exchange_and_one_failure() {
    let world = World::new();
    let sessions = world.process();
    let ask = || {
        (0..100)
            .map(|_| {
                tokio::spawn({
                    let sessions = Arc::clone(&sessions);
                    async move { sessions.start(request("dev", 3600), Foreign::Refuse).await }
                })
            })
            .collect::<Vec<_>>()
    };
    world.service.set_trouble(Some(down()));
    for asker in ask() {
        assert_eq!(asker.await.unwrap().unwrap_err().code, ProblemCode::Aws(Service::Sts, AwsProblem::Unreachable));
    }
    assert_eq!(world.service.asked("dev").len(), 1);
    assert!(sessions.list().unwrap().is_empty());
    world.service.set_trouble(None);
    for asker in ask() {
        assert_eq!(asker.await.unwrap().unwrap().renewals, 0);
    }
    assert_eq!(world.service.asked("dev").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn two_processes_exchange_once() {
    let world = World::new();
    let (one, two) = (world.process(), world.process());
    let started = tokio::join!(
        one.start(request("dev", 3600), Foreign::Refuse),
        two.start(request("dev", 3600), Foreign::Refuse)
    );
    assert_eq!(started.0.unwrap().access_key_id, started.1.unwrap().access_key_id);
    assert_eq!(world.service.asked("dev").len(), 1);
    let (one, two) = (Agent::of(one), Agent::of(two));
    pass(hours(10)).await;
    let count = world.service.asked("dev").len();
    assert!((14..=17).contains(&count), "{count} exchanges for ten hours of two agents");
    assert_eq!(one.view("dev").access_key_id, two.view("dev").access_key_id);
}

#[tokio::test(start_paused = true)]
async fn a_stop_during_a_renewal_is_quick_and_final() {
    let world = World::new();
    let agent = Agent::of(world.process());
    agent.start("dev", 3600).await;
    world.service.set_latency(seconds(35));
    let sessions = Arc::clone(&agent.sessions);
    let renewal = tokio::spawn(async move { sessions.renew(&name("dev")).await });
    pass(seconds(1)).await;
    let asked = Instant::now();
    assert_eq!(agent.sessions.stop(&[name("dev"), name("dev")]).await.unwrap(), 1);
    assert!(asked.elapsed() < seconds(1), "a stop doesn't wait for the network");
    assert_eq!(renewal.await.unwrap().unwrap_err().code, ProblemCode::SessionStopped);
    pass(hours(3)).await;
    assert!(world.in_file().is_empty() && agent.sessions.list().unwrap().is_empty());
    assert_eq!(world.service.asked("dev").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_start_is_stopped_before_it_has_begun_to_run() {
    let world = World::new();
    let agent = Agent::of(world.process());
    world.service.set_latency(seconds(35));
    let mut events = world.events.subscribe();
    let sessions = Arc::clone(&agent.sessions);
    let start = tokio::spawn(async move { sessions.start(request("dev", 3600), Foreign::Refuse).await });
    pass(seconds(1)).await;
    assert_eq!(agent.state("dev"), SessionState::Starting);
    agent.sessions.stop(&[name("dev")]).await.unwrap();
    assert_eq!(start.await.unwrap().unwrap_err().kind, ProblemKind::Cancelled);
    let told: Vec<SessionChange> = std::iter::from_fn(|| events.try_recv().ok())
        .filter_map(|event| match event {
            Event::SessionChanged { change, .. } => Some(change),
            _ => None,
        })
        .collect();
    assert_eq!(told, [SessionChange::Requested, SessionChange::Stopped], "the person stopped it: nothing failed");
    assert!(world.in_file().is_empty() && agent.sessions.list().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_hangs_up_leaves_no_session_renewing_or_starting() {
    let world = World::new();
    let agent = Agent::of(world.process());
    agent.start("dev", 3600).await;
    world.service.set_latency(seconds(20));
    let gone = tokio::time::timeout(seconds(1), agent.sessions.renew(&name("dev"))).await;
    assert!(gone.is_err());
    assert_eq!(agent.state("dev"), SessionState::Active);
    let gone = tokio::time::timeout(seconds(1), agent.sessions.start(request("new", 3600), Foreign::Refuse)).await;
    assert!(gone.is_err());
    assert_eq!(agent.sessions.list().unwrap().len(), 1);
    pass(seconds(30)).await;
    assert_eq!(agent.view("dev").renewals, 1, "the loop took over");
}

#[tokio::test(start_paused = true)]
async fn another_role_takes_the_profile_over_even_during_a_renewal() {
    let world = World::new();
    let agent = Agent::of(world.process());
    agent.start("dev", 3600).await;
    world.service.set_latency(seconds(5));
    let sessions = Arc::clone(&agent.sessions);
    let renewal = tokio::spawn(async move { sessions.renew(&name("dev")).await });
    pass(seconds(1)).await;
    let other =
        SessionRequest { role: "arn:aws:iam::123456789012:role/other".parse().unwrap(), ..request("dev", 3600) };
    let sessions = Arc::clone(&agent.sessions);
    let start = tokio::spawn(async move { sessions.start(other, Foreign::Refuse).await });
    let sessions = Arc::clone(&agent.sessions);
    pass(seconds(1)).await;
    let late = tokio::spawn(async move { sessions.renew(&name("dev")).await });
    renewal.await.unwrap().unwrap();
    start.await.unwrap().unwrap();
    late.await.unwrap().unwrap();
    pass(hours(1)).await;
    let view = agent.view("dev");
    assert_eq!((view.role.name(), view.state), ("other", SessionState::Active));
    assert_eq!(Some(&world.in_file()["dev"]), view.access_key_id.as_ref());
    // A start that fails leaves the one that runs alone.
    let no = Problem::new(ProblemKind::Refused, ProblemCode::Aws(Service::Sts, AwsProblem::AccessDenied), "no");
    world.service.refused.lock().unwrap().insert("dev".into(), no);
    agent.sessions.start(request("dev", 3600), Foreign::Refuse).await.unwrap_err();
    let after = agent.view("dev");
    assert_eq!((after.role.name(), after.state), ("other", SessionState::Active));
    assert!(world.is_good("dev"));
}

#[tokio::test(start_paused = true)]
async fn many_sessions_are_stopped_at_once_and_by_two() {
    let world = World::new();
    let agent = Agent::of(world.process());
    let mut names: Vec<ProfileName> = (0..70).map(|n| name(&format!("p{n}"))).collect();
    for name in &names {
        agent.start(name.as_str(), 3600).await;
    }
    let forward = names.clone();
    names.reverse();
    let (one, two) = tokio::join!(agent.sessions.stop(&forward), agent.sessions.stop(&names));
    assert_eq!(one.unwrap() + two.unwrap(), 70);
    assert!(world.in_file().is_empty());
}
