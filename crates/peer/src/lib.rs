//! Identifies the program at the other end of a loopback connection.
//!
//! Every user of the machine can connect to a port on 127.0.0.1. Linux knows the user of each end of a connection, so
//! there a program of another user is known before it is read from. The kernel is asked about each connection
//! ([`sock_diag`]). Where it doesn't answer, its tables are read (`/proc/net/tcp`, `/proc/net/tcp6`), which is slower
//! the more connections there are. What a process is and what started it (`attribution`) is pure; `system` reads it
//! from `/proc`, and `pinned` makes sure that it is said of the process that was meant, and not of one that got its
//! number. Elsewhere the system doesn't tell without calls that Rust can't make safely. What protects there is that
//! other users don't know the address, or a token.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use daypass_core::program::Program;

#[cfg(any(target_os = "linux", test))]
mod attribution;
mod lineage;
mod pinned;
mod process;
mod row;
#[cfg(target_os = "linux")]
mod sock_diag;
#[cfg(target_os = "linux")]
mod system;

pub use lineage::{lineage, mark_of, still_runs};
pub use pinned::{OwnCommands, Pinned, caller, is_running, program_of};
pub use process::Process;

use row::{ESTABLISHED, Row};

const TABLES: [&str; 2] = ["/proc/net/tcp", "/proc/net/tcp6"];
const ROOT: u32 = 0;

/// Decides who may talk to a listener on loopback.
#[derive(Debug, Clone)]
pub struct PeerCheck {
    ours: SocketAddr,
    source: Source,
}

/// Where the system tells who connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Kernel,
    Tables,
    Nowhere,
}

impl PeerCheck {
    /// Finds out whether this system tells who connects to this listener.
    #[must_use]
    pub fn of_listener(ours: SocketAddr) -> Self {
        let lists_us = |rows: Vec<Row>| rows.iter().any(|row| row.is_listener_at(ours));
        let source = match me() {
            None => Source::Nowhere,
            Some(_) if ask_kernel(ours, &[], false).is_some_and(lists_us) => Source::Kernel,
            Some(_) if read_tables(ours.port()).is_some_and(lists_us) => Source::Tables,
            Some(_) => Source::Nowhere,
        };
        Self { ours, source }
    }

    /// One that admits everyone, as on a system that can't tell.
    #[must_use]
    pub fn blind(ours: SocketAddr) -> Self {
        Self { ours, source: Source::Nowhere }
    }

    /// One for a system without the kernel's own answers.
    #[cfg(all(test, target_os = "linux"))]
    fn by_tables(ours: SocketAddr) -> Self {
        Self { ours, source: Source::Tables }
    }

    /// Whether programs of other users are turned away. If not, the address must be kept from them.
    #[must_use]
    pub fn can_tell(&self) -> bool {
        self.source != Source::Nowhere
    }

    /// Those of these peers that may talk to the listener, in their order. Where the system can tell, a peer that it
    /// doesn't list may not. All are judged by one look, because one at the tables takes milliseconds and strangers can
    /// connect often.
    pub async fn admits(&self, peers: Vec<SocketAddr>) -> Vec<bool> {
        if !self.can_tell() {
            return vec![true; peers.len()];
        }
        let (ours, count, by_kernel) = (self.ours, peers.len(), self.source == Source::Kernel);
        let judged = tokio::task::spawn_blocking(move || {
            let (me, is_wsl) = (me()?, is_wsl());
            let rows = by_kernel.then(|| ask_kernel(ours, &peers, is_wsl)).flatten();
            let mut rows = rows.or_else(|| read_tables(ours.port()))?;
            // What a flood of closed connections left behind doesn't have to be compared with each peer.
            rows.retain(|row| row.state == ESTABLISHED);
            Some(peers.into_iter().map(|peer| admits(&rows, me, ours, peer, is_wsl)).collect())
        });
        judged.await.ok().flatten().unwrap_or_else(|| vec![false; count])
    }

