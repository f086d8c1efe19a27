//! Passes each event to the window, to the tray and to the list of what needs the person.

use daypass_broker::broker::Broker;
use daypass_core::event::Event;
use tauri::{AppHandle, Emitter, Manager};
use tokio::sync::broadcast::error::RecvError;

use crate::attention::AttentionList;
use crate::{look, tray};

/// Passes events on for as long as the app runs.
pub(crate) fn follow(app: &AppHandle, broker: &Broker) {
    let mut events = broker.subscribe();
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        loop {
            let event = match events.recv().await {
                Ok(event) => event,
                // We missed some events, so the window has to ask for everything again.
                Err(RecvError::Lagged(_)) => Event::CatalogChanged,
                Err(RecvError::Closed) => return,
            };
            if let Err(error) = app.emit("event", &event) {
                tracing::debug!(%error, "couldn't send an event to the window");
            }
            app.state::<AttentionList>().take_in(&event);
            tray::take_in(&app, &event);
            look::take_in(&app, &event);
        }
    });
}
