//! The main window.

use daypass_broker::broker::Broker;
use daypass_core::settings::WindowSettings;
use serde::Serialize;
use tauri::{AppHandle, Emitter, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent};

use crate::{activation, tray_host};

/// The window's label in Tauri.
pub(crate) const LABEL: &str = "main";

/// Does what Tauri's `freezePrototype` does. That setting would affect sign-in windows too, where the pages of identity
/// providers expect an unchanged browser.
pub(crate) const FREEZE: &str = "Object.freeze(Object.prototype)";

/// Creates the window.
pub(crate) fn create(app: &AppHandle, visible: bool) -> tauri::Result<WebviewWindow> {
    let broker = app.state::<Broker>();
    let sandbox = broker.surroundings().sandbox;
    let look = broker.window_settings();
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title(if sandbox { "Daypass (sandbox)" } else { "Daypass" })
        .inner_size(1100.0, 720.0)
        .min_inner_size(360.0, 480.0)
        .visible(visible)
        .initialization_script(FREEZE)
        .initialization_script(shown_with(&look))
        .on_navigation(is_own)
        .build()?;
    // The page follows the settings once it has loaded. This keeps it from starting at another size and jumping.
    window.set_zoom(look.text_size.factor())?;
    Ok(window)
}

/// Gives the page its theme and density before it is painted, as `ui/src/lib/settings.svelte.ts` does later.
pub(crate) fn shown_with(look: &WindowSettings) -> String {
    format!(
        "(() => {{ const show = () => {{ const root = document.documentElement; if (!root) return false; \
         root.dataset.theme = '{}'; root.dataset.density = '{}'; return true; }}; \
         if (!show()) document.addEventListener('readystatechange', show, {{ once: true }}); }})()",
        look.theme, look.density
    )
}

/// Brings the window to the front, and creates it again if it's gone.
pub(crate) fn show(app: &AppHandle) {
    let shown = match app.get_webview_window(LABEL) {
        Some(window) => window.show().and_then(|()| window.unminimize()).and_then(|()| activation::focus(&window)),
        // The tray asks on the main thread, where WebView2 would wait for itself.
        None if cfg!(windows) => {
            let app = app.clone();
            std::thread::spawn(move || told(create(&app, true).map(drop)));
            return;
        }
        None => create(app, true).map(drop),
    };
    told(shown);
}

fn told(shown: tauri::Result<()>) {
    if let Err(error) = shown {
        tracing::warn!(%error, "couldn't show the window");
    }
}

/// Whether the person can see the window.
pub(crate) fn is_visible(app: &AppHandle) -> bool {
    app.get_webview_window(LABEL).is_some_and(|window| window.is_visible().unwrap_or(false))
}

/// What the window should show.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "to", rename_all = "kebab-case")]
pub(crate) enum Destination {
    /// An identity to sign in to.
    SignIn {
        /// Its name.
        identity: String,
    },
    /// The question about a link.
    Link,
    /// The question whether an identity's sessions stop when the person signs out.
    SignOut {
        /// Its name.
        identity: String,
    },
    /// The question whether all sessions may be stopped.
    StopAll,
    /// What needs the person.
    Attention,
    /// All sign-ins that are needed, one after the other.
    SignInAll,
    /// The settings.
    Settings,
    /// A role.
    Role {
        /// Its key in the catalog.
        id: String,
    },
}

/// Brings up the window and shows something in it.
pub(crate) fn navigate(app: &AppHandle, to: &Destination) {
    show(app);
    let _ = app.emit("navigate", to);
}

/// Closing the window leaves Daypass in the tray. Without a tray it quits, as the window says.
pub(crate) fn on_event(window: &tauri::Window, event: &WindowEvent) {
    let WindowEvent::CloseRequested { api, .. } = event else { return };
    if window.label() != LABEL {
        return;
    }
    let app = window.app_handle();
    if tray_host::is_visible(app) {
        api.prevent_close();
        let _ = window.hide();
    } else {
        app.exit(0);
    }
}

/// Whether an address is a page of ours. They are static, and never navigate anywhere else.
pub(crate) fn is_own(url: &tauri::Url) -> bool {
    matches!(url.scheme(), "tauri" | "http" | "https")
        && matches!(url.host_str(), Some("localhost" | "tauri.localhost"))
}