    /// The program that has this peer's end of a connection open. `None` where the system doesn't tell, for another
    /// user's, and for one that has hung up. Looks at this user's processes, the youngest first: that takes under a
    /// millisecond for a program that just began, and milliseconds for an old one.
    pub async fn program(&self, peer: SocketAddr) -> Option<Program> {
        if !self.can_tell() {
            return None;
        }
        let (ours, by_kernel) = (self.ours, self.source == Source::Kernel);
        let found = tokio::task::spawn_blocking(move || {
            let rows = by_kernel.then(|| ask_kernel(ours, &[peer], false)).flatten();
            let rows = rows.or_else(|| read_tables(ours.port()))?;
            let end = rows.iter().find(|row| row.is_open(peer, ours))?;
            let owner = process::with_socket(end.inode)?;
            let found = program_of(owner)?;
            // Its number may have gone to another process meanwhile.
            process::has_socket(owner, end.inode).then_some(found)
        });
        found.await.ok().flatten()
    }
}

/// Root may talk to us: it can read our memory anyway, and WSL's relay for the Windows browser and `kubectl
/// port-forward` are root's.
fn admits(rows: &[Row], me: u32, ours: SocketAddr, peer: SocketAddr, is_wsl: bool) -> bool {
    let mut users = rows.iter().filter(|row| row.is_open(peer, ours)).map(|row| row.user).peekable();
    if users.peek().is_some() {
        return users.all(|user| user == me || user == ROOT);
    }
    // WSL in mirrored mode: the Windows browser's end of the connection is not in this system's tables. A local program
    // that hung up isn't there either, but then our end isn't established any more.
    is_wsl && rows.iter().any(|row| row.local == ours && row.remote == peer && row.state == ESTABLISHED)
}

#[cfg(target_os = "linux")]
fn me() -> Option<u32> {
    Some(rustix::process::geteuid().as_raw())
}

#[cfg(not(target_os = "linux"))]
fn me() -> Option<u32> {
    None
}

fn is_wsl() -> bool {
    Path::new("/run/WSL").exists()
}

/// What the kernel says about a listener and its connections with these peers: their ends, and ours if `both` are
/// wanted. `None` if it doesn't answer.
#[cfg(target_os = "linux")]
fn ask_kernel(ours: SocketAddr, peers: &[SocketAddr], both: bool) -> Option<Vec<Row>> {
    let kernel = sock_diag::Kernel::open()?;
    let nobody =
        SocketAddr::new(if ours.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() }, 0);
    let mut rows = Vec::new();
    rows.extend(kernel.connection(ours, nobody).ok()?);
    for peer in peers {
        rows.extend(kernel.connection(*peer, ours).ok()?);
        if both {
            rows.extend(kernel.connection(ours, *peer).ok()?);
        }
    }
    Some(rows)
}

#[cfg(not(target_os = "linux"))]
fn ask_kernel(_ours: SocketAddr, _peers: &[SocketAddr], _both: bool) -> Option<Vec<Row>> {
    None
}

/// The rows of both tables that have this port at either end, or `None` if the IPv4 table can't be read. A kernel
/// without IPv6 has no second table.
fn read_tables(port: u16) -> Option<Vec<Row>> {
    let [first, second] = TABLES;
    let mut rows = parse(&std::fs::read_to_string(first).ok()?, port);
    rows.extend(std::fs::read_to_string(second).map(|text| parse(&text, port)).unwrap_or_default());
    Some(rows)
}

/// A stranger can make a table long, so only the lines that have the port in them are taken apart.
fn parse(table: &str, port: u16) -> Vec<Row> {
    let end_of_address = format!(":{port:04X} ");
    let mut rows = Vec::new();
    let mut rest = table;
    while let Some(at) = rest.find(&end_of_address) {
        let (before, after) = rest.split_at(at);
        let start = before.rfind('\n').map_or(0, |line_break| line_break + 1);
        let end = after.find('\n').map_or(rest.len(), |length| at + length);
        rows.extend(parse_row(&rest[start..end]));
        rest = &rest[end..];
    }
    rows
}

fn parse_row(line: &str) -> Option<Row> {
    let mut words = line.split_ascii_whitespace().skip(1);
    let (local, remote, state) = (words.next()?, words.next()?, words.next()?);
    // Queues, timer and retransmits.
    let (user, _timeout, inode) = (words.nth(3)?, words.next()?, words.next()?);
    Some(Row {
        local: address(local)?,
        remote: address(remote)?,
        state: u8::from_str_radix(state, 16).ok()?,
        user: user.parse().ok()?,
        inode: inode.parse().ok()?,
    })
}

