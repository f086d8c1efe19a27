//! What is different about the agent's socket on each platform, and nothing else. Everything above is tested on Linux,
//! with the other platforms' behaviour where it isn't Linux's.

mod socket;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

pub(super) use socket::{FileId, SocketPlatform, foreign_peer, pid_of};

/// This platform.
#[cfg(target_os = "linux")]
pub(super) const HERE: &dyn SocketPlatform = &unix::LINUX;
#[cfg(all(unix, not(target_os = "linux")))]
pub(super) const HERE: &dyn SocketPlatform = &MACOS;
#[cfg(windows)]
pub(super) const HERE: &dyn SocketPlatform = &windows::Windows;

/// Also for tests on Linux.
#[cfg(all(unix, any(test, not(target_os = "linux"))))]
pub(super) const MACOS: unix::Unix = unix::MACOS;
