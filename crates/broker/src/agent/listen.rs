//! Where the agent listens: one agent for each `DAYPASS_HOME`.

use std::io;
use std::path::{Path, PathBuf};

use interprocess::local_socket::ListenerOptions;
use interprocess::local_socket::tokio::{Listener, Stream};
use interprocess::local_socket::traits::tokio::Listener as _;

use super::client;
use super::ownership::own_folder;
use super::socket_name::socket_name;
use crate::requests::AgentInfo;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

/// The right to be the agent, until dropped.
pub struct Listening {
    listener: Listener,
    socket: PathBuf,
    /// The socket's file, as it was bound. Another one at its name isn't ours to remove.
    bound: Option<FileId>,
    only: durable_file::Lock,
}

/// Becomes the agent.
///
/// # Errors
///
/// `agent-running` when there is one already, `agent-silent` when that one doesn't answer; `agent-socket` when the
/// socket cannot be made.
pub fn listen(socket: &Path) -> Result<Listening, Problem> {
    let failed = |e: &dyn std::fmt::Display| {
        Problem::new(ProblemKind::Failed, ProblemCode::AgentSocket, format!("{}: {e}", socket.display()))
            .hint("check that its folder is yours, or set DAYPASS_HOME to a folder of your own")
    };
    if let Some(folder) = socket.parent() {
        own_folder(folder).map_err(|e| failed(&e))?;
    }
    let Some(only) = durable_file::try_lock(socket).map_err(|e| failed(&e))? else {
        return Err(running(socket));
    };
    let (listener, bound) = bind(socket).map_err(|e| failed(&e))?;
    Ok(Listening { listener, socket: socket.to_owned(), bound, only })
}

/// Who keeps this process from listening where it listened before.
pub(super) enum Lost {
    /// Another agent does.
    ToAnother,
    /// The socket can't be made, for now.
    ForNow(io::Error),
}

impl Listening {
    pub(super) async fn accept(&self) -> io::Result<Stream> {
        self.listener.accept().await
    }

    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }

    /// Whether commands still find this agent. They don't once its socket was removed or replaced: logind removes the
    /// runtime folder at the last logout, and cleaners remove what is old.
    pub(super) fn is_in_place(&self) -> bool {
        self.only.is_in_place() && FileId::at(&self.socket) == self.bound
    }

    /// Listens in the same place again.
    pub(super) fn bind_again(&mut self) -> Result<(), Lost> {
        if let Some(folder) = self.socket.parent() {
            own_folder(folder).map_err(Lost::ForNow)?;
        }
        if !self.only.is_in_place() {
            let only = durable_file::try_lock(&self.socket).map_err(|e| Lost::ForNow(io::Error::other(e)))?;
            self.only = only.ok_or(Lost::ToAnother)?;
        }
        (self.listener, self.bound) = bind(&self.socket).map_err(Lost::ForNow)?;
        Ok(())
    }
}

/// Only for the holder of the lock: whatever has the socket's name is a dead agent's.
fn bind(socket: &Path) -> io::Result<(Listener, Option<FileId>)> {
    // A socket is not durable-file's work.
    #[cfg(unix)]
    #[allow(clippy::disallowed_methods)]
    let _ = std::fs::remove_file(socket);
    // The library would remove whatever has the name at the end.
    let options = ListenerOptions::new().name(socket_name(socket)?).reclaim_name(false);
    #[cfg(unix)]
    let options = {
        use interprocess::os::unix::local_socket::ListenerOptionsExt;
        options.mode(0o600)
    };
    #[cfg(windows)]
    let options = {
        use interprocess::os::windows::local_socket::ListenerOptionsExt;
        use interprocess::os::windows::security_descriptor::SecurityDescriptor;
        options.security_descriptor(SecurityDescriptor::deserialize(OWNER_AND_SYSTEM)?)
    };
    let listener = options.create_tokio()?;
    Ok((listener, FileId::at(socket)))
}

/// Protected from inheritance; everything for the pipe's owner and the system, nothing for anybody else.
#[cfg(windows)]
const OWNER_AND_SYSTEM: &widestring::U16CStr = widestring::u16cstr!("D:P(A;;GA;;;OW)(A;;GA;;;SY)");

/// Which file it is, whatever its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    /// Without following symbolic links. None where nothing is, and on Windows, where a pipe isn't a file.
    #[cfg(unix)]
    fn at(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let facts = std::fs::symlink_metadata(path).ok()?;
        Some(Self { device: facts.dev(), inode: facts.ino() })
    }

    #[cfg(not(unix))]
    fn at(_: &Path) -> Option<Self> {
        None
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        #[cfg(unix)]
        if FileId::at(&self.socket) == self.bound {
            #[allow(clippy::disallowed_methods)]
            let _ = std::fs::remove_file(&self.socket);
        }
    }
}

fn running(socket: &Path) -> Problem {
    let which = match client::connect(socket) {
        Ok(Some(agent)) => {
            let AgentInfo { pid, window, .. } = agent.agent();
            format!(" ({}, process {pid})", if *window { "the desktop app" } else { "the agent in a terminal" })
        }
        Ok(None) => String::new(),
        Err(problem) => return problem,
    };
    Problem::new(ProblemKind::Refused, ProblemCode::AgentRunning, format!("a Daypass agent is running already{which}"))
        .hint("one is enough: every `daypass` command uses it")
}
