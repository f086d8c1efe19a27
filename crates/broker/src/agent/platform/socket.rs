//! What each platform reports about the agent's socket, and the problem if it belongs to another user.

use std::io;
use std::path::Path;

use interprocess::local_socket::traits::StreamCommon;
use interprocess::local_socket::{ListenerOptions, Stream, tokio};

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

/// How a platform keeps the agent's socket to one user.
pub(in super::super) trait SocketPlatform: Send + Sync {
    /// Makes the socket's folder the owner's alone. Never follows a symbolic link, and refuses a folder of another
    /// user.
    fn own_folder(&self, folder: &Path) -> io::Result<()>;

    /// A listener at the socket that only this user can reach. It doesn't remove the socket's name at the end.
    fn options<'s>(&self, socket: &'s Path) -> io::Result<ListenerOptions<'s>>;

    /// Which file the socket is, whatever its name. `None` where there is none, and on Windows, where a pipe isn't a
    /// file.
    fn file(&self, socket: &Path) -> Option<FileId>;

    /// Removes the socket's name.
    fn remove(&self, socket: &Path);

    /// Whether there is a socket that an agent of this user may have made. Nothing is opened.
    ///
    /// # Errors
    ///
    /// `agent-refused` when another user could have put it there.
    fn find(&self, socket: &Path) -> Result<bool, Problem>;

    /// Connects. The other end can't act as this user.
    fn connect(&self, socket: &Path) -> io::Result<Stream>;

    /// Whether an agent of this user is at the other end. The client asks before it sends anything.
    fn is_own_agent(&self, stream: &Stream) -> bool;

    /// Whether a process of this user is at the other end. The agent asks before it answers.
    fn is_own_client(&self, stream: &tokio::Stream) -> bool;
}

/// Which file it is, whatever its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct FileId {
    pub(in super::super) device: u64,
    pub(in super::super) inode: u64,
}

/// The process at the other end, where the platform tells.
pub(in super::super) fn pid_of(stream: &impl StreamCommon) -> Option<u32> {
    #[cfg(unix)]
    let pid = |pid: i32| u32::try_from(pid).ok();
    #[cfg(windows)]
    let pid = Some;
    stream.peer_creds().ok()?.pid().and_then(pid)
}

/// The process at the other end answers the agent's socket, and isn't ours.
pub(in super::super) fn foreign_peer(socket: &Path, stream: &impl StreamCommon) -> Problem {
    let pid = pid_of(stream).map(|pid| format!(" (process {pid})")).unwrap_or_default();
    refused(&format!("another user's process{pid} answers at {}", socket.display()))
}

pub(super) fn refused(why: &str) -> Problem {
    let message = format!("this isn't your agent's socket, so Daypass didn't send anything: {why}");
    Problem::new(ProblemKind::Refused, ProblemCode::AgentRefused, message)
        .hint("remove that folder, or ask an administrator to. You can also set DAYPASS_HOME to a folder of your own")
}
