//! One end of a connection, as the system reports it.

use std::net::SocketAddr;

/// States of a connection (`include/net/tcp_states.h` of Linux).
pub(super) const ESTABLISHED: u8 = 0x01;
const LISTENING: u8 = 0x0a;

/// One end of a connection, or a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) local: SocketAddr,
    pub(super) remote: SocketAddr,
    pub(super) state: u8,
    pub(super) user: u32,
    pub(super) inode: u64,
}

impl Row {
    pub(super) fn is_listener_at(&self, address: SocketAddr) -> bool {
        self.local == address && self.state == LISTENING
    }

    /// A connection that a process still has open. The kernel's own remains (`TIME_WAIT`, sockets that were closed)
    /// have user 0 and no inode, no matter who owned them.
    pub(super) fn is_open(&self, local: SocketAddr, remote: SocketAddr) -> bool {
        self.local == local && self.remote == remote && self.state == ESTABLISHED && self.inode != 0
    }
}
