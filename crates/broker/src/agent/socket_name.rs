//! The name of the agent's socket.

use std::io;
use std::path::Path;

use interprocess::local_socket::{GenericFilePath, Name, ToFsName};

#[cfg(unix)]
pub(super) fn socket_name(socket: &Path) -> io::Result<Name<'_>> {
    socket.to_fs_name::<GenericFilePath>()
}

#[cfg(windows)]
pub(super) fn socket_name(socket: &Path) -> io::Result<Name<'static>> {
    let id = daypass_core::digest::short(socket.as_os_str().as_encoded_bytes());
    format!(r"\\.\pipe\daypass-{id}").to_fs_name::<GenericFilePath>()
}
