//! Whose the socket and its folder are. A user who makes them first must neither hear a request nor answer one.

use std::io;
use std::path::Path;

use interprocess::local_socket::traits::StreamCommon;

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

/// Makes the socket's folder the owner's alone. Never follows a symbolic link, and refuses a folder of another user.
/// Not durable-file's work: it makes folders for files that last, and doesn't change the mode of existing ones.
#[cfg(unix)]
#[allow(clippy::disallowed_methods)]
pub(super) fn own_folder(folder: &Path) -> io::Result<()> {
    use rustix::fs::{Mode, OFlags, fchmod, fstat, open};
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    // From here on everything is about the folder that was opened, whatever stands at its name meanwhile.
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let opened = open(folder, flags, Mode::empty())
        .map_err(|error| not_ours(folder).map_or_else(|| error.into(), io::Error::other))?;
    let facts = fstat(&opened)?;
    if facts.st_uid != own_uid() {
        return Err(io::Error::other(of_another(folder, facts.st_uid)));
    }
    let mode = Mode::from_raw_mode(facts.st_mode);
    if mode.contains(Mode::SVTX) && mode.contains(Mode::WOTH) {
        return Err(io::Error::other(format!("{} is shared by all users of this machine", folder.display())));
    }
    if mode.intersects(Mode::WGRP | Mode::WOTH) {
        fchmod(&opened, Mode::RWXU)?;
    }
    Ok(())
}

#[cfg(not(unix))]
#[allow(clippy::disallowed_methods)]
pub(super) fn own_folder(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

/// Whether there is a socket that an agent of this user may have made. Nothing is opened.
///
/// # Errors
///
/// `agent-refused` when another user could have put it there.
#[cfg(unix)]
pub(super) fn find(socket: &Path) -> Result<bool, Problem> {
    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    let Some(folder) = socket.parent() else { return Ok(false) };
    let facts = std::fs::symlink_metadata(socket);
    if facts.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return Ok(false);
    }
    if let Some(why) = not_ours(folder) {
        return Err(refused(&why));
    }
    let Ok(facts) = facts else { return Ok(false) };
    if facts.uid() != own_uid() {
        return Err(refused(&of_another(socket, facts.uid())));
    }
    Ok(facts.file_type().is_socket())
}

/// Windows has no file at this path, but a pipe whose name comes from it.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)]
pub(super) fn find(_: &Path) -> Result<bool, Problem> {
    Ok(true)
}

/// What keeps a folder from being the owner's alone. None if it's in order, or not there.
#[cfg(unix)]
fn not_ours(folder: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let shown = folder.display();
    let facts = std::fs::symlink_metadata(folder).ok()?;
    match facts.uid() {
        _ if facts.is_symlink() => Some(format!("{shown} is a symbolic link (made by user ID {})", facts.uid())),
        other if other != own_uid() => Some(of_another(folder, other)),
        _ if facts.mode() & 0o022 != 0 => Some(format!("other users can write to {shown}")),
        _ => None,
    }
}

#[cfg(unix)]
fn of_another(path: &Path, uid: u32) -> String {
    format!("{} belongs to another user (user ID {uid}, and you are {})", path.display(), own_uid())
}

#[cfg(unix)]
fn own_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Whether the process at the other end runs as the same user. Both ends ask.
#[cfg(unix)]
pub(super) fn is_own(stream: &impl StreamCommon) -> bool {
    stream.peer_creds().ok().and_then(|peer| peer.euid()) == Some(own_uid())
}

/// The pipe's security descriptor admits the owner and the system. The client doesn't check the pipe's owner.
#[cfg(not(unix))]
pub(super) fn is_own(_: &impl StreamCommon) -> bool {
    true
}

/// The process at the other end, where the platform tells.
pub(super) fn pid_of(stream: &impl StreamCommon) -> Option<u32> {
    #[cfg(unix)]
    let pid = |pid: i32| u32::try_from(pid).ok();
    #[cfg(not(unix))]
    let pid = Some;
    stream.peer_creds().ok()?.pid().and_then(pid)
}

/// The process at the other end answers the agent's socket, and isn't ours.
pub(super) fn foreign_peer(socket: &Path, stream: &impl StreamCommon) -> Problem {
    let pid = pid_of(stream).map(|pid| format!(" (process {pid})")).unwrap_or_default();
    refused(&format!("another user's process{pid} answers at {}", socket.display()))
}

fn refused(why: &str) -> Problem {
    let message = format!("this isn't your agent's socket, so nothing was sent: {why}");
    Problem::new(ProblemKind::Refused, ProblemCode::AgentRefused, message)
        .hint("remove that folder, or ask an administrator to. You can also set DAYPASS_HOME to a folder of your own")
}
