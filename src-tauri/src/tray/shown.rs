//! What the tray shows, and the signal to update it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tauri::{AppHandle, Manager};
use tokio::sync::Notify;

use super::live::LiveMenu;
use super::menu::TrayState;

/// The state of the tray icon and its menu.
#[derive(Default)]
pub(crate) struct Tray {
    bell: Notify,
    /// Whether the catalog may have changed.
    roles_changed: AtomicBool,
    /// What the platform shows. Only the main thread changes it.
    shown: Mutex<Option<Shown>>,
}

/// What the platform shows.
pub(super) struct Shown {
    pub(super) menu: LiveMenu,
    pub(super) state: TrayState,
    pub(super) tooltip: String,
}

impl Tray {
    pub(super) fn shown(&self) -> MutexGuard<'_, Option<Shown>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until something may have changed.
    pub(super) async fn something(&self) {
        self.bell.notified().await;
    }

    pub(super) fn roles_changed(&self) {
        self.roles_changed.store(true, Ordering::Release);
    }

    /// Whether the catalog may have changed since the last question.
    pub(super) fn take_roles_changed(&self) -> bool {
        self.roles_changed.swap(false, Ordering::AcqRel)
    }
}

/// Shows soon what changed.
pub(crate) fn refresh(app: &AppHandle) {
    app.state::<Tray>().bell.notify_one();
}

/// The menu shows the mark as it was clicked, whether that was done or not, so it's made again.
pub(super) fn forget_menu(app: &AppHandle) {
    let on_main = app.clone();
    let _ = app.run_on_main_thread(move || {
        if let Some(shown) = on_main.state::<Tray>().shown().as_mut() {
            shown.menu.forget();
        }
        refresh(&on_main);
    });
}
