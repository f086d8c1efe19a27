//! A menu of the platform's, at the pointer: it shows the code, and copies it where that is chosen.

use std::sync::{Mutex, PoisonError};

use daypass_core::clock::{Clock, SystemClock};
use daypass_core::names::IdentityName;
use secrecy::{ExposeSecret, SecretString};
use tauri::menu::{ContextMenu, MenuBuilder, MenuEvent, MenuItemBuilder};
use tauri::{AppHandle, Manager};

use super::{Shown, title};
use crate::clipboard::Clipboard;
use crate::{notify, window};

/// The entry with the code.
const ENTRY: &str = "copy-mfa-code";

/// The code of the menu that was opened last.
static LAST: Mutex<Option<SecretString>> = Mutex::new(None);

/// Opens the menu.
pub(super) fn open(app: &AppHandle, identity: IdentityName, shown: Shown) {
    let opened = || -> tauri::Result<()> {
        let Some(main) = app.get_webview_window(window::LABEL) else { return Ok(()) };
        let words = |text: String| MenuItemBuilder::new(text).enabled(false).build(app);
        let mut menu = MenuBuilder::new(app).item(&words(title(&identity))?);
        menu = menu.text(ENTRY, format!("{}    Copy", shown.digits()));
        menu = menu.item(&words(shown.standing(SystemClock.now()).unwrap_or_default())?);
        if let Some(caution) = shown.caution() {
            menu = menu.item(&words(caution.to_owned())?);
        }
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(shown.code);
        menu.build()?.popup(main.as_ref().window().clone())
    };
    if let Err(error) = opened() {
        tracing::warn!(%error, "the MFA code could not be shown");
    }
}

/// Copies the code where the entry that shows it was chosen. Hears of every menu of the app.
pub(crate) fn on_menu_event(app: &AppHandle, event: MenuEvent) {
    if event.id() != ENTRY {
        return;
    }
    let Some(code) = LAST.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
    if let Err(problem) = app.state::<Clipboard>().put(code.expose_secret().to_owned()) {
        notify::problem(app, &problem);
    }
}
