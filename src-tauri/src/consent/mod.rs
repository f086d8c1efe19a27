//! Asks the person whether a program may have a role's credentials, in a window of the platform's own and never in the
//! web view. One window asks one question after the other.

#[cfg(target_os = "linux")]
mod window;
#[cfg(any(target_os = "linux", test))]
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
mod words;

#[cfg(target_os = "linux")]
pub(crate) use window::follow;

/// This window is for Linux only: elsewhere the system doesn't tell which program asks, so Daypass asks about none.
#[cfg(not(target_os = "linux"))]
pub(crate) fn follow(_: &tauri::AppHandle) {}
