//! What Daypass knows about roles and regions while sessions run.

use std::sync::Mutex;

use super::{World, work};
use crate::requests::{Answers as _, GetCredentials};
use aws_files::Foreign;
use daypass_core::event::Event;
use daypass_core::names::{AccountId, ProfileName};
use daypass_core::problem::{ProblemCode, ProblemKind};
use daypass_core::secret::TypedSecrets;
use daypass_core::session_request::Delivery;
use daypass_core::settings::IdentitySettings;
use daypass_core::view::{RoleSource, SessionState};

const ROLE: &str = "123456789012/Dev";

fn dev() -> ProfileName {
    "dev".parse().unwrap()
}

impl World {
    async fn with_a_session() -> Self {
        let world = Self::with_a_role().await;
        let start = world.broker.start(ROLE, Some(dev()), None, Foreign::Refuse, Delivery::CredentialsFile, false);
        start.await.unwrap();
        world
    }

    fn region_in_file(&self) -> Option<String> {
        let text = std::fs::read_to_string(&self.broker.surroundings().places.credentials_file).unwrap();
        text.lines().find_map(|line| line.strip_prefix("region = ")).map(str::to_owned)
    }

    async fn set_default_region(&self, region: &str) {
        let before = self.broker.config();
        let Ok(IdentitySettings::IdentityCenter(mut settings)) = before.identity(&work()).cloned() else {
            unreachable!("it's one")
        };
        settings.default_region = Some(region.parse().unwrap());
        let settings = IdentitySettings::IdentityCenter(settings);
        self.broker.put_identity(&work(), &settings, &TypedSecrets::none(), false).unwrap();
        self.broker.follow_regions(&before).await;
    }
}

#[tokio::test]
async fn the_role_of_a_running_session_is_listed_after_a_sign_out() {
    let world = World::with_a_session().await;
    let before = world.broker.snapshot();
    assert!(world.broker.sign_out(&work()).await.unwrap());
    let after = world.broker.snapshot();
    assert_eq!(after.sessions, before.sessions);
    let [role] = after.roles.as_slice() else { panic!("{:?}", after.roles) };
    assert_eq!((&role.id, role.source), (&before.sessions[0].role_id, RoleSource::Session));
    assert_eq!(role.profile, dev());
    // By each of its names.
    for name in [ROLE, "dev", role.id.as_str(), &role.arn.to_string()] {
        assert_eq!(world.broker.role(name).unwrap().id, role.id, "{name}");
    }
    let refused = world.broker.remove_role("dev").unwrap_err();
    assert_eq!(refused.code, ProblemCode::RoleDiscovered);
    assert!(refused.message.contains("running session"), "{refused:?}");

    // Signed in again, it is the listed one; and stopped, it is gone.
    world.sign_in().await.unwrap();
    world.broker.list_roles(&work(), &|_| ()).await.unwrap();
    let sources: Vec<RoleSource> = world.broker.snapshot().roles.iter().map(|role| role.source).collect();
    assert_eq!(sources, [RoleSource::Discovered]);
    world.broker.sign_out(&work()).await.unwrap();
    world.broker.stop(Some(&dev())).await.unwrap();
    assert!(world.broker.snapshot().roles.is_empty());
}

#[tokio::test]
async fn what_aws_decides_is_not_guessed() {
    let world = World::with_a_session().await;
    let snapshot = world.broker.snapshot();
    assert_eq!(snapshot.roles[0].usual_duration, None, "the permission set has it");
    assert_eq!(snapshot.sessions[0].assumed_role, None, "the portal doesn't say the session's name");
}

