//! Has the desktop app start when the person logs in, as the platform does that: an autostart entry on Linux, a launch
//! agent on macOS, a value in the registry on Windows.

#[cfg(not(windows))]
#[cfg_attr(target_os = "macos", allow(dead_code))]
mod entry;
#[cfg(not(windows))]
mod file;
#[cfg(not(windows))]
#[cfg_attr(not(target_os = "macos"), allow(dead_code))]
mod launch_agent;
mod program;
#[cfg(windows)]
mod run_key;

#[cfg(not(windows))]
pub(crate) use file::{follow, set};
pub(crate) use program::desktop_program;
#[cfg(windows)]
pub(crate) use run_key::{follow, set};

#[cfg(all(test, not(windows)))]
#[allow(clippy::unwrap_used, clippy::disallowed_methods)]
mod tests;
