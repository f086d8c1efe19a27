//! Asks the kernel about one connection (sock_diag(7)). That takes microseconds, however many connections there are.
//!
//! A question is for the socket with this pair of addresses; the numbers are in the machine's order but for ports and
//! addresses (`include/uapi/linux/inet_diag.h`).

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink};

use super::row::Row;

/// `nlmsghdr`.
const HEAD: usize = 16;
/// `inet_diag_req_v2`.
const QUESTION: usize = 56;
/// `inet_diag_msg`.
const ANSWER: usize = 72;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLMSG_ERROR: u16 = 2;
const NLM_F_REQUEST: u16 = 1;
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const IPPROTO_TCP: u8 = 6;

/// The way to the kernel.
pub(super) struct Kernel(OwnedFd);

impl Kernel {
    /// `None` where the kernel doesn't have it.
    pub(super) fn open() -> Option<Self> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = rustix::net::socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, Some(netlink::SOCK_DIAG));
        socket.ok().map(Self)
    }

    /// The connection from one address to another, or the listener at the first. `None` if there is neither.
    ///
    /// # Errors
    ///
    /// If the kernel doesn't answer questions, or not this one.
    pub(super) fn connection(&self, local: SocketAddr, remote: SocketAddr) -> Result<Option<Row>, Errno> {
        rustix::net::send(&self.0, &question(local, remote), SendFlags::empty())?;
        // The kernel has answered by now.
        let mut answer = [0_u8; 512];
        let (length, _) = rustix::net::recv(&self.0, &mut answer, RecvFlags::empty())?;
        read(&answer[..length])
    }
}

fn question(local: SocketAddr, remote: SocketAddr) -> Vec<u8> {
    let family = if local.is_ipv4() { AF_INET } else { AF_INET6 };
    let length = u32::try_from(HEAD + QUESTION).unwrap_or_default();
    let mut bytes = Vec::with_capacity(HEAD + QUESTION);
    bytes.extend(length.to_ne_bytes());
    bytes.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    bytes.extend(NLM_F_REQUEST.to_ne_bytes());
    // Sequence number and port id.
    bytes.extend([0; 8]);
    bytes.extend([family, IPPROTO_TCP, 0, 0]);
    // Every state.
    bytes.extend(u32::MAX.to_ne_bytes());
    bytes.extend(local.port().to_be_bytes());
    bytes.extend(remote.port().to_be_bytes());
    bytes.extend(padded(local.ip()));
    bytes.extend(padded(remote.ip()));
    // On any interface, without a cookie.
    bytes.extend([0; 4]);
    bytes.extend([0xff; 8]);
    bytes
}

fn padded(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V6(ip) => ip.octets(),
        IpAddr::V4(ip) => {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&ip.octets());
            bytes
        }
    }
}

fn read(answer: &[u8]) -> Result<Option<Row>, Errno> {
    let (kind, body) = (u16_at(answer, 4).ok_or(Errno::BADMSG)?, answer.get(HEAD..).ok_or(Errno::BADMSG)?);
    match kind {
        SOCK_DIAG_BY_FAMILY if body.len() >= ANSWER => row(body).map(Some).ok_or(Errno::BADMSG),
        NLMSG_ERROR => match u32_at(body, 0).ok_or(Errno::BADMSG)?.cast_signed() {
            code if code == -Errno::NOENT.raw_os_error() => Ok(None),
            _ => Err(Errno::NOTSUP),
        },
        _ => Err(Errno::BADMSG),
    }
}

fn row(body: &[u8]) -> Option<Row> {
    let (family, state) = (*body.first()?, *body.get(1)?);
    let address = |port: usize, at: usize| {
        let port = u16::from_be_bytes(body.get(port..port + 2)?.try_into().ok()?);
        let ip: [u8; 16] = body.get(at..at + 16)?.try_into().ok()?;
        let ip = match family {
            AF_INET => IpAddr::from([ip[0], ip[1], ip[2], ip[3]]),
            // IPv4 through an IPv6 socket becomes IPv4 here, as the other end sees it.
            AF_INET6 => Ipv6Addr::from(ip).to_canonical(),
            _ => return None,
        };
        Some(SocketAddr::new(ip, port))
    };
    Some(Row {
        local: address(4, 8)?,
        remote: address(6, 24)?,
        state,
        user: u32_at(body, 64)?,
        inode: u64::from(u32_at(body, 68)?),
    })
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_ne_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_ne_bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::print_stderr)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use proptest::prelude::*;

    use super::super::row::ESTABLISHED;
    use super::*;

    #[test]
    fn a_connection_and_a_listener_are_found() {
        let Some(kernel) = Kernel::open() else {
            eprintln!("skipped: this kernel has no sock_diag");
            return;
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let ours = listener.local_addr().unwrap();
        let stream = TcpStream::connect(ours).unwrap();
        let peer = stream.local_addr().unwrap();
        // Our end has no owner before.
        let _accepted = listener.accept().unwrap();
        let me = rustix::process::geteuid().as_raw();
        for (local, remote) in [(peer, ours), (ours, peer)] {
            let row = kernel.connection(local, remote).unwrap().unwrap();
            assert!(row.is_open(local, remote) && row.user == me, "{row:?}");
        }
        let row = kernel.connection(ours, "0.0.0.0:0".parse().unwrap()).unwrap().unwrap();
        assert!(row.is_listener_at(ours), "{row:?}");
        let nobody = "127.0.0.1:1".parse().unwrap();
        assert_eq!(kernel.connection(nobody, ours), Ok(None));
        drop(stream);
        let remains = kernel.connection(peer, ours).unwrap();
        assert!(remains.is_none_or(|row| row.state != ESTABLISHED), "{remains:?}");
    }

    #[test]
    fn an_ipv4_connection_of_an_ipv6_socket_is_found() {
        let Some(kernel) = Kernel::open() else { return };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let ours = listener.local_addr().unwrap();
        let Ok(stream) = TcpStream::connect(format!("[::ffff:127.0.0.1]:{}", ours.port())) else { return };
        let (_accepted, peer) = listener.accept().unwrap();
        let row = kernel.connection(peer, ours).unwrap().unwrap();
        assert_eq!((row.local, row.remote, row.state), (peer, ours, ESTABLISHED));
        drop(stream);
    }

    proptest! {
        #[test]
        fn no_answer_can_hurt(mut answer in prop::collection::vec(any::<u8>(), 0..120), kind in 0_u16..24) {
            if answer.len() >= 6 {
                answer[4..6].copy_from_slice(&kind.to_ne_bytes());
            }
            let _ = read(&answer);
        }
    }
}
