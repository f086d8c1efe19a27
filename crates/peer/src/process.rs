//! The process that has a socket open.

use serde::{Deserialize, Serialize};

/// A process of this user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its id.
    pub id: u32,
    /// Its program, as the system names it.
    pub program: String,
}

/// The process that has this socket open. A parent and its child may both have; the younger one uses it.
#[cfg(target_os = "linux")]
pub(crate) fn with_socket(inode: u64) -> Option<u32> {
    let processes = std::fs::read_dir("/proc").ok()?.flatten();
    let mut ids: Vec<u32> = processes.filter_map(|process| process.file_name().to_str()?.parse().ok()).collect();
    ids.sort_unstable();
    ids.into_iter().rev().find(|id| has_socket(*id, inode))
}

/// Whether a process has this socket open.
#[cfg(target_os = "linux")]
pub(crate) fn has_socket(id: u32, inode: u64) -> bool {
    let socket = format!("socket:[{inode}]");
    // Another user's process doesn't show its files.
    let Ok(files) = std::fs::read_dir(format!("/proc/{id}/fd")) else { return false };
    let is_it = |link: std::path::PathBuf| link.as_os_str() == std::ffi::OsStr::new(&socket);
    files.flatten().any(|file| std::fs::read_link(file.path()).is_ok_and(is_it))
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn with_socket(_inode: u64) -> Option<u32> {
    None
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn has_socket(_id: u32, _inode: u64) -> bool {
    false
}
