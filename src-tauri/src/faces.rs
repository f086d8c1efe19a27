//! Keeps the list of what needs the person up to date, and tells the window, the tray and notifications what changed.

use std::time::Duration;

use chrono::{DateTime, Utc};
use daypass_broker::broker::Broker;
use daypass_core::attention::{AttentionItem, Look, look};
use daypass_core::clock::{Clock, SystemClock};
use tauri::{AppHandle, Emitter, Manager};

use crate::attention::AttentionList;
use crate::{notify, tray, wall_clock};

/// Several events in a row change the list once.
const PAUSE: Duration = Duration::from_millis(50);

/// Keeps the list up to date for as long as the app runs.
pub(crate) fn keep(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        loop {
            let again_at = refresh(&app).await;
            let list = app.state::<AttentionList>();
            tokio::select! {
                () = list.event() => tokio::time::sleep(PAUSE).await,
                () = wall_clock::sleep_until(again_at) => {}
            }
        }
    });
}

/// What needs the person, looked at now.
pub(crate) async fn look_again(app: &AppHandle) -> Vec<AttentionItem> {
    refresh(app).await;
    app.state::<AttentionList>().items()
}

/// Looks, and tells every face what changed. Returns when to look again.
async fn refresh(app: &AppHandle) -> Option<DateTime<Utc>> {
    let list = app.state::<AttentionList>();
    let broker = app.state::<Broker>().inner().clone();
    let memory = list.memory();
    let looking = tauri::async_runtime::spawn_blocking(move || {
        let settings = broker.notification_settings();
        let found = look(&broker.snapshot_without_roles(), &memory, settings.warn.span(), SystemClock.now());
        (found, settings)
    });
    let Ok((Look { items, again_at }, settings)) = looking.await else { return None };
    if list.replace(&items) {
        if let Err(error) = app.emit("attention", &items) {
            tracing::debug!(%error, "couldn't tell the window what needs the person");
        }
        tray::refresh(app);
    }
    let notify_again = notify::follow(app, &items, &settings);
    [again_at, notify_again].into_iter().flatten().min()
}
