//! Others who use the same files: another process, another tool, another `DAYPASS_HOME`, an earlier life.

use super::*;
use daypass_core::problem::ProblemCode;

fn write(world: &World, text: &str) {
    std::fs::create_dir_all(world.path("aws")).unwrap();
    std::fs::write(world.credentials_file(), text).unwrap();
}

const THEIRS: &str = "[dev]\naws_access_key_id = AKIATHEIRS\naws_secret_access_key = x\n";

#[tokio::test(start_paused = true)]
async fn another_tools_profile_is_neither_overwritten_nor_deleted() {
    let world = World::new();
    let agent = Agent::of(world.process());
    agent.start("dev", 3600).await;
    write(&world, THEIRS);
    pass(minutes(45)).await;
    let view = agent.view("dev");
    assert_eq!((view.state, view.problem.unwrap().code), (SessionState::Failed, ProblemCode::ForeignProfile));
    pass(hours(3)).await;
    assert_eq!(world.service.asked("dev").len(), 2, "no exchange for a profile that can't be written");
    agent.sessions.stop(&[name("dev")]).await.unwrap();
    assert_eq!(std::fs::read_to_string(world.credentials_file()).unwrap(), THEIRS);
}

#[tokio::test(start_paused = true)]
async fn sessions_of_another_process_come_and_go() {
    let world = World::new();
    let mut events = world.events.subscribe();
    let (agent, command) = (Agent::of(world.process()), world.process());
    command.start(request("dev", 3600), Foreign::Refuse).await.unwrap();
    pass(seconds(31)).await;
    assert_eq!(agent.state("dev"), SessionState::Active);
    pass(hours(2)).await;
    assert!(world.is_good("dev"), "the agent keeps what the command started");
    while events.try_recv().is_ok() {}
    assert_eq!(command.stop(&[name("dev")]).await.unwrap(), 1);
    pass(seconds(31)).await;
    assert!(agent.sessions.list().unwrap().is_empty() && world.in_file().is_empty());
    let told = std::iter::from_fn(|| events.try_recv().ok()).any(|event| event == Event::CatalogChanged);
    assert!(told, "watchers of the agent are told to look again");
}

/// On real threads and in real time: the lock of the file is waited for by a thread.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_renewal_is_told_when_tools_can_read_it() {
    let world = World::new();
    world.service.set_latency(Duration::ZERO);
    let (agent, other) = (world.process(), world.process());
    let before = agent.start(request("dev", 3600), Foreign::Refuse).await.unwrap();
    let file = durable_file::lock(&world.credentials_file()).unwrap();
    let sessions = Arc::clone(&agent);
    let renewal = tokio::spawn(async move { sessions.renew(&name("dev")).await });
    let patience = Instant::now();
    while other.find(&name("dev")).unwrap().renewals == 0 {
        assert!(patience.elapsed() < seconds(60), "the renewal never got to the vault");
        pass(Duration::from_millis(5)).await;
    }
    let told = agent.find(&name("dev")).unwrap();
    assert_eq!((told.renewals, told.access_key_id), (0, before.access_key_id));
    assert_eq!(told.state, SessionState::Renewing);
    drop(file);
    let renewed = renewal.await.unwrap().unwrap();
    assert_eq!(agent.find(&name("dev")).unwrap(), renewed);
    assert_eq!(world.in_file().into_values().map(Some).collect::<Vec<_>>(), [renewed.access_key_id]);
}

#[tokio::test(start_paused = true)]
async fn an_expiry_does_not_remove_what_another_process_just_renewed() {
    let world = World::new();
    let (one, two) = (world.process(), world.process());
    one.start(request("dev", 3600), Foreign::Refuse).await.unwrap();
    world.sky.suspend(9);
    two.renew(&name("dev")).await.unwrap();
    // The first one still believes in the old grant, and looks whether it is over.
    one.expire();
    assert!(world.is_good("dev"));
    assert_eq!(one.find(&name("dev")).unwrap().state, SessionState::Active);
}

