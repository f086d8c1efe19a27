//! Where the agent listens: one agent for each `DAYPASS_HOME`.

use std::io;
use std::path::{Path, PathBuf};

use interprocess::local_socket::tokio::{Listener, Stream};
use interprocess::local_socket::traits::tokio::Listener as _;

use super::client;
use super::platform::{FileId, HERE, SocketPlatform};
use crate::requests::AgentInfo;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

/// The right to be the agent, until dropped.
pub struct Listening {
    listener: Listener,
    socket: PathBuf,
    platform: &'static dyn SocketPlatform,
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
    listen_as(socket, HERE)
}

/// Becomes the agent, the way a platform does.
pub(super) fn listen_as(socket: &Path, platform: &'static dyn SocketPlatform) -> Result<Listening, Problem> {
    let failed = |e: &dyn std::fmt::Display| {
        Problem::new(ProblemKind::Failed, ProblemCode::AgentSocket, format!("{}: {e}", socket.display()))
            .hint("check that you own its folder, or set DAYPASS_HOME to a folder of your own")
    };
    if let Some(folder) = socket.parent() {
        platform.own_folder(folder).map_err(|e| failed(&e))?;
    }
    let Some(only) = durable_file::try_lock(socket).map_err(|e| failed(&e))? else {
        return Err(running(socket));
    };
    let (listener, bound) = bind(socket, platform).map_err(|e| failed(&e))?;
    Ok(Listening { listener, socket: socket.to_owned(), platform, bound, only })
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
        self.only.is_in_place() && self.platform.file(&self.socket) == self.bound
    }

    /// Listens in the same place again.
    pub(super) fn bind_again(&mut self) -> Result<(), Lost> {
        if let Some(folder) = self.socket.parent() {
            self.platform.own_folder(folder).map_err(Lost::ForNow)?;
        }
        if !self.only.is_in_place() {
            let only = durable_file::try_lock(&self.socket).map_err(|e| Lost::ForNow(io::Error::other(e)))?;
            self.only = only.ok_or(Lost::ToAnother)?;
        }
        (self.listener, self.bound) = bind(&self.socket, self.platform).map_err(Lost::ForNow)?;
        Ok(())
    }
}

/// Only for the holder of the lock: whatever has the socket's name is a dead agent's.
fn bind(socket: &Path, platform: &dyn SocketPlatform) -> io::Result<(Listener, Option<FileId>)> {
    platform.remove(socket);
    let listener = platform.options(socket)?.create_tokio()?;
    Ok((listener, platform.file(socket)))
}

impl Drop for Listening {
    fn drop(&mut self) {
        if self.platform.file(&self.socket) == self.bound {
            self.platform.remove(&self.socket);
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
    Problem::new(ProblemKind::Refused, ProblemCode::AgentRunning, format!("a Daypass agent is already running{which}"))
        .hint("you only need one: every `daypass` command uses it")
}
