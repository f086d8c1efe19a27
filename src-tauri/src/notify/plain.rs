//! Notifications where they have no buttons and can't be replaced: on macOS and Windows.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use daypass_core::text;
use tauri::AppHandle;

use super::note::{Note, OnPress};
use super::plan::Change;

/// What the platform shows a notification with.
pub(super) trait Toasts: Send + Sync + 'static {
    /// Shows it, as the app's with this identifier. May wait.
    fn show(&self, identifier: &str, title: &str, body: &str) -> Result<(), String>;
}

/// The platform's notifications.
pub(super) struct Server(Arc<dyn Toasts>);

impl Server {
    /// Shows a note. It can't be taken away again.
    pub(super) fn send(&self, app: &AppHandle, change: Change, _: OnPress) {
        match change {
            Change::Show(note) => drop(show(&self.0, app.config().identifier.clone(), &note)),
            Change::Close(_) => {}
        }
    }
}

/// On a thread of its own: some platforms wait here. The platform escapes for its own markup.
fn show(toasts: &Arc<dyn Toasts>, identifier: String, note: &Note) -> JoinHandle<()> {
    let title = text::shown(&note.summary).into_owned();
    let body = text::shown_lines(&note.body).into_owned();
    let toasts = Arc::clone(toasts);
    thread::spawn(move || {
        if let Err(error) = toasts.show(&identifier, &title, &body) {
            tracing::warn!(%error, "couldn't show a notification");
        }
    })
}

#[cfg(not(target_os = "linux"))]
impl Default for Server {
    fn default() -> Self {
        Self(Arc::new(System))
    }
}

#[cfg(not(target_os = "linux"))]
struct System;

#[cfg(target_os = "macos")]
impl Toasts for System {
    fn show(&self, identifier: &str, title: &str, body: &str) -> Result<(), String> {
        // The first call counts. It fails where no app with this identifier is installed, and then a notification is
        // shown as another app's.
        let _ = notify_rust::set_application(identifier);
        notify_rust::Notification::new().summary(title).body(body).show().map(drop).map_err(|error| error.to_string())
    }
}

#[cfg(windows)]
impl Toasts for System {
    /// The installers register the identifier, with the shortcut in the Start menu. Without that, Windows shows
    /// nothing.
    fn show(&self, identifier: &str, title: &str, body: &str) -> Result<(), String> {
        let mut notification = notify_rust::Notification::new();
        notification.app_id(identifier).summary(title).body(body).show().map(drop).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Mutex;

    use super::super::note::LeadsTo;
    use super::*;

    #[derive(Default)]
    struct Screen {
        shown: Mutex<Vec<[String; 3]>>,
        is_broken: bool,
    }

    impl Toasts for Screen {
        fn show(&self, identifier: &str, title: &str, body: &str) -> Result<(), String> {
            self.shown.lock().unwrap().push([identifier, title, body].map(str::to_owned));
            if self.is_broken { Err("not now".to_owned()) } else { Ok(()) }
        }
    }

    #[test]
    fn a_note_is_shown_as_the_apps_own_and_escaped_by_the_platform_alone() {
        for is_broken in [false, true] {
            let screen = Arc::new(Screen { is_broken, ..Screen::default() });
            let toasts: Arc<dyn Toasts> = screen.clone();
            let note = Note {
                key: "identity:work".to_owned(),
                summary: "Sign in to R&D\u{1b}".to_owned(),
                body: "<one> & two\nthree".to_owned(),
                action: None,
                leads_to: LeadsTo::Window,
                can_wait: true,
                tells: BTreeSet::new(),
            };
            show(&toasts, "io.daypass.desktop".to_owned(), &note).join().unwrap();
            let expected = ["io.daypass.desktop", "Sign in to R&D\\u{1b}", "<one> & two\nthree"].map(str::to_owned);
            assert_eq!(*screen.shown.lock().unwrap(), [expected]);
        }
    }
}
