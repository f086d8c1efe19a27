//! Answers the person's browser on a port of 127.0.0.1, and turns away the programs of other users.
//!
//! Every program on the machine can connect, so none may keep the browser out: connections are served at the same time,
//! a request's head is limited to 72 kB and 5 s, each connection gets one request, and above a limit the oldest is
//! dropped, never the newest, which is the browser's. Programs of other users have a limit of their own.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use daypass_peer::PeerCheck;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::coop::unconstrained;
use tokio::task::{AbortHandle, JoinSet};

use crate::page;

/// 64 kB of headers, because a browser sends the cookies of every program on 127.0.0.1, and the line before them.
const HEAD_LIMIT: usize = 72 * 1024;
const HEAD_TIME: Duration = Duration::from_secs(5);
const WRITE_TIME: Duration = Duration::from_secs(5);
const MOST_VISITS: usize = 64;
const MOST_STRANGERS: usize = 16;
/// How many connections are judged by one look at the system's tables. A stranger can connect thousands of times while
/// one look takes place, and the browser waits behind. A process may have 1024 files open, and needs some for other
/// work.
const MOST_JUDGED: usize = 512;
/// How many connections may wait to be accepted: as many as Linux allows. A full queue keeps the browser out.
#[cfg(unix)]
const MOST_WAITING: i32 = 4096;

/// A connection, as the handler of its request sees it.
pub(crate) struct Visit {
    keeps: Arc<AtomicBool>,
    ended: oneshot::Receiver<Infallible>,
}

impl Visit {
    /// Excepts this connection from the limit, because it has brought the request that counts.
    pub(crate) fn keep(&self) {
        self.keeps.store(true, Ordering::Release);
    }

    /// Waits until the answer is written. If the browser is gone or doesn't read it, that isn't an error.
    pub(crate) async fn written(self) {
        let _ = tokio::time::timeout(WRITE_TIME, self.ended).await;
    }
}

/// A connection that was turned away before its request could be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unheard {
    /// A program of another user.
    Stranger,
    /// A request with too many headers.
    TooLong,
}

/// Makes the queue of a bound listener as long as it can be. The libraries' own is 128 or 1024 long.
#[cfg(unix)]
pub(crate) fn let_many_wait(listener: &impl std::os::fd::AsFd) -> std::io::Result<()> {
    Ok(rustix::net::listen(listener, MOST_WAITING)?)
}

/// Windows keeps the queue that a listener began with.
#[cfg(not(unix))]
pub(crate) fn let_many_wait<L>(_listener: &L) -> std::io::Result<()> {
    Ok(())
}

/// Answers connections until it is dropped.
pub(crate) async fn serve<H, F, U>(listener: TcpListener, check: PeerCheck, handle: H, unheard: U) -> Infallible
where
    H: Fn(Request<Incoming>, Visit) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<String>> + Send + 'static,
    U: Fn(Unheard) + Clone + Send + Sync + 'static,
{
    let mut visits = Connections::new(MOST_VISITS);
    let mut strangers = Connections::new(MOST_STRANGERS);
    // Without a look at the tables, more at once would gain nothing.
    let most_at_once = if check.can_tell() { MOST_JUDGED } else { MOST_VISITS };
    // Once, or a stranger could fill the log.
    let mut strangers_told = false;
    loop {
        tokio::select! {
            accepted = accept_waiting(&listener, most_at_once) => {
                let admitted = check.admits(accepted.iter().map(|(_, peer)| *peer).collect()).await;
                // More strangers than are answered are hung up on at once, or a flood would keep this loop busy.
                let is_stranger = |is_admitted: &&bool| !**is_admitted;
                let mut surplus = admitted.iter().filter(is_stranger).count().saturating_sub(MOST_STRANGERS);
                for ((stream, peer), is_admitted) in accepted.into_iter().zip(admitted) {
                    if is_admitted {
                        visits.add(stream, handle.clone(), unheard.clone());
                    } else {
                        if !strangers_told {
                            tracing::warn!(%peer, "a program of another user connected to a port of Daypass and is turned away");
                            unheard(Unheard::Stranger);
                            strangers_told = true;
                        }
                        if surplus > 0 {
                            surplus -= 1;
                        } else {
                            strangers.add(stream, turn_away, |_| ());
                        }
                    }
                }
            }
            Some(_) = visits.tasks.join_next() => {}
            Some(_) = strangers.tasks.join_next() => {}
        }
    }
}

