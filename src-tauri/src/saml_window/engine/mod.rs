//! What Tauri doesn't expose, so that we have to ask the browser engine itself: why a page failed to load, which proxies
//! lead to it, where cookies are kept, when they have been removed, and a page of our own at another's address.
//!
//! Each engine has a module. What is decided from what they tell is in modules without an engine, which are tested
//! everywhere: `loads` for one that only says whether it's loading, `trouble` for why a page can't be loaded.

#[cfg(not(target_os = "macos"))]
mod folder;
#[cfg(target_os = "linux")]
mod linux;
// Linux tests them.
#[cfg(any(test, target_os = "macos"))]
mod loads;
#[cfg(target_os = "macos")]
mod macos;
mod trouble;
#[cfg(windows)]
mod windows;

#[cfg(not(target_os = "macos"))]
pub(super) use folder::keep_cookies_in;
#[cfg(target_os = "linux")]
pub(super) use linux::{clear, send_form, use_proxies, watch};
#[cfg(target_os = "macos")]
pub(super) use macos::{clear, keep_cookies_in, send_form, use_proxies, watch};
#[cfg(windows)]
pub(super) use windows::{clear, send_form, use_proxies, watch};

/// Whether an identity's folder has its cookies. macOS keeps them in a place of its own, and only the engine knows where.
pub(super) const KEEPS_COOKIES_IN_FOLDER: bool = cfg!(not(target_os = "macos"));

/// Whether the engine says itself that a page has asked to close its window.
pub(super) const TELLS_CLOSE: bool = cfg!(not(target_os = "macos"));
