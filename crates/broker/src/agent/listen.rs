//! Where the agent listens: one agent for each `DAYPASS_HOME`.

use std::io;
use std::path::{Path, PathBuf};

use interprocess::local_socket::ListenerOptions;
use interprocess::local_socket::tokio::Listener;

use super::client;
use super::socket_name::socket_name;
use crate::requests::{AgentInfo, Hello};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

/// The right to be the agent, until dropped.
pub struct Listening {
    pub(super) listener: Listener,
    socket: PathBuf,
    _only: durable_file::Lock,
}

/// Becomes the agent.
///
/// # Errors
///
/// `agent-running` when there is one already; `agent-socket` when the socket cannot be made.
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
    // We have the lock, so a dead agent left this. A socket is not durable-file's work.
    #[cfg(unix)]
    #[allow(clippy::disallowed_methods)]
    let _ = std::fs::remove_file(socket);
    let options = ListenerOptions::new().name(socket_name(socket).map_err(|e| failed(&e))?);
    #[cfg(unix)]
    let options = {
        use interprocess::os::unix::local_socket::ListenerOptionsExt;
        options.mode(0o600)
    };
    let listener = options.create_tokio().map_err(|e| failed(&e))?;
    Ok(Listening { listener, socket: socket.to_owned(), _only: only })
}

impl Drop for Listening {
    fn drop(&mut self) {
        #[cfg(unix)]
        #[allow(clippy::disallowed_methods)]
        let _ = std::fs::remove_file(&self.socket);
        #[cfg(not(unix))]
        let _ = &self.socket;
    }
}

fn running(socket: &Path) -> Problem {
    let who = client::connect(socket).and_then(|agent| agent.ask(Hello, |_| ()).ok());
    let which = match who {
        Some(AgentInfo { pid, window, .. }) => {
            format!(" ({}, process {pid})", if window { "the desktop app" } else { "the agent in a terminal" })
        }
        None => String::new(),
    };
    Problem::new(ProblemKind::Refused, ProblemCode::AgentRunning, format!("a Daypass agent is running already{which}"))
        .hint("one is enough: every `daypass` command uses it")
}

/// Makes the socket's folder the owner's alone; refuses one that belongs to another user. Not durable-file's work:
/// it makes folders for files that last, and doesn't change the mode of existing ones.
#[cfg(unix)]
#[allow(clippy::disallowed_methods)]
fn own_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let facts = std::fs::metadata(folder)?;
    if facts.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::other(format!("{} belongs to another user", folder.display())));
    }
    if facts.mode() & 0o022 != 0 {
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

#[cfg(not(unix))]
#[allow(clippy::disallowed_methods)]
fn own_folder(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}
