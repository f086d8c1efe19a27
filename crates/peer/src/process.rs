//! The process that has a socket open.

use serde::{Deserialize, Serialize};

/// A process of this user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its id.
    pub id: u32,
    /// Its program, as the system names it: at most 15 characters on Linux.
    pub program: String,
}

impl Process {
    /// The process that has this socket open. A parent and its child may both have; the younger one uses it.
    #[cfg(target_os = "linux")]
    pub(crate) fn with_socket(inode: u64) -> Option<Self> {
        use std::ffi::OsStr;
        let socket = format!("socket:[{inode}]");
        let is_socket = |link: &std::path::Path| link.as_os_str() == OsStr::new(&socket);
        let processes = std::fs::read_dir("/proc").ok()?.flatten();
        let ids = processes.filter_map(|process| process.file_name().to_str()?.parse::<u32>().ok());
        let has_it = |id: &u32| {
            // Another user's process doesn't show its files.
            let Ok(files) = std::fs::read_dir(format!("/proc/{id}/fd")) else { return false };
            files.flatten().any(|file| std::fs::read_link(file.path()).is_ok_and(|link| is_socket(&link)))
        };
        let id = ids.filter(has_it).max()?;
        let program = std::fs::read_to_string(format!("/proc/{id}/comm")).ok()?.trim_end().to_owned();
        Some(Self { id, program })
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn with_socket(_inode: u64) -> Option<Self> {
        None
    }
}
