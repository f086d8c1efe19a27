//! How the windows look by the settings: their frames, and the quick switch. The main window's page follows the settings by
//! itself.

use std::sync::{Mutex, PoisonError};

use daypass_broker::broker::Broker;
use daypass_core::event::Event;
use daypass_core::settings::{Theme, WindowSettings};
use tauri::{AppHandle, Manager};

use crate::quick;

/// What is shown now.
#[derive(Default)]
pub(crate) struct Looks(Mutex<WindowSettings>);

/// Takes an event in: the settings may have changed.
pub(crate) fn take_in(app: &AppHandle, event: &Event) {
    match event {
        Event::SettingsChanged | Event::CatalogChanged => follow(app),
        Event::SignInBegan { .. }
        | Event::SignInCautioned { .. }
        | Event::SignInNeeded { .. }
        | Event::SignedIn { .. }
        | Event::SignInFailed { .. }
        | Event::SignedOut { .. }
        | Event::SessionChanged { .. }
        | Event::CatalogGrew { .. }
        | Event::CatalogListed { .. }
        | Event::CredentialsTaken { .. }
        | Event::ConsentsChanged
        | Event::TrialWentOn { .. } => {}
    }
}

/// Shows the windows as the settings say, where they look otherwise.
pub(crate) fn follow(app: &AppHandle) {
    let look = app.state::<Broker>().window_settings();
    let looks = app.state::<Looks>();
    let before = std::mem::replace(&mut *looks.0.lock().unwrap_or_else(PoisonError::into_inner), look);
    if before == look {
        return;
    }
    let on_main = app.clone();
    // This fails only while the app is ending.
    let _ = app.run_on_main_thread(move || {
        if before.theme != look.theme {
            frame(&on_main, look.theme);
        }
        quick::look(&on_main, &look);
    });
}

/// GTK draws frames, menus and dialogs in the theme's dark form, or has the window manager do so. Tauri's `set_theme` can't
/// give back what the person's GTK settings say.
#[cfg(target_os = "linux")]
fn frame(_: &AppHandle, theme: Theme) {
    use gtk::prelude::GtkSettingsExt as _;

    let Some(settings) = gtk::Settings::default() else { return };
    match theme {
        Theme::System => settings.reset_property("gtk-application-prefer-dark-theme"),
        Theme::Light => settings.set_gtk_application_prefer_dark_theme(false),
        Theme::Dark => settings.set_gtk_application_prefer_dark_theme(true),
    }
}

#[cfg(not(target_os = "linux"))]
fn frame(app: &AppHandle, theme: Theme) {
    app.set_theme(match theme {
        Theme::System => None,
        Theme::Light => Some(tauri::Theme::Light),
        Theme::Dark => Some(tauri::Theme::Dark),
    });
}
