//! The clipboard, written from Rust because copied secrets must not pass through the web view.

use std::sync::{Mutex, PoisonError};

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

/// Lives as long as the app. On X11 and Wayland, the program that copied something has to stay to hand it over.
#[derive(Default)]
pub(crate) struct Clipboard(Mutex<Option<arboard::Clipboard>>);

impl Clipboard {
    /// Puts a secret on the clipboard and asks clipboard histories not to keep it.
    pub(crate) fn put(&self, secret: String) -> Result<(), Problem> {
        let failed = |e: arboard::Error| {
            Problem::new(ProblemKind::Failed, ProblemCode::Clipboard, format!("cannot write to the clipboard: {e}"))
                .hint("use `daypass env PROFILE` or `daypass console ROLE --print` instead")
        };
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let clipboard = match held.take() {
            Some(clipboard) => clipboard,
            None => arboard::Clipboard::new().map_err(failed)?,
        };
        let clipboard = held.insert(clipboard);
        let set = clipboard.set();
        #[cfg(target_os = "linux")]
        let set = arboard::SetExtLinux::exclude_from_history(set);
        #[cfg(target_os = "macos")]
        let set = arboard::SetExtApple::exclude_from_history(set);
        #[cfg(target_os = "windows")]
        let set = arboard::SetExtWindows::exclude_from_history(set);
        set.text(secret).map_err(failed)
    }
}
