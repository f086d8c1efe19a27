//! Secrets are planted, everything is done with them, and everything that is not the vault or the file is searched.

use super::*;
use daypass_core::testing::Log;

#[tokio::test(start_paused = true)]
async fn no_secret_is_in_an_event_a_log_a_view_or_a_debug_output() {
    let (log, _log) = Log::listen();
    tracing::trace!("the log is on");
    let world = World::new();
    let mut events = world.events.subscribe();
    let agent = Agent::of(world.process());
    agent.start("dev", 3600).await;
    pass(hours(2)).await;
    world.service.set_trouble(Some(down()));
    let credentials = agent.sessions.fresh_credentials(&name("dev")).await.unwrap();
    pass(hours(2)).await;
    world.service.set_trouble(None);
    pass(minutes(10)).await;
    // A damaged entry must not be quoted.
    let vault = &agent.sessions.dependencies.vault;
    let broken = format!("{{\"wish\": 1, \"credentials\": \"{SECRET_KEY}\"");
    let damage = |entries: &mut daypass_vault::Entries| {
        entries.set("session/broken", broken.clone());
        Ok::<_, Problem>(())
    };
    vault.update(damage).unwrap();
    let views = agent.sessions.list().unwrap();
    let held = world.held("dev", 3600, world.sky.now());
    let mut all = format!("{credentials:?} {held:?} {:?} {views:?} {:?}", credentials.keys(), vault.read().unwrap());
    all += &serde_json::to_string(&views).unwrap();
    agent.sessions.stop(&[name("dev")]).await.unwrap();
    while let Ok(event) = events.try_recv() {
        all += &format!("{event:?} {}", serde_json::to_string(&event).unwrap());
    }
    all += &std::fs::read_to_string(world.path("home/audit.jsonl")).unwrap();
    all += &log.text();
    assert!(
        all.contains("the log is on") && all.contains("unreadable session") && all.contains("\"renewed\""),
        "{all}"
    );
    for secret in [SECRET_KEY, SESSION_TOKEN] {
        assert!(!all.contains(secret), "{secret} is in {all}");
    }
}
