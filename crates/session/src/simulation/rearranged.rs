//! Changing a running session's names or region, with the same credentials and without interruption.

use super::*;
use crate::rearrange::{ProfileRegion, Rearrangement};
use daypass_core::problem::ProblemCode;
use daypass_vault::Entries;

fn called(profiles: &[&str]) -> Rearrangement {
    Rearrangement { profiles: Some(profiles.iter().map(|profile| name(profile)).collect()), ..Rearrangement::default() }
}

async fn rearrange(sessions: &Sessions, profile: &str, change: &Rearrangement) -> Result<SessionView, Problem> {
    sessions.rearrange(&name(profile), change, Foreign::Refuse).await
}

fn text(world: &World) -> String {
    std::fs::read_to_string(world.credentials_file()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_renamed_profile_has_the_same_credentials_and_the_old_name_is_gone() {
    let world = World::new();
    let mut events = world.events.subscribe();
    let (agent, other) = (Agent::of(world.process()), world.process());
    let started = agent.start("dev", 3600).await;
    std::fs::write(world.credentials_file(), format!("{}\n# mine\n[x]\nregion = y\n", text(&world))).unwrap();
    let renamed = rearrange(&agent.sessions, "dev", &called(&["shop", "default"])).await.unwrap();
    assert_eq!((renamed.profile.clone(), renamed.also.clone()), (name("shop"), vec![name("default")]));
    assert_eq!(renamed.access_key_id, started.access_key_id);
    assert!(world.is_good("shop") && world.is_good("default") && !world.in_file().contains_key("dev"));
    assert!(text(&world).contains("\n# mine\n[x]\nregion = y\n"), "{}", text(&world));
    assert_eq!(agent.sessions.find(&name("dev")).unwrap_err().code, ProblemCode::UnknownSession);
    assert_eq!(other.find(&name("default")).unwrap().profile, name("shop"), "another process sees it too");
    let told = changes(&mut events, SessionChange::DeliveryChanged);
    assert_eq!(told.iter().map(|view| view.renamed_from.clone()).collect::<Vec<_>>(), [Some(name("dev"))]);
    assert!(agent.view("shop").renamed_from.is_none(), "told once");

    pass(hours(2)).await;
    assert!(world.is_good("shop") && agent.view("shop").renewals > 0, "renewals keep to it");
    assert_eq!(world.service.asked("dev").len(), 1, "no exchange for the change");
    assert_eq!(world.in_file().len(), 2);
    agent.sessions.stop(&[name("shop")]).await.unwrap();
    assert_eq!(text(&world).trim(), "# mine\n[x]\nregion = y");
}

#[tokio::test(start_paused = true)]
async fn programs_that_were_given_the_old_name_go_on_until_another_session_has_it() {
    let world = World::new();
    let agent = Agent::of(world.process());
    agent.start("dev", 3600).await;
    rearrange(&agent.sessions, "dev", &called(&["shop"])).await.unwrap();
    rearrange(&agent.sessions, "shop", &called(&["bank"])).await.unwrap();
    for old in ["dev", "shop"] {
        assert_eq!(agent.sessions.now_called(&name(old)), Some(name("bank")));
    }
    pass(hours(1)).await;
    agent.start("dev", 3600).await;
    assert_eq!(agent.sessions.now_called(&name("dev")), None);
    assert_eq!(agent.sessions.list().unwrap().len(), 2, "the old name is free again");
}

#[tokio::test(start_paused = true)]
async fn names_of_others_are_refused_and_nothing_changes() {
    let world = World::new();
    let agent = Agent::of(world.process());
    agent.start("dev", 3600).await;
    agent
        .sessions
        .start(SessionRequest { also: vec![name("mine")], ..request("ops", 3600) }, Foreign::Refuse)
        .await
        .unwrap();
    let theirs = "\n[theirs]\naws_access_key_id = AKIATHEIRS\naws_secret_access_key = x\n";
    std::fs::write(world.credentials_file(), format!("{}{theirs}", text(&world))).unwrap();
    let (before, file) = (agent.view("dev"), text(&world));
    for (names, code) in [
        (["ops", "dev"], ProblemCode::ProfileInUse),
        (["dev", "mine"], ProblemCode::ProfileInUse),
        (["theirs", "dev"], ProblemCode::ForeignProfile),
    ] {
        let refused = rearrange(&agent.sessions, "dev", &called(&names)).await.unwrap_err();
        assert_eq!(refused.code, code, "{names:?}");
        assert_eq!((agent.view("dev"), text(&world)), (before.clone(), file.clone()));
    }
    let unknown = rearrange(&agent.sessions, "gone", &called(&["new"])).await.unwrap_err();
    assert_eq!(unknown.code, ProblemCode::UnknownSession);

    // With the person's consent it is backed up, and comes back when the name goes.
    let replaced =
        agent.sessions.rearrange(&name("dev"), &called(&["theirs"]), Foreign::BackUpAndReplace).await.unwrap();
    assert!(replaced.backup.is_some() && world.is_good("theirs"));
    rearrange(&agent.sessions, "theirs", &called(&["dev"])).await.unwrap();
    assert!(world.is_good("dev") && text(&world).contains(theirs.trim()), "{}", text(&world));
    assert_eq!(world.service.asked("dev").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_write_that_fails_leaves_all_as_it_was() {
    for place in ["aws/credentials", "home/vault.age"] {
        let world = World::new();
        let agent = Agent::of(world.process());
        agent.start("dev", 3600).await;
        let (before, file) = (agent.view("dev"), text(&world));
        world.set_writable(place, false);
        rearrange(&agent.sessions, "dev", &called(&["shop", "more"])).await.unwrap_err();
        assert_eq!((agent.view("dev"), text(&world)), (before.clone(), file), "{place}");
        assert_eq!(world.process().find(&name("dev")).unwrap().also, [], "{place}: the vault says so too");
        world.set_writable(place, true);
        rearrange(&agent.sessions, "dev", &called(&["shop", "more"])).await.unwrap();
        assert_eq!(world.in_file().into_keys().collect::<Vec<_>>(), ["more", "shop"], "{place}");
    }
}

/// A kill between storing the session under its new name and removing the old one.
#[tokio::test(start_paused = true)]
async fn a_session_that_is_in_the_vault_under_both_names_is_one() {
    let world = World::new();
    let killed = world.process();
    killed.start(request("dev", 3600), Foreign::Refuse).await.unwrap();
    let both = |killed: &Sessions| {
        let entries = killed.dependencies.vault.read().unwrap();
        ::secrecy::ExposeSecret::expose_secret(entries.get("session/dev").unwrap()).to_owned()
    };
    let old = both(&killed);
    rearrange(&killed, "dev", &called(&["shop"])).await.unwrap();
    let restore = |entries: &mut Entries| {
        entries.set("session/dev", old.clone());
        Ok::<_, Problem>(())
    };
    killed.dependencies.vault.update(restore).unwrap();
    drop(killed);
    let agent = Agent::of(world.process());
    pass(seconds(1)).await;
    let names: Vec<ProfileName> = agent.sessions.list().unwrap().into_iter().map(|session| session.profile).collect();
    assert_eq!(names, [name("shop")]);
    assert_eq!(world.in_file().into_keys().collect::<Vec<_>>(), ["shop"]);
    assert!(world.process().dependencies.vault.read().unwrap().get("session/dev").is_none());
    pass(hours(2)).await;
    assert_eq!(agent.sessions.list().unwrap().len(), 1);
    // A session that only has the former name is another one.
    agent.start("dev", 3600).await;
    assert_eq!(world.process().list().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_region_and_a_delivery_change_in_one_step_and_by_any_of_its_names() {
    let world = World::new();
    let agent = Agent::of(world.process());
    agent.start("dev", 3600).await;
    rearrange(&agent.sessions, "dev", &called(&["dev", "more"])).await.unwrap();
    let region = Some(ProfileRegion { region: Some("eu-west-1".parse().unwrap()), named: true });
    let changed =
        rearrange(&agent.sessions, "more", &Rearrangement { region, ..Rearrangement::default() }).await.unwrap();
    assert_eq!(changed.region.unwrap().as_str(), "eu-west-1");
    assert_eq!(text(&world).matches("region = eu-west-1").count(), 2);
    let by_process = Rearrangement { delivery: Some(Delivery::Process), ..called(&["dev"]) };
    rearrange(&agent.sessions, "dev", &by_process).await.unwrap();
    assert!(world.in_file().is_empty() && agent.view("dev").also.is_empty());
    let none = Rearrangement { region: Some(ProfileRegion { region: None, named: false }), ..Rearrangement::default() };
    let in_file = Rearrangement { delivery: Some(Delivery::CredentialsFile), ..none };
    assert_eq!(rearrange(&agent.sessions, "dev", &in_file).await.unwrap().region, None);
    assert!(world.is_good("dev") && !text(&world).contains("region ="));
    assert_eq!(world.service.asked("dev").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_rename_during_a_renewal_waits_for_it_and_one_that_waits_goes_on_under_the_new_name() {
    let world = World::new();
    let agent = Agent::of(world.process());
    agent.start("dev", 3600).await;
    world.service.set_latency(seconds(5));
    let sessions = Arc::clone(&agent.sessions);
    let renewal = tokio::spawn(async move { sessions.renew(&name("dev")).await });
    pass(seconds(1)).await;
    let renamed = rearrange(&agent.sessions, "dev", &called(&["shop"])).await.unwrap();
    assert_eq!(renamed.renewals, 1);
    renewal.await.unwrap().unwrap();
    pass(hours(2)).await;
    assert!(world.is_good("shop") && agent.state("shop") == SessionState::Active);
}
