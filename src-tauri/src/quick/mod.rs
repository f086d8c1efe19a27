//! The quick switch: a small window over everything else, to find a role, press Enter and be done.
//!
//! It is a page of its own, which may call a few commands. Where a shortcut opens it, it is made when the app starts
//! and stays, hidden: that is what makes it quick. Where only the tray or a command opens it, it is made when it is
//! first wanted and goes after a while without use.

mod keys;
#[cfg(target_os = "linux")]
mod portal;
pub(crate) mod shortcut;
#[cfg(not(target_os = "linux"))]
mod system;
#[cfg(target_os = "linux")]
mod x11;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use daypass_broker::broker::Broker;
use daypass_core::settings::WindowSettings;
use tauri::{
    AppHandle, Emitter, LogicalSize, Manager, PhysicalPosition, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
    Window, WindowEvent,
};

use crate::{activation, window};

/// The window's label in Tauri.
pub(crate) const LABEL: &str = "quick";

const SIZE: (f64, f64) = (560.0, 420.0);

/// How long a window without a shortcut stays after its last use.
const STAYS: Duration = Duration::from_secs(300);

/// Whether the page has loaded, and whether to show it.
#[derive(Default)]
pub(crate) struct QuickSwitch {
    is_ready: AtomicBool,
    is_wanted: AtomicBool,
    /// Whether it stays while it is hidden.
    stays: AtomicBool,
    /// Raised with each use, so that an old clock doesn't close a window that was used since.
    uses: AtomicU32,
}

/// Shows it, or hides it if it has the focus: what the shortcut does.
pub(crate) fn toggle(app: &AppHandle) {
    match app.get_webview_window(LABEL).filter(|window| window.is_visible().unwrap_or(false)) {
        Some(_) => hide(app),
        None => show(app),
    }
}

/// Shows it.
pub(crate) fn show(app: &AppHandle) {
    let state = app.state::<QuickSwitch>();
    state.uses.fetch_add(1, Ordering::Relaxed);
    match app.get_webview_window(LABEL) {
        Some(window) if state.is_ready.load(Ordering::Acquire) => reveal(app, &window),
        _ => {
            state.is_wanted.store(true, Ordering::Release);
            create(app);
        }
    }
}

/// Hides it. Its page prepares for the next time.
pub(crate) fn hide(app: &AppHandle) {
    let state = app.state::<QuickSwitch>();
    state.is_wanted.store(false, Ordering::Release);
    let Some(window) = app.get_webview_window(LABEL) else { return };
    if !window.is_visible().unwrap_or(false) {
        return;
    }
    let _ = window.hide();
    let _ = app.emit_to(LABEL, "quick-hidden", ());
    close_later(app);
}

/// Whether the person can see it.
pub(crate) fn is_visible(app: &AppHandle) -> bool {
    app.get_webview_window(LABEL).is_some_and(|window| window.is_visible().unwrap_or(false))
}

/// Makes the window now, or lets it go, as there is a shortcut for it or not.
fn keep(app: &AppHandle, stays: bool) {
    app.state::<QuickSwitch>().stays.store(stays, Ordering::Relaxed);
    match stays {
        true => create(app),
        false => close_later(app),
    }
}

/// The page can be seen now.
pub(crate) fn page_is_ready(app: &AppHandle) {
    let state = app.state::<QuickSwitch>();
    state.is_ready.store(true, Ordering::Release);
    if state.is_wanted.swap(false, Ordering::AcqRel)
        && let Some(window) = app.get_webview_window(LABEL)
    {
        reveal(app, &window);
    }
}

/// Gives its page another look, and the size that goes with it.
pub(crate) fn look(app: &AppHandle, look: &WindowSettings) {
    let Some(quick) = app.get_webview_window(LABEL) else { return };
    let (width, height) = size(look);
    let shown = quick
        .eval(window::shown_with(look))
        .and_then(|()| quick.set_zoom(look.text_size.factor()))
        .and_then(|()| quick.set_size(LogicalSize::new(width, height)));
    if let Err(error) = shown {
        tracing::warn!(%error, "the quick switch couldn't follow the settings");
    }
}

fn size(look: &WindowSettings) -> (f64, f64) {
    let factor = look.text_size.factor();
    (SIZE.0 * factor, SIZE.1 * factor)
}

