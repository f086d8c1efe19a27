//! The endpoint itself: one port, and what it responds.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use daypass_peer::PeerCheck;
use hyper::body::Incoming;
use hyper::header;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::address::{ListenAt, hosts};
use crate::answer::turned_away;
use crate::consumer::Consumer;
use crate::container;
use crate::imds::{Imds, Machine};
use crate::name::ConsumerName;
use crate::visit::Visit;

/// A program that doesn't send its request's head in this time, or lets a connection rest for as long, is hung up on.
const HEAD_TIME: Duration = Duration::from_secs(30);
const HEAD_LIMIT: usize = 16 * 1024;

/// How many connections are served at once. Others wait.
const MOST_CONNECTIONS: usize = 256;

/// How long it takes to find out which program uses a consumer.
const FIND_OUT: Duration = Duration::from_millis(200);

/// How often a consumer's last use is written down.
const WRITE_EVERY: Duration = Duration::from_secs(2);

/// How far answers of a metadata service travel: to the next network, and not behind a router. Connections have it from
/// their listener.
const INSTANCE_HOPS: u32 = 1;

/// A port that answers with credentials.
pub struct Endpoint {
    listener: TcpListener,
    address: SocketAddr,
    check: PeerCheck,
}

/// What is served on a port.
pub enum Serves {
    /// Credentials for containers.
    Containers(Vec<Arc<Consumer>>),
    /// The metadata service of an instance.
    Instance(Arc<Consumer>, Machine),
}

impl Endpoint {
    /// Takes a port, or a free one.
    ///
    /// # Errors
    ///
    /// If the port is taken, or the address isn't this machine's.
    pub fn bind(at: ListenAt, port: u16) -> io::Result<Self> {
        let address = SocketAddr::new(at.ip(), port);
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(cfg!(unix))?;
        if !at.is_loopback() {
            before_it_is_there(&socket, address);
        }
        socket.bind(address)?;
        let listener = socket.listen(1024)?;
        let address = listener.local_addr()?;
        // Programs in a container are another network's, which this system's tables don't list.
        let check = if at.is_loopback() { PeerCheck::of_listener(address) } else { PeerCheck::blind(address) };
        Ok(Self { listener, address, check })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where a consumer finds its credentials.
    #[must_use]
    pub fn uri(&self, name: &ConsumerName) -> String {
        format!("http://{}{}", self.address, container::path(name))
    }

    /// Where the metadata service is. Readers that join it with a path want the slash.
    #[must_use]
    pub fn imds_uri(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Answers requests until it is dropped.
    pub async fn serve(self, serves: Serves) -> Infallible {
        let consumers = match &serves {
            Serves::Containers(consumers) => consumers.clone(),
            Serves::Instance(consumer, _) => vec![Arc::clone(consumer)],
        };
        let mut notes = JoinSet::new();
        for consumer in consumers {
            notes.spawn(write_uses(consumer));
        }
        if let Serves::Instance(..) = serves
            && let Err(error) = self.listener.set_ttl(INSTANCE_HOPS)
        {
            tracing::warn!(%error, "answers may travel further than a metadata service's");
        }
        let what = match serves {
            Serves::Containers(consumers) => What::Containers(consumers),
            Serves::Instance(consumer, machine) => What::Instance(Imds::new(consumer, machine)),
        };
        let door = Arc::new(Door { hosts: hosts(self.address), what, check: self.check });
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return std::future::pending().await };
            let (stream, peer) = match self.listener.accept().await {
                Ok(accepted) => accepted,
                // Out of file descriptors, or the peer is already gone. Neither lasts.
                Err(_) => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let door = Arc::clone(&door);
            tokio::spawn(async move {
                let _place = place;
                door.converse(stream, peer).await;
            });
        }
    }
}

/// Lets us listen on an address that only exists once a container runs: Podman creates its bridge then.
fn before_it_is_there(socket: &TcpSocket, address: SocketAddr) {
    #[cfg(target_os = "linux")]
    {
        use rustix::net::sockopt::{set_ip_freebind, set_ipv6_freebind};
        let set = if address.is_ipv4() { set_ip_freebind(socket, true) } else { set_ipv6_freebind(socket, true) };
        if let Err(error) = set {
            tracing::debug!(%error, "the address has to be there already");
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (socket, address);
}

async fn write_uses(consumer: Arc<Consumer>) {
    loop {
        consumer.is_used().await;
        // Whose program it is takes a moment to find out.
        tokio::time::sleep(FIND_OUT).await;
        let written = Arc::clone(&consumer);
        let _ = tokio::task::spawn_blocking(move || written.write_use()).await;
        tokio::time::sleep(WRITE_EVERY).await;
    }
}

enum What {
    Containers(Vec<Arc<Consumer>>),
    Instance(Imds),
}

struct Door {
    hosts: Vec<String>,
    what: What,
    check: PeerCheck,
}

impl Door {
    async fn converse(self: Arc<Self>, stream: TcpStream, peer: SocketAddr) {
        if !self.check.admits(vec![peer]).await.contains(&true) {
            tracing::warn!(%peer, "a program of another user connected to the endpoint and is turned away");
            return;
        }
        // Answers are small and each is waited for.
        let _ = stream.set_nodelay(true);
        let visit = Arc::new(Visit::new(stream, peer, self.check.clone()));
        let line = visit.line();
        let service = service_fn(|request| {
            let (door, visit) = (Arc::clone(&self), Arc::clone(&visit));
            async move { Ok::<_, Infallible>(door.answer(&visit, &request).await) }
        });
        let mut server = http1::Builder::new();
        server.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(HEAD_LIMIT);
        if let Err(error) = server.serve_connection(TokioIo::new(line), service).await {
            tracing::debug!(%error, "a connection to the endpoint ended early");
        }
    }

    async fn answer(&self, visit: &Visit, request: &Request<Incoming>) -> Response<String> {
        if !self.is_named_by(request) {
            let words = "this isn't the address you asked for";
            return turned_away(StatusCode::MISDIRECTED_REQUEST, "WrongHost", words);
        }
        match &self.what {
            What::Containers(consumers) => container::answer(consumers, visit, request).await,
            What::Instance(imds) => imds.answer(visit, request).await,
        }
    }

    /// Whether the request is for this port by its one Host.
    fn is_named_by(&self, request: &Request<Incoming>) -> bool {
        let mut hosts = request.headers().get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
        self.hosts.iter().any(|name| host.as_bytes().eq_ignore_ascii_case(name.as_bytes()))
    }
}
