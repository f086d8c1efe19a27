//! Finds out whether the desktop has a tray, and whether our icon is visible in it.

use std::sync::atomic::{AtomicBool, Ordering};

use tauri::{AppHandle, Manager};

/// Whether the icon was created.
#[derive(Default)]
pub(crate) struct TrayIcon(AtomicBool);

/// Takes in that the icon was created.
pub(crate) fn created(app: &AppHandle) {
    app.state::<TrayIcon>().0.store(true, Ordering::Relaxed);
}

/// Whether the person can see the icon now, which takes a desktop that shows tray icons.
pub(crate) fn is_visible(app: &AppHandle) -> bool {
    app.state::<TrayIcon>().0.load(Ordering::Relaxed) && host_is_there()
}

/// Whether the desktop shows tray icons. GNOME without its extension and bare window managers don't.
#[cfg(target_os = "linux")]
fn host_is_there() -> bool {
    let ask = || -> zbus::Result<bool> {
        let bus = zbus::blocking::Connection::session()?;
        let watcher = zbus::blocking::Proxy::new(
            &bus,
            "org.kde.StatusNotifierWatcher",
            "/StatusNotifierWatcher",
            "org.kde.StatusNotifierWatcher",
        )?;
        watcher.get_property("IsStatusNotifierHostRegistered")
    };
    // On a separate thread, because the blocking interface must not run inside the runtime.
    std::thread::spawn(move || ask().unwrap_or(false)).join().unwrap_or(false)
}

#[cfg(not(target_os = "linux"))]
fn host_is_there() -> bool {
    true
}

/// Whether the tray library exists. The crate that loads it at run time panics without it.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
pub(crate) fn library_is_there() -> bool {
    ["libayatana-appindicator3.so.1", "libappindicator3.so.1"].iter().any(|name| {
        // SAFETY: loading runs the library's initialisers, which the tray would run a moment later anyway.
        unsafe { libloading::Library::new(name) }.is_ok()
    })
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn library_is_there() -> bool {
    true
}