/// It goes when the person looks elsewhere, and closing it only hides it.
pub(crate) fn on_event(quick: &Window, event: &WindowEvent) {
    let app = quick.app_handle();
    if quick.label() != LABEL {
        return;
    }
    match event {
        WindowEvent::Focused(false) => hide(app),
        WindowEvent::CloseRequested { api, .. } => {
            api.prevent_close();
            hide(app);
        }
        WindowEvent::Destroyed => app.state::<QuickSwitch>().is_ready.store(false, Ordering::Release),
        _ => {}
    }
}

fn reveal(app: &AppHandle, quick: &WebviewWindow) {
    let _ = app.emit_to(LABEL, "quick-shown", ());
    centre(app, quick);
    if let Err(error) = quick.show().and_then(|()| activation::focus(quick)) {
        tracing::warn!(%error, "the quick switch couldn't be shown");
    }
}

/// In the middle of the screen where the pointer is, a little above: the eyes are there.
fn centre(app: &AppHandle, quick: &WebviewWindow) {
    let here = || {
        let at = app.cursor_position().ok()?;
        let screen = app.monitor_from_point(at.x, at.y).ok()??;
        let size = quick.outer_size().ok()?;
        let (area, scale) = (screen.work_area(), screen.scale_factor());
        // Before it was shown once, its size isn't known.
        let width = size.width.max((SIZE.0 * scale) as u32);
        let height = size.height.max((SIZE.1 * scale) as u32);
        let x = area.position.x + (area.size.width.saturating_sub(width) / 2) as i32;
        let y = area.position.y + (area.size.height.saturating_sub(height) / 3) as i32;
        quick.set_position(PhysicalPosition::new(x, y)).ok()
    };
    if here().is_none() {
        let _ = quick.center();
    }
}

/// On Linux, its page shares the process of the main window's. Measured: 46 MB more, and 99 MB with one of its own.
#[cfg(target_os = "linux")]
fn create(app: &AppHandle) {
    use std::cell::RefCell;

    thread_local! {
        /// Views stay on the main thread.
        static VIEW: RefCell<Option<webkit2gtk::WebView>> = const { RefCell::new(None) };
    }
    let on_main = app.clone();
    // This fails only while the app is ending.
    let _ = app.run_on_main_thread(move || {
        if let Some(main) = on_main.get_webview_window(window::LABEL) {
            // On the main thread, this happens at once.
            let _ = main.with_webview(|view| VIEW.set(Some(view.inner())));
        }
        build(&on_main, |quick| match VIEW.take() {
            Some(view) => quick.with_related_view(view),
            None => quick,
        });
    });
}

/// On a thread of its own: a shortcut or the tray asks on the main thread, where WebView2 would wait for itself.
#[cfg(not(target_os = "linux"))]
fn create(app: &AppHandle) {
    let app = app.clone();
    std::thread::spawn(move || build(&app, |quick| quick));
}

type Builder<'a> = WebviewWindowBuilder<'a, tauri::Wry, AppHandle>;

fn build<'a>(app: &'a AppHandle, more: impl FnOnce(Builder<'a>) -> Builder<'a>) {
    if app.get_webview_window(LABEL).is_some() {
        return;
    }
    let look = app.state::<Broker>().window_settings();
    let (width, height) = size(&look);
    let quick = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("quick.html".into()))
        .title("Daypass quick switch")
        .inner_size(width, height)
        .decorations(false)
        // Tiling desktops let a window float that can't have another size.
        .resizable(false)
        .always_on_top(true)
        .skip_taskbar(true)
        .visible(false)
        .initialization_script(window::FREEZE)
        .initialization_script(window::shown_with(&look))
        .on_navigation(window::is_own);
    if let Err(error) = more(quick).build().and_then(|quick| quick.set_zoom(look.text_size.factor())) {
        tracing::warn!(%error, "the quick switch couldn't be made");
    }
}

/// Closes the window once it wasn't used for a while, unless there is a shortcut for it.
fn close_later(app: &AppHandle) {
    let uses = |app: &AppHandle| app.state::<QuickSwitch>().uses.load(Ordering::Relaxed);
    let (app, before) = (app.clone(), uses(app));
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(STAYS).await;
        let stays = app.state::<QuickSwitch>().stays.load(Ordering::Relaxed);
        if let Some(quick) =
            app.get_webview_window(LABEL).filter(|_| !stays && uses(&app) == before && !is_visible(&app))
        {
            let _ = quick.destroy();
        }
    });
}
