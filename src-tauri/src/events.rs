//! What happened goes three ways: to the window, to the tray, and to the person as a notification.

use daypass_broker::broker::Broker;
use daypass_core::event::Event;
use tauri::{AppHandle, Emitter};
use tokio::sync::broadcast::error::RecvError;

use crate::{notify, tray};

/// Hands events on for as long as the app runs.
pub(crate) fn follow(app: &AppHandle, broker: &Broker) {
    let mut events = broker.subscribe();
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        loop {
            let event = match events.recv().await {
                Ok(event) => event,
                // More happened than was read: the window asks for everything again.
                Err(RecvError::Lagged(_)) => Event::CatalogChanged,
                Err(RecvError::Closed) => return,
            };
            if let Err(error) = app.emit("event", &event) {
                tracing::debug!(%error, "the window did not take an event");
            }
            notify::tell(&app, &event);
            tray::refresh(&app);
        }
    });
}
