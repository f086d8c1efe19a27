//! One session with several profiles: they start, renew and end together.

use super::*;
use daypass_core::problem::ProblemCode;

fn both(profile: &str, also: &[&str]) -> SessionRequest {
    SessionRequest { also: also.iter().map(|also| name(also)).collect(), ..request(profile, 3600) }
}

fn profiles(world: &World) -> Vec<String> {
    world.in_file().into_keys().collect()
}

#[tokio::test(start_paused = true)]
async fn all_profiles_have_the_same_credentials_until_one_of_them_is_stopped() {
    let world = World::new();
    let agent = Agent::of(world.process());
    let started = agent.sessions.start(both("dev", &["default", "shop"]), Foreign::Refuse).await.unwrap();
    assert_eq!(started.also, [name("default"), name("shop")]);
    pass(hours(3)).await;
    assert!(["dev", "default", "shop"].iter().all(|profile| world.is_good(profile)));
    let keys: std::collections::BTreeSet<String> = world.in_file().into_values().collect();
    assert_eq!(keys.len(), 1, "one exchange for all");
    assert_eq!(agent.view("shop").profile, name("dev"), "each name finds it");
    let credentials = agent.sessions.fresh_credentials(&name("default")).await.unwrap();
    assert_eq!(Some(&credentials.access_key_id), keys.first());
    agent.sessions.renew(&name("shop")).await.unwrap();
    assert_ne!(world.in_file().into_values().next().as_ref(), keys.first());

    assert_eq!(agent.sessions.stop(&[name("shop"), name("dev")]).await.unwrap(), 1);
    assert!(profiles(&world).is_empty() && agent.sessions.list().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_start_by_another_of_its_names_is_the_same_session() {
    let world = World::new();
    let (agent, other) = (Agent::of(world.process()), world.process());
    agent.sessions.start(both("dev", &["shop"]), Foreign::Refuse).await.unwrap();
    let asked = world.service.asked("dev").len();
    let by_name = SessionRequest { profile: name("shop"), ..request("dev", 3600) };
    assert_eq!(other.start(by_name.clone(), Foreign::Refuse).await.unwrap().profile, name("dev"));
    assert_eq!(world.service.asked("dev").len(), asked);
    // Another role doesn't take a profile out of a session.
    let elsewhere = SessionRequest { role: request("other", 3600).role, ..by_name };
    let refused = other.start(elsewhere, Foreign::Refuse).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::ProfileInUse);
    for also in ["shop", "dev"] {
        let refused = other.start(both("mine", &[also]), Foreign::Refuse).await.unwrap_err();
        assert_eq!(refused.code, ProblemCode::ProfileInUse);
    }
    assert_eq!(profiles(&world), ["dev", "shop"]);
}

#[tokio::test(start_paused = true)]
async fn a_profile_that_is_no_longer_wanted_goes_and_one_that_is_foreign_keeps_all_away() {
    let world = World::new();
    let agent = Agent::of(world.process());
    agent.sessions.start(both("dev", &["shop", "bank"]), Foreign::Refuse).await.unwrap();
    agent.sessions.start(both("dev", &["bank"]), Foreign::Refuse).await.unwrap();
    assert_eq!(profiles(&world), ["bank", "dev"]);
    agent.sessions.stop(&[name("dev")]).await.unwrap();

    let theirs = "[shop]\naws_access_key_id = AKIATHEIRS\naws_secret_access_key = x\n";
    std::fs::create_dir_all(world.path("aws")).unwrap();
    std::fs::write(world.credentials_file(), theirs).unwrap();
    let asked = world.service.asked("dev").len();
    let refused = agent.sessions.start(both("dev", &["shop"]), Foreign::Refuse).await.unwrap_err();
    assert_eq!((refused.code, world.service.asked("dev").len()), (ProblemCode::ForeignProfile, asked));
    agent.sessions.start(both("dev", &["shop"]), Foreign::BackUpAndReplace).await.unwrap();
    assert!(agent.sessions.give_back(&name("dev")).unwrap());
    agent.sessions.stop(&[name("dev")]).await.unwrap();
    assert_eq!(std::fs::read_to_string(world.credentials_file()).unwrap(), theirs);
}

#[tokio::test(start_paused = true)]
async fn an_agent_finds_them_all_again() {
    let world = World::new();
    world.process().start(both("dev", &["shop"]), Foreign::Refuse).await.unwrap();
    let text = std::fs::read_to_string(world.credentials_file()).unwrap();
    let first = text.find("[shop]").unwrap();
    std::fs::write(world.credentials_file(), &text[..first]).unwrap();
    let agent = Agent::of(world.process());
    pass(seconds(1)).await;
    assert_eq!(profiles(&world), ["dev", "shop"], "what is missing is written, and nothing is an orphan");
    assert_eq!(agent.view("dev").renewals, 0);
    world.service.set_trouble(Some(Problem::new(
        daypass_core::problem::ProblemKind::Refused,
        ProblemCode::UnknownRole,
        "no longer",
    )));
    pass(hours(2)).await;
    assert!(profiles(&world).is_empty(), "expired keys leave all of them");
}
