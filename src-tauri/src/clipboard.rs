//! The clipboard, written from Rust because copied secrets must not pass through the web view. A secret is cleared
//! after the time that the person sets, unless they have copied something else by then.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use daypass_broker::broker::Broker;
use daypass_core::clock::{Clock as _, SystemClock};
use daypass_core::digest;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use secrecy::{ExposeSecret as _, SecretString};

use crate::wall_clock::sleep_until;

/// Lives as long as the app. On X11 and Wayland, the program that copied something has to stay to hand it over.
#[derive(Clone)]
pub(crate) struct Clipboard {
    broker: Broker,
    held: Arc<Mutex<Held>>,
}

#[derive(Default)]
struct Held {
    clipboard: Option<arboard::Clipboard>,
    /// SHA-256 of the secret that was copied last, while it is to be cleared.
    latest: Option<String>,
}

impl Clipboard {
    /// The clipboard, cleared as this broker's settings say.
    pub(crate) fn new(broker: Broker) -> Self {
        Self { broker, held: Arc::default() }
    }

    /// Puts a secret on the clipboard and asks clipboard histories not to keep it.
    pub(crate) fn put(&self, secret: String) -> Result<(), Problem> {
        let failed = |e: arboard::Error| {
            Problem::new(ProblemKind::Failed, ProblemCode::Clipboard, format!("can't write to the clipboard: {e}"))
                .hint("use `daypass env PROFILE` or `daypass console ROLE --print` instead")
        };
        let mark = digest::full(secret.as_bytes());
        let mut held = self.held();
        let clipboard = match held.clipboard.take() {
            Some(clipboard) => clipboard,
            None => arboard::Clipboard::new().map_err(failed)?,
        };
        let set = held.clipboard.insert(clipboard).set();
        #[cfg(target_os = "linux")]
        let set = arboard::SetExtLinux::exclude_from_history(set);
        #[cfg(target_os = "macos")]
        let set = arboard::SetExtApple::exclude_from_history(set);
        // Also from the cloud clipboard, which takes what is only kept out of the history.
        #[cfg(target_os = "windows")]
        let set = arboard::SetExtWindows::exclude_from_monitoring(set);
        set.text(secret).map_err(failed)?;
        held.latest = Some(mark.clone());
        drop(held);
        self.clear_later(mark);
        Ok(())
    }

    fn clear_later(&self, mark: String) {
        let at = SystemClock.now() + self.broker.desktop_settings().clears_clipboard_after().span();
        let clipboard = self.clone();
        tauri::async_runtime::spawn(async move {
            sleep_until(Some(at)).await;
            // Another program may be slow to hand over what it has.
            drop(tauri::async_runtime::spawn_blocking(move || clipboard.clear(&mark)).await);
        });
    }

    /// Clears the clipboard if this secret is still on it, and wasn't copied again meanwhile.
    fn clear(&self, mark: &str) {
        let mut held = self.held();
        if held.latest.as_deref() != Some(mark) {
            return;
        }
        held.latest = None;
        let Some(clipboard) = held.clipboard.as_mut() else { return };
        let text = clipboard.get_text().map(SecretString::from);
        let is_ours = text.is_ok_and(|text| digest::full(text.expose_secret().as_bytes()) == mark);
        if is_ours && let Err(error) = clipboard.clear() {
            tracing::warn!(%error, "a copied secret is still on the clipboard");
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
