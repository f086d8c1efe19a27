//! Notifications where they have no buttons and can't be replaced.

use daypass_core::text;
use notify_rust::Notification;
use tauri::AppHandle;

use super::note::OnPress;
use super::plan::Change;

/// The platform's notifications.
#[derive(Default)]
pub(super) struct Server;

impl Server {
    /// Shows a note. It can't be taken away again.
    pub(super) fn send(&self, _: &AppHandle, change: Change, _: OnPress) {
        let Change::Show(note) = change else { return };
        let mut notification = Notification::new();
        notification.appname("Daypass").summary(&text::shown(&note.summary)).body(&text::shown_lines(&note.body));
        // On a thread of its own: some platforms wait here.
        std::thread::spawn(move || {
            if let Err(error) = notification.show() {
                tracing::warn!(%error, "could not show a notification");
            }
        });
    }
}