#[tokio::test]
async fn a_running_profile_follows_the_region_of_its_role() {
    let world = World::with_a_session().await;
    assert_eq!(world.region_in_file(), None);
    world.set_default_region("eu-north-1").await;
    assert_eq!(world.region_in_file().as_deref(), Some("eu-north-1"));
    assert_eq!(world.broker.snapshot().sessions[0].region, Some("eu-north-1".parse().unwrap()));

    let before = world.broker.config();
    let account: AccountId = "123456789012".parse().unwrap();
    world.broker.put_account_region(&account, Some("us-east-2".parse().unwrap())).unwrap();
    world.broker.follow_regions(&before).await;
    assert_eq!(world.region_in_file().as_deref(), Some("us-east-2"), "an account's goes before its identity's");
    world.set_default_region("eu-west-3").await;
    assert_eq!(world.region_in_file().as_deref(), Some("us-east-2"));
    let before = world.broker.config();
    world.broker.put_account_region(&account, None).unwrap();
    world.broker.follow_regions(&before).await;
    assert_eq!(world.region_in_file().as_deref(), Some("eu-west-3"));
    let text = std::fs::read_to_string(&world.broker.surroundings().places.config_file).unwrap();
    assert!(!text.contains("account"), "{text}");
}

/// A tool in the background shows no one what it waits for.
#[tokio::test]
async fn a_tool_that_needs_a_sign_in_rings_once_until_the_person_comes() {
    let world = World::with_a_session().await;
    let mut events = world.broker.subscribe();
    let mut rings = || {
        let is_ring = |event: &Event| match event {
            Event::SignInNeeded { identity, profiles, .. } => identity == &work() && profiles == &[dev()],
            _ => false,
        };
        std::iter::from_fn(|| events.try_recv().ok()).filter(is_ring).count()
    };
    let asking = async || world.broker.answer(GetCredentials::of(dev()), &|_| ()).await;
    for _ in 0..2 {
        world.broker.stop(Some(&dev())).await.unwrap();
        world.broker.sign_out(&work()).await.unwrap();
        for expected in [1, 0] {
            assert_eq!(asking().await.unwrap_err().kind, ProblemKind::NeedsSignIn);
            assert_eq!(rings(), expected);
        }
        world.sign_in().await.unwrap();
        asking().await.unwrap();
    }
}

#[tokio::test]
async fn chosen_sessions_start_once_and_what_cannot_start_is_told() {
    let world = World::with_a_role().await;
    world.broker.put_setting("start_sessions", Some("123456789012/Nothing,123456789012/Dev")).unwrap();
    let told = Mutex::new(Vec::new());
    for _ in 0..2 {
        world.broker.start_chosen_sessions(|problem| told.lock().unwrap().push(problem.code)).await;
        let sessions = world.broker.snapshot().sessions;
        assert_eq!(sessions.iter().map(|one| one.state).collect::<Vec<_>>(), [SessionState::Active]);
    }
    assert_eq!(*told.lock().unwrap(), [ProblemCode::UnknownRole, ProblemCode::UnknownRole]);
    assert_eq!(world.asked("GET /federation/credentials").len(), 1, "what runs isn't started again");
}

/// The roles of the identity aren't known before it's signed in.
#[tokio::test]
async fn chosen_sessions_ask_once_for_a_sign_in_and_start_after_it() {
    let world = World::with_a_role().await;
    world.broker.put_setting("start_sessions", Some("123456789012/Dev,123456789012/Nothing")).unwrap();
    world.broker.sign_out(&work()).await.unwrap();
    let mut events = world.broker.subscribe();
    let broker = world.broker.clone();
    let starting = tokio::spawn(async move { broker.start_chosen_sessions(|problem| panic!("{problem:?}")).await });
    while !matches!(events.recv().await.unwrap(), Event::SignInNeeded { identity, .. } if identity == work()) {}
    assert!(world.broker.snapshot().sessions.is_empty());

    world.sign_in().await.unwrap();
    world.broker.list_roles(&work(), &|_| ()).await.unwrap();
    let mut rings = 0;
    loop {
        match events.recv().await.unwrap() {
            Event::SessionChanged { session, .. } if session.state == SessionState::Active => break,
            Event::SignInNeeded { .. } => rings += 1,
            _ => {}
        }
    }
    assert_eq!(rings, 0);
    assert!(!starting.is_finished(), "the other one may be listed later");
    starting.abort();
}
