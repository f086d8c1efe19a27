//! A key combination that macOS or Windows reports, whichever window has the focus.

use std::cell::RefCell;

use global_hotkey::hotkey::HotKey;
use global_hotkey::{GlobalHotKeyEvent, GlobalHotKeyManager, HotKeyState};
use tauri::AppHandle;
use tokio::sync::oneshot;

use super::keys::Combination;
use crate::quick;

thread_local! {
    /// Belongs to the main thread, whose event loop gets the keys.
    static HEARD: RefCell<Option<(GlobalHotKeyManager, HotKey)>> = const { RefCell::new(None) };
}

/// Why a combination isn't heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NotHeard {
    /// Another program has it.
    Taken,
    /// The system refused.
    Failed(String),
}

/// Hears a combination until it is dropped.
pub(super) struct Ear(AppHandle);

impl Ear {
    /// Hears a combination.
    ///
    /// # Errors
    ///
    /// [`NotHeard`].
    pub(super) async fn hear(app: &AppHandle, combination: Combination) -> Result<Self, NotHeard> {
        let pressed = app.clone();
        // Only the first one counts, and there is only one app.
        GlobalHotKeyEvent::set_event_handler(Some(move |event: GlobalHotKeyEvent| {
            if event.state == HotKeyState::Pressed {
                quick::toggle(&pressed);
            }
        }));
        let (tell, told) = oneshot::channel();
        let asked = app.run_on_main_thread(move || drop(tell.send(begin(&combination))));
        asked.map_err(|error| NotHeard::Failed(error.to_string()))?;
        told.await.map_err(|_| NotHeard::Failed("the app is ending".to_owned()))??;
        Ok(Self(app.clone()))
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        let _ = self.0.run_on_main_thread(end);
    }
}

fn begin(combination: &Combination) -> Result<(), NotHeard> {
    let failed = |error: String| NotHeard::Failed(error);
    end();
    let manager = GlobalHotKeyManager::new().map_err(|error| failed(error.to_string()))?;
    let key: HotKey = combination.written().parse().map_err(|error| failed(format!("{error}")))?;
    match manager.register(key) {
        Ok(()) => {
            HEARD.set(Some((manager, key)));
            Ok(())
        }
        Err(global_hotkey::Error::AlreadyRegistered(_)) => Err(NotHeard::Taken),
        Err(error) => Err(failed(error.to_string())),
    }
}

fn end() {
    if let Some((manager, key)) = HEARD.take() {
        let _ = manager.unregister(key);
    }
}
