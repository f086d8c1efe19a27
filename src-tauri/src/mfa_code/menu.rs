//! A native menu at the pointer that shows the code and lets the person copy it.

use std::sync::{Mutex, PoisonError};

use daypass_core::clock::{Clock, SystemClock};
use daypass_core::names::IdentityName;
use secrecy::{ExposeSecret, SecretString};
use tauri::menu::{ContextMenu, MenuBuilder, MenuEvent, MenuItemBuilder};
use tauri::{AppHandle, Manager};

use super::shown::{ShownCode, title};
use crate::clipboard::Clipboard;
use crate::{notify, window};

/// The entry with the code.
const ENTRY: &str = "copy-mfa-code";

/// The code in the menu that was opened last.
static LAST: Mutex<Option<SecretString>> = Mutex::new(None);

/// Opens the menu.
pub(super) fn open(app: &AppHandle, identity: IdentityName, shown: ShownCode) {
    let opened = || -> tauri::Result<()> {
        let Some(main) = app.get_webview_window(window::LABEL) else { return Ok(()) };
        let words = |text: String| MenuItemBuilder::new(text).enabled(false).build(app);
        let mut menu = MenuBuilder::new(app).item(&words(title(&identity))?);
        menu = menu.text(ENTRY, format!("{}    Copy", shown.digits()));
        menu = menu.item(&words(shown.time_left(SystemClock.now()).unwrap_or_default())?);
        if let Some(warning) = shown.warning() {
            menu = menu.item(&words(warning.to_owned())?);
        }
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(shown.code);
        menu.build()?.popup(main.as_ref().window().clone())
    };
    if let Err(error) = opened() {
        tracing::warn!(%error, "couldn't show the MFA code");
    }
}

/// Copies the code if the person chose its entry. Called for every menu of the app.
pub(crate) fn on_menu_event(app: &AppHandle, event: MenuEvent) {
    if event.id() != ENTRY {
        return;
    }
    let Some(code) = LAST.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
    if let Err(problem) = app.state::<Clipboard>().put(code.expose_secret().to_owned()) {
        notify::problem(app, &problem);
    }
}
