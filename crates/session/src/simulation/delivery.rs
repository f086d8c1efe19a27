//! Changing a running session's delivery, without an exchange and without leftovers.

use super::*;
use daypass_core::problem::ProblemCode;
use daypass_vault::Entries;

const FILE: Delivery = Delivery::CredentialsFile;
const PROCESS: Delivery = Delivery::Process;

fn by_process(profile: &str) -> SessionRequest {
    request(profile, 3600).delivered_as(PROCESS)
}

fn is_by_process(view: &SessionView) -> bool {
    match view.delivery {
        Delivery::Process => true,
        Delivery::CredentialsFile => false,
    }
}

#[tokio::test(start_paused = true)]
async fn from_the_process_to_the_file_and_back() {
    let world = World::new();
    let mut events = world.events.subscribe();
    let agent = Agent::of(world.process());
    let started = agent.sessions.start(by_process("dev"), Foreign::Refuse).await.unwrap();
    assert!(is_by_process(&started) && !world.credentials_file().exists());
    let to_file = agent.sessions.deliver_as(&name("dev"), FILE, Foreign::Refuse).await.unwrap();
    assert!(!is_by_process(&to_file) && agent.view("dev") == to_file);
    assert_eq!(world.in_file().into_values().next(), started.access_key_id);
    assert_eq!(world.in_file().len(), 1);
    let back = agent.sessions.deliver_as(&name("dev"), PROCESS, Foreign::Refuse).await.unwrap();
    assert!(is_by_process(&back) && !world.credentials_file().exists());
    assert_eq!((back.access_key_id, back.renews_at), (started.access_key_id, started.renews_at));
    assert_eq!(world.service.asked("dev").len(), 1, "no exchange");
    assert_eq!(changes(&mut events, SessionChange::DeliveryChanged).len(), 2);
    let log = std::fs::read_to_string(world.path("home/audit.jsonl")).unwrap();
    assert_eq!(log.matches("delivery-changed").count(), 2, "{log}");
    pass(hours(2)).await;
    assert!(world.in_file().is_empty() && agent.view("dev").renewals > 0, "renewals keep to it");
}

#[tokio::test(start_paused = true)]
async fn a_start_switches_what_lacks_only_the_file() {
    let world = World::new();
    let agent = Agent::of(world.process());
    agent.sessions.start(by_process("dev"), Foreign::Refuse).await.unwrap();
    agent.start("dev", 3600).await;
    assert!(world.is_good("dev") && !is_by_process(&agent.view("dev")));
    agent.sessions.start(by_process("dev"), Foreign::Refuse).await.unwrap();
    assert!(world.is_good("dev"), "tools that ask Daypass are served by a session in the file as well");
    assert_eq!(world.service.asked("dev").len(), 1);
    pass(hours(2)).await;
    assert!(world.is_good("dev"));
}

