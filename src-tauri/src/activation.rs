//! Lets one of our windows take the focus from another program.
//!
//! On Wayland, a desktop gives a token to a program that the person used: to the launcher that started us a second
//! time, to the shortcut that they pressed. X11's desktops have an id for the same. Without one, a window may only ask
//! for attention.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tauri::{Manager, WebviewWindow};

/// No desktop's are longer.
const LONGEST: usize = 512;

/// The token that the next window to be shown spends.
#[derive(Default)]
pub(crate) struct Activation(Mutex<Option<String>>);

impl Activation {
    /// Takes in a token for the next window to be shown, or that there is none for it.
    pub(crate) fn give(&self, token: Option<String>) {
        *self.held() = token.filter(|token| is_token(token));
    }

    fn held(&self) -> MutexGuard<'_, Option<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST && text.bytes().all(|b| b.is_ascii_graphic())
}

/// The token that a launcher gave to this process.
pub(crate) fn of_process() -> Option<String> {
    let names = ["XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID"];
    names.iter().find_map(|name| std::env::var(name).ok().filter(|token| is_token(token)))
}

/// Gives the focus to a window that is shown, with the token if one was given.
///
/// # Errors
///
/// When the window is gone.
pub(crate) fn focus(window: &WebviewWindow) -> tauri::Result<()> {
    let token = window.state::<Activation>().held().take();
    #[cfg(target_os = "linux")]
    if let Some(token) = token {
        let shown = window.clone();
        return window.run_on_main_thread(move || {
            use gtk::prelude::GtkWindowExt as _;
            if let Ok(gtk) = shown.gtk_window() {
                gtk.set_startup_id(&token);
                gtk.present();
            }
        });
    }
    #[cfg(not(target_os = "linux"))]
    let _ = token;
    window.set_focus()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_desktop_gives_is_not_passed_on() {
        let activation = Activation::default();
        for odd in [String::new(), "a b".to_owned(), "a\n".to_owned(), "a".repeat(LONGEST + 1)] {
            activation.give(Some(odd));
            assert_eq!(*activation.held(), None);
        }
        activation.give(Some("daypass_TIME12".to_owned()));
        assert!(activation.held().is_some());
        activation.give(None);
        assert!(activation.held().is_none());
    }
}