/// The kernel prints an address as words of 32 bits in the machine's order, and the port as a number. IPv4 through an
/// IPv6 socket becomes IPv4 here, as the other end sees it.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let mut bytes = [0; 16];
    let is_v6 = match ip.len() {
        8 => false,
        32 => true,
        _ => return None,
    };
    for (place, at) in (0..ip.len()).step_by(8).enumerate() {
        let word = u32::from_str_radix(ip.get(at..at + 8)?, 16).ok()?;
        bytes[place * 4..place * 4 + 4].copy_from_slice(&word.to_ne_bytes());
    }
    let ip = if is_v6 {
        Ipv6Addr::from(bytes).to_canonical()
    } else {
        IpAddr::V4(Ipv4Addr::new(bytes[0], bytes[1], bytes[2], bytes[3]))
    };
    Some(SocketAddr::new(ip, port))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ME: u32 = 1000;
    const OURS: &str = "127.0.0.1:8000";
    const PEER: &str = "127.0.0.1:40000";

    fn row(local: &str, remote: &str, state: u8, user: u32, inode: u64) -> Row {
        Row { local: local.parse().unwrap(), remote: remote.parse().unwrap(), state, user, inode }
    }

    fn judged(rows: &[Row], is_wsl: bool) -> bool {
        admits(rows, ME, OURS.parse().unwrap(), PEER.parse().unwrap(), is_wsl)
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn both_tables_are_read_as_the_kernel_writes_them() {
        let v4 = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
            0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 77 1 0000 100 0 0 10 0\n   \
            1: 0100007F:9C40 0100007F:1F40 01 00000000:00000000 00:00000000 00000000   108        0 78 1 0000 20 4 30 10 -1\n";
        let v6 = "head\n   0: 0000000000000000FFFF00000100007F:9C40 0000000000000000FFFF00000100007F:1F40 01 \
            00000000:00000000 00:00000000 00000000  1001        0 79 1 0000\n";
        let ours = [row(OURS, "0.0.0.0:0", 10, 1000, 77), row(PEER, OURS, ESTABLISHED, 108, 78)];
        assert_eq!(parse(v4, 8000), ours);
        assert_eq!(parse(v4, 40000), [ours[1]], "only what has the port at either end");
        assert!(parse(v4, 8001).is_empty());
        assert_eq!(parse(v6, 8000), [row(PEER, OURS, ESTABLISHED, 1001, 79)]);
    }

    #[test]
    fn only_an_open_connection_of_the_person_or_of_root_is_admitted() {
        let mine = row(PEER, OURS, ESTABLISHED, ME, 5);
        assert!(judged(&[mine], false));
        assert!(judged(&[Row { user: ROOT, ..mine }], false));
        assert!(!judged(&[Row { user: 1001, ..mine }], false));
        assert!(!judged(&[mine, Row { user: 1001, ..mine }], false));
        // What the kernel keeps of a closed connection says user 0.
        assert!(!judged(&[Row { user: ROOT, inode: 0, ..mine }], false));
        assert!(!judged(&[Row { user: ROOT, state: 6, ..mine }], false));
        assert!(!judged(&[row(PEER, "127.0.0.1:8001", ESTABLISHED, ME, 5)], false));
        assert!(!judged(&[], false) && !judged(&[], true));
        // The Windows browser has no row of its own.
        let our_end = row(OURS, PEER, ESTABLISHED, ME, 6);
        assert!(judged(&[our_end], true) && !judged(&[our_end], false));
        assert!(!judged(&[our_end, Row { user: 1001, ..mine }], true));
        assert!(!judged(&[Row { state: 8, ..our_end }], true), "the peer hung up");
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn the_kernel_and_its_tables_admit_the_same() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let ours = listener.local_addr().unwrap();
        let stream = std::net::TcpStream::connect(ours).unwrap();
        let peers = vec![stream.local_addr().unwrap(), "127.0.0.1:1".parse().unwrap(), ours];
        for check in [PeerCheck::of_listener(ours), PeerCheck::by_tables(ours)] {
            assert!(check.can_tell());
            assert_eq!(check.admits(peers.clone()).await, [true, false, false], "{check:?}");
            let program = check.program(peers[0]).await.unwrap();
            assert_eq!(program.process, std::process::id());
            assert_eq!(program.executable.as_deref(), std::env::current_exe().unwrap().to_str());
            assert_eq!(check.program(peers[1]).await, None);
        }
    }

    proptest! {
        #[test]
        fn no_table_can_hurt(table in "(.|\n|:1F40 ){0,200}") {
            parse(&table, 0x1F40);
        }
    }
}
