//! Changing a running session's names, delivery or region, and the AWS config file with it.

use std::path::PathBuf;

use super::World;
use crate::requests::{Answers as _, ChangeSession, GetCredentials, Person, RegionChoice};
use aws_files::Foreign;
use daypass_core::names::ProfileName;
use daypass_core::problem::{Problem, ProblemCode};
use daypass_core::session_request::Delivery;
use daypass_core::view::SessionView;

const ROLE: &str = "123456789012/Dev";

fn name(text: &str) -> ProfileName {
    text.parse().unwrap()
}

impl World {
    /// With a broker that writes sections, as the desktop's does.
    async fn with_a_command() -> Self {
        let world = Self::with_a_role().await;
        world.broker.use_command(|| Ok(PathBuf::from("/usr/bin/daypass")));
        world
    }

    async fn start_in_window(&self, profile: &str) -> Result<SessionView, Problem> {
        let (profile, person) = (Some(name(profile)), Person::CanSignIn);
        self.broker.start_or_sign_in(ROLE, profile, None, Foreign::Refuse, false, person).await?.done()
    }

    async fn change(&self, change: ChangeSession) -> Result<SessionView, Problem> {
        self.broker.change_session(&change).await
    }

    fn config_file(&self) -> String {
        std::fs::read_to_string(&self.broker.surroundings().places.aws_config_file).unwrap_or_default()
    }

    fn credentials_file(&self) -> String {
        std::fs::read_to_string(&self.broker.surroundings().places.credentials_file).unwrap_or_default()
    }

    fn exchanges(&self) -> usize {
        self.asked("GET /federation/credentials").len()
    }
}

#[tokio::test]
async fn a_role_by_process_has_its_section_when_the_window_or_an_agent_starts_it() {
    let world = World::with_a_command().await;
    world.broker.put_setting("delivery", Some("process")).unwrap();
    let started = world.start_in_window("dev").await.unwrap();
    let text = world.config_file();
    assert!(text.contains("[profile dev]") && text.contains(&format!("--role {}", started.role_id)), "{text}");
    assert!(world.credentials_file().is_empty());
    world.broker.stop(None).await.unwrap();

    // Another tool's is refused before anything is exchanged.
    let places = &world.broker.surroundings().places;
    std::fs::write(&places.aws_config_file, "[profile theirs]\nregion = eu-west-1\n").unwrap();
    let before = world.exchanges();
    assert_eq!(world.start_in_window("theirs").await.unwrap_err().code, ProblemCode::ForeignProfile);
    assert_eq!(world.exchanges(), before);
    assert_eq!(world.config_file(), "[profile theirs]\nregion = eu-west-1\n");

    // The same for those that start with Daypass.
    world.broker.put_setting("start_sessions", Some(ROLE)).unwrap();
    world.broker.start_chosen_sessions(|problem| panic!("{problem:?}")).await;
    assert!(world.config_file().contains("--role work:arn:"), "{}", world.config_file());
}

#[tokio::test]
async fn sections_come_change_and_go_with_the_session() {
    let world = World::with_a_command().await;
    world.start_in_window("dev").await.unwrap();
    assert!(world.credentials_file().contains("[dev]") && world.config_file().is_empty());
    let by_process =
        |profile: &str| ChangeSession { delivery: Some(Delivery::Process), ..ChangeSession::of(name(profile)) };
    world.change(by_process("dev")).await.unwrap();
    assert!(world.credentials_file().is_empty() && world.config_file().contains("[profile dev]"));
    let region = Some(RegionChoice::Named("us-west-2".parse().unwrap()));
    world.change(ChangeSession { region, ..ChangeSession::of(name("dev")) }).await.unwrap();
    assert!(world.config_file().contains("region = us-west-2"));
    let renamed =
        ChangeSession { rename: Some(name("live")), add: vec![name("more")], ..ChangeSession::of(name("dev")) };
    let after = world.change(renamed).await.unwrap();
    assert_eq!((&after.profile, after.also.as_slice()), (&name("live"), &[name("more")][..]));
    let text = world.config_file();
    assert!(text.contains("[profile live]") && text.contains("[profile more]") && !text.contains("[profile dev]"));
    let back = ChangeSession { delivery: Some(Delivery::CredentialsFile), ..ChangeSession::of(name("more")) };
    world.change(ChangeSession { drop: vec![name("more")], ..back }).await.unwrap();
    assert!(world.config_file().is_empty() && world.credentials_file().contains("[live]"));
    assert_eq!(world.exchanges(), 1);
}

#[tokio::test]
async fn a_change_that_cannot_be_made_changes_nothing() {
    let world = World::with_a_command().await;
    let started = world.start_in_window("dev").await.unwrap();
    let places = &world.broker.surroundings().places;
    std::fs::write(&places.aws_config_file, "[profile theirs]\nregion = eu-west-1\n").unwrap();
    let (file, delivery) = (world.credentials_file(), Some(Delivery::Process));
    for (change, code) in [
        (
            ChangeSession { rename: Some(name("theirs")), delivery, ..ChangeSession::of(name("dev")) },
            ProblemCode::ForeignProfile,
        ),
        (ChangeSession { drop: vec![name("dev")], ..ChangeSession::of(name("dev")) }, ProblemCode::BadProfileName),
        (ChangeSession { delivery, ..ChangeSession::of(name("other")) }, ProblemCode::UnknownSession),
        (
            ChangeSession {
                region: Some(RegionChoice::Named("cn-north-1".parse().unwrap())),
                ..ChangeSession::of(name("dev"))
            },
            ProblemCode::BadRegion,
        ),
    ] {
        assert_eq!(world.change(change).await.unwrap_err().code, code);
        assert_eq!(
            (&world.broker.snapshot().sessions[0].profile, world.credentials_file()),
            (&started.profile, file.clone())
        );
    }
    assert_eq!(world.config_file(), "[profile theirs]\nregion = eu-west-1\n");
}

#[tokio::test]
async fn programs_that_have_the_old_name_get_the_same_credentials() {
    let world = World::with_a_command().await;
    let started = world.start_in_window("mine").await.unwrap();
    world.change(ChangeSession { rename: Some(name("shop")), ..ChangeSession::of(name("mine")) }).await.unwrap();
    for (role, by_endpoint) in [(None, true), (None, false), (Some(started.role_id.clone()), false)] {
        let asked = GetCredentials { profile: name("mine"), role, by_endpoint, ..GetCredentials::of(name("mine")) };
        world.broker.answer(asked, &|_| ()).await.unwrap();
    }
    assert_eq!((world.broker.snapshot().sessions.len(), world.exchanges()), (1, 1));
    assert_eq!(world.broker.peek(&name("mine")).unwrap().session.profile, name("shop"));
    let stopped = world.broker.stop(Some(&name("mine"))).await.unwrap_err();
    assert_eq!(stopped.code, ProblemCode::UnknownSession, "it isn't called that any more");
    world.broker.stop(Some(&name("shop"))).await.unwrap();
    assert_eq!(world.broker.role("shop").unwrap().id, started.role_id, "its name starts the role again");
    assert_eq!(world.broker.role("mine").unwrap_err().code, ProblemCode::UnknownRole);
}
