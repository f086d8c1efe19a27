//! What starts with the app: the app itself at login, and the sessions that start with it.

use daypass_broker::broker::Broker;
use daypass_core::event::Event;
use daypass_core::problem::Problem;
use tauri::AppHandle;
use tokio::sync::broadcast::error::RecvError;

use crate::notify;

/// Starts the sessions that the person chose, and keeps the start at login as `config.toml` says.
pub(crate) fn begin(app: &AppHandle, broker: &Broker) {
    let (app, starting) = (app.clone(), broker.clone());
    tauri::async_runtime::spawn(async move {
        starting.start_chosen_sessions(|problem| notify::problem(&app, problem)).await;
    });
    tauri::async_runtime::spawn(follow(broker.clone()));
}

/// Switches the start at login on or off.
///
/// # Errors
///
/// As [`Broker::put_setting`].
pub(crate) fn toggle(broker: &Broker) -> Result<(), Problem> {
    let on = !broker.desktop_settings().start_at_login;
    broker.put_setting("desktop.start_at_login", Some(if on { "true" } else { "false" })).map(drop)
}

async fn follow(broker: Broker) {
    let mut events = broker.subscribe();
    let mut last = None;
    loop {
        let on = broker.desktop_settings().start_at_login;
        if last.replace(on) != Some(on)
            && let Err(problem) = broker.follow_start_at_login()
        {
            tracing::warn!(code = %problem.code, "Daypass can't set up starting at login: {}", problem.message);
        }
        // (The broker is here, so its events don't end.)
        while !matches!(events.recv().await, Ok(Event::CatalogChanged) | Err(RecvError::Lagged(_))) {}
    }
}