#[tokio::test(start_paused = true)]
async fn an_agent_clears_only_its_own_leftovers() {
    // Whatever else is lost with the vault: the file alone says whose a profile is.
    for lost in [&["vault.age"][..], &["vault.age", "audit.jsonl"], &[""]] {
        let world = World::new();
        let (home, other) = (world.path("home"), world.path("other"));
        world.process_of_home(&home).start(request("ours", 3600), Foreign::Refuse).await.unwrap();
        world.process_of_home(&home).start(request("taken-over", 3600), Foreign::Refuse).await.unwrap();
        world.process_of_home(&other).start(request("theirs", 3600), Foreign::Refuse).await.unwrap();
        for lost in lost {
            let lost = home.join(lost);
            if lost.is_dir() { std::fs::remove_dir_all(lost) } else { std::fs::remove_file(lost) }.unwrap();
        }
        world.process_of_home(&other).start(request("taken-over", 3600), Foreign::BackUpAndReplace).await.unwrap();
        assert_eq!(world.in_file().len(), 3);
        let _agent = Agent::of(world.process_of_home(&home));
        pass(seconds(1)).await;
        assert_eq!(world.in_file().into_keys().collect::<Vec<_>>(), ["taken-over", "theirs"], "without {lost:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_session_leaves_the_profile_to_the_home_that_took_it_over() {
    let world = World::new();
    let (first, second) = (world.process_of_home(&world.path("first")), world.process_of_home(&world.path("second")));
    for profile in ["stopped", "expired"] {
        first.start(request(profile, 900), Foreign::Refuse).await.unwrap();
        let refused = second.start(request(profile, 3600), Foreign::Refuse).await.unwrap_err();
        assert_eq!(refused.code, ProblemCode::ForeignProfile);
        assert!(refused.message.contains("another Daypass"), "{refused}");
        second.start(request(profile, 3600), Foreign::BackUpAndReplace).await.unwrap();
    }
    let theirs = world.in_file();
    assert_eq!(first.stop(&[name("stopped")]).await.unwrap(), 1);
    pass(minutes(16)).await;
    first.expire();
    assert_eq!(first.find(&name("expired")).unwrap().state, SessionState::Expired);
    assert_eq!(world.in_file(), theirs);
    assert_eq!(second.stop(&["stopped", "expired"].map(name)).await.unwrap(), 2);
    assert!(world.in_file().is_empty());
}

/// As builds wrote it before homes had ids.
#[tokio::test(start_paused = true)]
async fn a_profile_without_a_home_is_ours_only_if_it_has_our_key() {
    let world = World::new();
    let (home, other) = (world.path("home"), world.path("other"));
    world.process_of_home(&home).start(request("ours", 3600), Foreign::Refuse).await.unwrap();
    world.process_of_home(&home).start(request("old", 3600), Foreign::Refuse).await.unwrap();
    world.process_of_home(&other).start(request("theirs", 3600), Foreign::Refuse).await.unwrap();
    let text = std::fs::read_to_string(world.credentials_file()).unwrap();
    let without_homes = without_ids(&text);
    write(&world, &without_homes);
    let agent = Agent::of(world.process_of_home(&home));
    pass(seconds(1)).await;
    let text = std::fs::read_to_string(world.credentials_file()).unwrap();
    assert_eq!(text.matches(", home ").count(), 2, "ours have their id again: {text}");
    assert!(world.in_file().contains_key("theirs"), "its owner is unknown");
    // A stop needs no id: the session is ours.
    write(&world, &without_homes);
    agent.sessions.stop(&["ours", "old"].map(name)).await.unwrap();
    assert_eq!(world.in_file().into_keys().collect::<Vec<_>>(), ["theirs"]);
}

/// The file without the ids of homes in its markers.
fn without_ids(text: &str) -> String {
    let line = |line: &str| match line.split_once(", home ") {
        Some((before, _)) if line.starts_with("# daypass: ") => format!("{before})\n"),
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

#[tokio::test(start_paused = true)]
async fn an_agent_writes_again_what_is_missing_or_old() {
    let world = World::new();
    let first = world.process();
    first.start(request("gone", 3600), Foreign::Refuse).await.unwrap();
    first.start(request("old", 3600), Foreign::Refuse).await.unwrap();
    let early = std::fs::read_to_string(world.credentials_file()).unwrap();
    first.renew(&name("old")).await.unwrap();
    first.dependencies.deliveries.credentials_file.remove(&[nothing("gone")]).unwrap();
    let keys = |s: &Arc<Sessions>| s.list().unwrap().into_iter().map(|v| v.access_key_id).collect::<Vec<_>>();
    let wanted = keys(&first);
    write(&world, &early);
    first.dependencies.deliveries.credentials_file.remove(&[nothing("gone")]).unwrap();
    let _agent = Agent::of(world.process());
    pass(seconds(1)).await;
    assert_eq!(world.in_file().into_values().map(Some).collect::<Vec<_>>(), wanted);
    assert_eq!(world.service.asked.lock().unwrap().len(), 3, "without an exchange");
}

#[tokio::test(start_paused = true)]
async fn after_a_night_without_an_agent_status_does_not_call_it_active() {
    let world = World::new();
    world.process().start(request("dev", 3600), Foreign::Refuse).await.unwrap();
    world.sky.suspend(9);
    let command = world.process();
    assert_eq!(command.find(&name("dev")).unwrap().state, SessionState::Expired);
    let agent = Agent::of(command);
    pass(seconds(1)).await;
    assert!(world.is_good("dev") && agent.state("dev") == SessionState::Active);
}

fn nothing(profile: &str) -> Delivered {
    Delivered::nothing(&name(profile))
}

/// What's left of the file after a tool reads it with Python's configparser and writes it again.
fn without_comments(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_profile_whose_comment_is_gone_is_known_by_its_key() {
    let world = World::new();
    let agent = Agent::of(world.process());
    write(&world, "[mine]\nregion = x\n\n");
    agent.start("dev", 3600).await;
    agent.start("ops", 3600).await;
    write(&world, &without_comments(&std::fs::read_to_string(world.credentials_file()).unwrap()));
    pass(hours(2)).await;
    assert!(world.is_good("dev") && world.is_good("ops"), "it's renewed in its place");
    assert_eq!(agent.view("dev").problem, None);
    let text = std::fs::read_to_string(world.credentials_file()).unwrap();
    assert_eq!(text.matches("# daypass: writes").count(), 2, "{text}");
    write(&world, &without_comments(&text));
    assert_eq!(agent.sessions.stop(&[name("dev")]).await.unwrap(), 1);
    assert_eq!(world.in_file().into_keys().collect::<Vec<_>>(), ["ops"]);
    world.sky.suspend(9);
    agent.sessions.expire();
    assert!(world.in_file().is_empty(), "expired keys go as well");
    assert!(std::fs::read_to_string(world.credentials_file()).unwrap().starts_with("[mine]\nregion = x\n"));
}

/// A tool read the file before a renewal, and writes it after that.
#[tokio::test(start_paused = true)]
async fn an_older_version_of_the_file_is_known_as_well() {
    let world = World::new();
    let agent = Agent::of(world.process());
    let first = agent.start("dev", 3600).await;
    let old = without_comments(&std::fs::read_to_string(world.credentials_file()).unwrap());
    agent.sessions.renew(&name("dev")).await.unwrap();
    write(&world, &old);
    assert_eq!(world.in_file().into_values().next(), first.access_key_id);
    agent.sessions.renew(&name("dev")).await.unwrap();
    assert_eq!(world.in_file().into_values().next(), agent.view("dev").access_key_id);
    write(&world, &old);
    agent.sessions.stop(&[name("dev")]).await.unwrap();
    assert!(world.in_file().is_empty(), "keys that still work don't stay");
}

#[tokio::test(start_paused = true)]
async fn a_second_start_writes_again_what_another_tool_removed() {
    let world = World::new();
    let command = world.process();
    let first = command.start(request("dev", 3600), Foreign::Refuse).await.unwrap();
    for lost in ["", "[dev]\nregion = x\n# daypass: writes nothing in \"dev\" (+0)\n"] {
        write(&world, lost);
        let second = world.process().start(request("dev", 3600), Foreign::Refuse).await.unwrap();
        assert_eq!((second.access_key_id, world.is_good("dev")), (first.access_key_id.clone(), true));
    }
    write(&world, THEIRS);
    let refused = world.process().start(request("dev", 3600), Foreign::Refuse).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::ForeignProfile, "not \"Started\" while tools find other keys");
    assert_eq!(world.service.asked("dev").len(), 1, "no exchange");
}

/// Commands without an agent, in shells whose AWS_SHARED_CREDENTIALS_FILE differ.
#[tokio::test(start_paused = true)]
async fn keys_are_removed_from_the_file_that_they_were_written_to() {
    let world = World::new();
    let (here, there) = (world.process(), world.process_with_file("elsewhere/credentials"));
    here.start(request("dev", 3600), Foreign::Refuse).await.unwrap();
    there.renew(&name("dev")).await.unwrap();
    assert!(world.is_good("dev") && !world.path("elsewhere").exists(), "a renewal stays where the session is");
    assert_eq!(there.stop(&[name("dev")]).await.unwrap(), 1);
    assert!(world.in_file().is_empty());

    here.start(request("dev", 3600), Foreign::Refuse).await.unwrap();
    there.start(request("dev", 3600), Foreign::Refuse).await.unwrap();
    let in_file = |file: &str| std::fs::read_to_string(world.path(file)).unwrap_or_default();
    assert!(
        in_file("elsewhere/credentials").contains("[dev]") && world.in_file().is_empty(),
        "it moved with its tools"
    );
    let agent = Agent::of(Arc::clone(&here));
    pass(hours(2)).await;
    assert!(in_file("elsewhere/credentials").contains(&agent.view("dev").access_key_id.unwrap()));
    assert!(world.in_file().is_empty());
    agent.sessions.stop(&[name("dev")]).await.unwrap();
    assert_eq!(in_file("elsewhere/credentials"), "");
}
