//! What Linux and macOS have in common: whose the socket and its folder are. A user who makes them first must neither
//! hear a request nor answer one.

use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt};
use std::path::Path;

use interprocess::local_socket::traits::{Stream as _, StreamCommon};
use interprocess::local_socket::{GenericFilePath, ListenerOptions, Name, Stream, ToFsName, tokio};
use interprocess::os::unix::local_socket::ListenerOptionsExt as _;
use rustix::fs::{Mode, OFlags, fchmod, fstat, open};

use super::socket::{FileId, SocketPlatform, refused};
use daypass_core::problem::Problem;

/// How a Unix keeps the socket to its owner: by its folder, and by the peer's user ID.
pub(in super::super) struct Unix {
    /// Whether the socket gets a mode of its own before it has a name. macOS and others refuse that (`fchmod` of a
    /// socket fails with EINVAL).
    limits_socket: bool,
}

#[cfg(target_os = "linux")]
pub(super) const LINUX: Unix = Unix { limits_socket: true };
#[cfg(any(test, not(target_os = "linux")))]
pub(super) const MACOS: Unix = Unix { limits_socket: false };

impl SocketPlatform for Unix {
    /// Not durable-file's work: it makes folders for files that last, and doesn't change the mode of existing ones.
    #[allow(clippy::disallowed_methods)]
    fn own_folder(&self, folder: &Path) -> io::Result<()> {
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

    fn options<'s>(&self, socket: &'s Path) -> io::Result<ListenerOptions<'s>> {
        let options = ListenerOptions::new().name(name(socket)?).reclaim_name(false);
        Ok(if self.limits_socket { options.mode(0o600) } else { options })
    }

    /// Without following symbolic links.
    fn file(&self, path: &Path) -> Option<FileId> {
        let facts = std::fs::symlink_metadata(path).ok()?;
        Some(FileId { device: facts.dev(), inode: facts.ino() })
    }

    // A socket is not durable-file's work.
    #[allow(clippy::disallowed_methods)]
    fn remove(&self, socket: &Path) {
        let _ = std::fs::remove_file(socket);
    }

    fn find(&self, socket: &Path) -> Result<bool, Problem> {
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

    fn connect(&self, socket: &Path) -> io::Result<Stream> {
        Stream::connect(name(socket)?)
    }

    fn is_own_agent(&self, stream: &Stream) -> bool {
        is_own(stream)
    }

    fn is_own_client(&self, stream: &tokio::Stream) -> bool {
        is_own(stream)
    }
}

fn name(socket: &Path) -> io::Result<Name<'_>> {
    socket.to_fs_name::<GenericFilePath>()
}

/// Whether the process at the other end runs as the same user.
fn is_own(stream: &impl StreamCommon) -> bool {
    stream.peer_creds().ok().and_then(|peer| peer.euid()) == Some(own_uid())
}

/// What keeps a folder from being the owner's alone. None if it's in order, or not there.
fn not_ours(folder: &Path) -> Option<String> {
    let shown = folder.display();
    let facts = std::fs::symlink_metadata(folder).ok()?;
    match facts.uid() {
        _ if facts.is_symlink() => Some(format!("{shown} is a symbolic link (made by user ID {})", facts.uid())),
        other if other != own_uid() => Some(of_another(folder, other)),
        _ if facts.mode() & 0o022 != 0 => Some(format!("other users can write to {shown}")),
        _ => None,
    }
}

fn of_another(path: &Path, uid: u32) -> String {
    format!("{} belongs to another user (user ID {uid}, and you are {})", path.display(), own_uid())
}

fn own_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}