#[tokio::test(start_paused = true)]
async fn what_is_there_already_or_unknown_changes_nothing() {
    let world = World::new();
    let mut events = world.events.subscribe();
    let agent = Agent::of(world.process());
    agent.start("dev", 3600).await;
    agent.sessions.deliver_as(&name("dev"), FILE, Foreign::Refuse).await.unwrap();
    let unknown = agent.sessions.deliver_as(&name("other"), PROCESS, Foreign::Refuse).await.unwrap_err();
    assert_eq!(unknown.code, ProblemCode::UnknownSession);
    assert!(changes(&mut events, SessionChange::DeliveryChanged).is_empty());
    assert_eq!(agent.sessions.list().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn another_tools_profile_is_replaced_only_when_the_person_says_so() {
    let world = World::new();
    let agent = Agent::of(world.process());
    agent.sessions.start(by_process("dev"), Foreign::Refuse).await.unwrap();
    std::fs::create_dir_all(world.path("aws")).unwrap();
    std::fs::write(world.credentials_file(), "[dev]\naws_access_key_id = AKIATHEIRS\n").unwrap();
    let refused = agent.start_again("dev", Foreign::Refuse).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::ForeignProfile);
    assert!(is_by_process(&agent.view("dev")));
    assert_eq!(world.in_file()["dev"], "AKIATHEIRS");
    let replaced = agent.start_again("dev", Foreign::BackUpAndReplace).await.unwrap();
    assert!(replaced.backup.is_some() && world.is_good("dev"));
    assert_eq!(world.service.asked("dev").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_write_that_fails_leaves_the_old_delivery_in_force() {
    for place in ["aws/credentials", "home/vault.age"] {
        for (from, to) in [(FILE, PROCESS), (PROCESS, FILE)] {
            let world = World::new();
            let agent = Agent::of(world.process());
            agent.sessions.start(request("dev", 3600).delivered_as(from), Foreign::Refuse).await.unwrap();
            std::fs::create_dir_all(world.path("aws")).unwrap();
            let (before, in_file) = (agent.view("dev"), world.in_file());
            world.set_writable(place, false);
            agent.sessions.deliver_as(&name("dev"), to, Foreign::Refuse).await.unwrap_err();
            assert_eq!((agent.view("dev"), world.in_file()), (before.clone(), in_file.clone()), "{place}: {from:?}");
            let other_process = world.process().find(&name("dev")).unwrap();
            assert_eq!(is_by_process(&other_process), is_by_process(&before), "{place}: the vault says so too");
            world.set_writable(place, true);
            let after = agent.sessions.deliver_as(&name("dev"), to, Foreign::Refuse).await.unwrap();
            assert_eq!(is_by_process(&after), world.in_file().is_empty(), "{place}: {to:?}");
            assert_eq!(world.service.asked("dev").len(), 1);
        }
    }
}

/// The vault is written first: a kill between leaves it a step ahead of the file.
#[tokio::test(start_paused = true)]
async fn a_kill_halfway_is_finished_by_the_next_agent() {
    for (from, to) in [(FILE, PROCESS), (PROCESS, FILE)] {
        let world = World::new();
        let killed = world.process();
        killed.start(request("dev", 3600).delivered_as(from), Foreign::Refuse).await.unwrap();
        let halfway = |entries: &mut Entries| {
            let text = ::secrecy::ExposeSecret::expose_secret(entries.get("session/dev").unwrap()).to_owned();
            let mut session: StoredSession = serde_json::from_str(&text).unwrap();
            session.request.delivery = to;
            entries.set("session/dev", serde_json::to_string(&session).unwrap());
            Ok::<_, Problem>(())
        };
        killed.dependencies.vault.update(halfway).unwrap();
        drop(killed);
        let agent = Agent::of(world.process());
        pass(seconds(1)).await;
        let view = agent.view("dev");
        assert_eq!(
            (is_by_process(&view), world.in_file().is_empty()),
            (to.serves(PROCESS) && !to.serves(FILE), !to.serves(FILE))
        );
        assert_eq!(world.service.asked("dev").len(), 1, "{from:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_that_wait_for_the_file_go_to_the_process() {
    let world = World::new();
    let agent = Agent::of(world.process());
    agent.start("dev", 3600).await;
    world.set_writable("aws/credentials", false);
    pass(minutes(50)).await;
    assert_eq!(world.service.asked("dev").len(), 2);
    world.set_writable("aws/credentials", true);
    agent.sessions.deliver_as(&name("dev"), PROCESS, Foreign::Refuse).await.unwrap();
    assert!(world.in_file().is_empty());
    pass(seconds(61)).await;
    let view = agent.view("dev");
    assert!(is_by_process(&view) && view.problem.is_none() && view.renewals == 1, "{view:?}");
    assert_eq!(world.service.asked("dev").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_switch_during_a_renewal_waits_for_it() {
    let world = World::new();
    let agent = Agent::of(world.process());
    agent.start("dev", 3600).await;
    world.service.set_latency(seconds(5));
    let sessions = Arc::clone(&agent.sessions);
    let renewal = tokio::spawn(async move { sessions.renew(&name("dev")).await });
    pass(seconds(1)).await;
    let switched = agent.sessions.deliver_as(&name("dev"), PROCESS, Foreign::Refuse).await.unwrap();
    assert_eq!((switched.renewals, is_by_process(&switched)), (1, true));
    renewal.await.unwrap().unwrap();
    assert!(world.in_file().is_empty() && agent.state("dev") == SessionState::Active);
}

#[tokio::test(start_paused = true)]
async fn an_expired_session_by_process_takes_nothing_out_of_the_file() {
    let world = World::new();
    let (home, other) = (world.path("home"), world.path("other"));
    let ours = world.process_of_home(&home);
    ours.start(by_process("dev"), Foreign::Refuse).await.unwrap();
    world.process_of_home(&other).start(request("dev", 43_200), Foreign::Refuse).await.unwrap();
    world.sky.suspend(2);
    ours.expire();
    assert!(world.is_good("dev"), "the profile in the file belongs to the other home");
}