/// Waits for a connection, and takes those that wait behind it as well.
async fn accept_waiting(listener: &TcpListener, most: usize) -> Vec<(TcpStream, SocketAddr)> {
    let mut accepted = Vec::new();
    match listener.accept().await {
        Ok(first) => accepted.push(first),
        // Out of file descriptors, or the peer is already gone. Neither lasts.
        Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
    }
    while accepted.len() < most {
        // Tokio would let a task take only 128 at a time.
        match unconstrained(poll_fn(|context| Poll::Ready(listener.poll_accept(context)))).await {
            Poll::Ready(Ok(next)) => accepted.push(next),
            Poll::Ready(Err(_)) | Poll::Pending => break,
        }
    }
    accepted
}

async fn turn_away(_: Request<Incoming>, _: Visit) -> Response<String> {
    refusal(StatusCode::FORBIDDEN, "This address only answers programs of the user who started Daypass.")
}

/// The connections of one sort, the oldest first.
struct Connections {
    tasks: JoinSet<()>,
    open: VecDeque<(AbortHandle, Arc<AtomicBool>)>,
    most: usize,
}

impl Connections {
    fn new(most: usize) -> Self {
        Self { tasks: JoinSet::new(), open: VecDeque::new(), most }
    }

    fn add<H, F, U>(&mut self, stream: TcpStream, handle: H, unheard: U)
    where
        H: Fn(Request<Incoming>, Visit) -> F + Send + Sync + 'static,
        F: Future<Output = Response<String>> + Send + 'static,
        U: Fn(Unheard) + Send + Sync + 'static,
    {
        self.open.retain(|(task, keeps)| !task.is_finished() && !keeps.load(Ordering::Acquire));
        if self.open.len() >= self.most
            && let Some((oldest, _)) = self.open.pop_front()
        {
            oldest.abort();
        }
        let keeps = Arc::new(AtomicBool::new(false));
        let task = self.tasks.spawn(answer_one(stream, Arc::clone(&keeps), handle, unheard));
        self.open.push_back((task, keeps));
    }
}

async fn answer_one<H, F, U>(stream: TcpStream, keeps: Arc<AtomicBool>, handle: H, unheard: U)
where
    H: Fn(Request<Incoming>, Visit) -> F,
    F: Future<Output = Response<String>> + Send + 'static,
    U: Fn(Unheard),
{
    let (_open, ended) = oneshot::channel();
    let visit = std::sync::Mutex::new(Some(Visit { keeps, ended }));
    let service = service_fn(|request| {
        let visit = visit.lock().ok().and_then(|mut visit| visit.take());
        let answered = visit.map(|visit| handle(request, visit));
        async {
            Ok::<_, Infallible>(match answered {
                Some(answered) => answered.await,
                None => refusal(StatusCode::BAD_REQUEST, "This address answers one request a connection."),
            })
        }
    });
    let mut server = http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_LIMIT)
        .keep_alive(false)
        .title_case_headers(true);
    if let Err(error) = server.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "a connection to a port of Daypass ended early");
        if error.is_parse_too_large() {
            unheard(Unheard::TooLong);
        }
    }
}

/// Whether a request is for this port by its one Host. A site whose name was pointed at 127.0.0.1 (DNS rebinding) sends
/// its own name. The target is a path: a browser sends a whole address only to a proxy.
///
/// # Errors
///
/// The answer for one that isn't.
pub(crate) fn is_for_us(address: SocketAddr, request: &Request<impl Sized>) -> Result<(), Response<String>> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next().and_then(|host| host.to_str().ok()), hosts.next()) else {
        return Err(not_understood());
    };
    if request.uri().scheme().is_some() || request.uri().authority().is_some() {
        return Err(not_understood());
    }
    let ours = [address.to_string(), format!("localhost:{}", address.port())];
    if ours.iter().any(|name| host.trim().eq_ignore_ascii_case(name)) {
        return Ok(());
    }
    Err(refusal(StatusCode::MISDIRECTED_REQUEST, "This address belongs to Daypass on this machine only."))
}

/// The answer to what isn't a request of a browser.
pub(crate) fn not_understood() -> Response<String> {
    refusal(StatusCode::BAD_REQUEST, "Daypass doesn't understand this request.")
}

/// A short page that says why a request was turned away.
pub(crate) fn refusal(status: StatusCode, words: &str) -> Response<String> {
    html(status, page::turned_away(words))
}

/// A page of ours. It runs nothing, loads nothing and is kept nowhere.
pub(crate) fn html(status: StatusCode, page: String) -> Response<String> {
    const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                          frame-ancestors 'none'";
    let mut response = Response::new(page);
    *response.status_mut() = status;
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET"));
    }
    response
}
