//! The loopback address that the browser returns to (RFC 8252, section 7.3). Every program on the machine can connect
//! to it, so only one request counts.
//!
//! The request must be a GET of the one path with our Host and the state that only the browser was told. Everything
//! else gets a short 4xx page and changes nothing, so no local program can end, fill or stall a sign-in. A head is
//! limited to 8 kB and 5 s. Above [`MOST_CONNECTIONS`] connections the oldest is dropped, never the newest, which is
//! the browser's. Each connection gets one request, so no state is kept between two.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use oauth2::CsrfToken;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;

use super::page;
use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

const HEAD_LIMIT: usize = 8 * 1024;
const HEAD_TIME: Duration = Duration::from_secs(5);
const WRITE_TIME: Duration = Duration::from_secs(5);
const MOST_CONNECTIONS: usize = 64;

/// An open port that waits for the browser of one sign-in. Dropping it closes the port.
pub(super) struct Loopback {
    listener: TcpListener,
    port: u16,
    path: &'static str,
    state: SecretString,
}

impl Loopback {
    /// Opens the port before the return address is known elsewhere, so the browser can't come too early. Uses a free
    /// port unless one is given.
    pub(super) async fn open(port: Option<u16>, path: &'static str) -> Result<Self, NoPort> {
        let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0))).await;
        let listener = bound.map_err(|source| match (port, source.kind()) {
            (Some(port), io::ErrorKind::AddrInUse) => NoPort::InUse { port },
            _ => NoPort::Failed { why: source.to_string() },
        })?;
        let port = listener.local_addr().map_err(|source| NoPort::Failed { why: source.to_string() })?.port();
        Ok(Self { listener, port, path, state: CsrfToken::new_random_len(32).secret().as_str().into() })
    }

    /// The address that the browser must return to.
    pub(super) fn redirect_uri(&self) -> String {
        format!("http://127.0.0.1:{}{}", self.port, self.path)
    }

    /// The state that the browser must bring back. Only the browser gets it.
    pub(super) fn state(&self) -> &str {
        self.state.expose_secret()
    }

    /// Waits until the browser returns, lets `finish` turn the answer into a proof, then tells the person in the
    /// browser. `finish` returns the proof and the person's name.
    pub(super) async fn wait<T, E>(
        self,
        identity: &IdentityName,
        finish: impl AsyncFnOnce(&Arrival) -> Result<(T, String), E>,
    ) -> Result<T, E>
    where
        Problem: for<'a> From<&'a E>,
    {
        let (sender, mut arrivals) = mpsc::channel(1);
        let mut door = Box::pin(serve(self.listener, self.path, self.state, sender));
        let arrival = tokio::select! {
            Some(arrival) = arrivals.recv() => arrival,
            never = &mut door => match never {},
        };
        let result = tokio::select! {
            result = finish(&arrival) => result,
            // Other requests are still answered meanwhile.
            never = &mut door => match never {},
        };
        // The page comes last, so that it shows the real outcome.
        let html = match &result {
            Ok((_, person)) => page::signed_in(identity, person),
            Err(error) => page::failed(identity, &Problem::from(error)),
        };
        arrival.show(&html).await;
        result.map(|(proof, _)| proof)
    }
}

/// Why the port can't be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPort {
    /// The fixed port is taken.
    #[error("port {port} on 127.0.0.1, which this identity's redirect_port asks for, is in use by another program")]
    InUse {
        /// The port.
        port: u16,
    },
    /// The system can't open a port.
    #[error("no port on 127.0.0.1 could be opened: {why}")]
    Failed {
        /// In the system's words.
        why: String,
    },
}

impl From<&NoPort> for Problem {
    fn from(error: &NoPort) -> Self {
        let problem = |kind, code: ProblemCode| Problem::new(kind, code, error.to_string());
        match error {
            NoPort::InUse { port } => problem(ProblemKind::Failed, ProblemCode::PortInUse).hint(format!(
                "end the program that uses port {port}, or change redirect_port (and what is registered at the provider)"
            )),
            NoPort::Failed { .. } => {
                problem(ProblemKind::Failed, ProblemCode::NoLoopbackPort).hint("check that 127.0.0.1 is up on this machine")
            }
        }
    }
}

/// The provider's answer to the sign-in, and the browser that waits for ours.
pub(super) struct Arrival {
    pub(super) outcome: Outcome,
    /// `iss` of the answer (RFC 9207).
    pub(super) issuer: Option<String>,
    browser: TcpStream,
}

/// What the provider answered (OpenID Connect Core, 3.1.2.5 and 3.1.2.6).
pub(super) enum Outcome {
    Code(SecretString),
    Error { error: String, description: Option<String> },
}

impl Arrival {
    /// Shows the person a page. If the browser is already gone, that isn't an error, because the sign-in counts either
    /// way.
    async fn show(mut self, html: &str) {
        let _ = timeout(WRITE_TIME, write_page(&mut self.browser, "200 OK", "", html)).await;
    }
}

/// Answers connections until it is dropped. The one request that counts is sent to `arrivals`.
async fn serve(
    listener: TcpListener,
    path: &'static str,
    state: SecretString,
    arrivals: mpsc::Sender<Arrival>,
) -> Infallible {
    let port = listener.local_addr().map(|a| a.port()).unwrap_or_default();
    let door = Arc::new(Door { port, path, state, taken: AtomicBool::new(false), arrivals });
    let mut visits = JoinSet::new();
    let mut oldest_first: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    oldest_first.retain(|visit| !visit.is_finished());
                    if oldest_first.len() >= MOST_CONNECTIONS && let Some(oldest) = oldest_first.pop_front() {
                        oldest.abort();
                    }
                    oldest_first.push_back(visits.spawn(Arc::clone(&door).receive(stream)));
                }
                // Out of file descriptors, or the peer is already gone. Neither lasts.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            Some(_) = visits.join_next() => {}
        }
    }
}

struct Door {
    port: u16,
    path: &'static str,
    state: SecretString,
    taken: AtomicBool,
    arrivals: mpsc::Sender<Arrival>,
}

impl Door {
    async fn receive(self: Arc<Self>, mut stream: TcpStream) {
        let judged = match timeout(HEAD_TIME, read_head(&mut stream)).await {
            Ok(Ok(Some(head))) => self.judge(&head),
            Ok(Ok(None)) => Err(Refusal::TooLong),
            // The peer is gone or too slow, so an answer wouldn't be read.
            Ok(Err(_)) | Err(_) => return,
        };
        let refusal = match judged {
            Ok((outcome, issuer)) => {
                if !self.taken.swap(true, Ordering::AcqRel) {
                    // The receiver is gone only when the sign-in is over.
                    let _ = self.arrivals.send(Arrival { outcome, issuer, browser: stream }).await;
                    return;
                }
                Refusal::AlreadyTaken
            }
            Err(refusal) => refusal,
        };
        tracing::debug!(?refusal, "a request to the sign-in's callback was turned away");
        let (status, header, words) = refusal.answer();
        let _ = timeout(WRITE_TIME, write_page(&mut stream, status, header, &page::turned_away(words))).await;
    }

    fn judge(&self, head: &[u8]) -> Result<(Outcome, Option<String>), Refusal> {
        let (method, target, host) = parse_head(head).ok_or(Refusal::NotHttp)?;
        // A site whose name was pointed at 127.0.0.1 (DNS rebinding) sends its own name here.
        let ours = [format!("127.0.0.1:{}", self.port), format!("localhost:{}", self.port)];
        if !ours.iter().any(|name| host.eq_ignore_ascii_case(name)) {
            return Err(Refusal::WrongHost);
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if path != self.path {
            return Err(Refusal::WrongPath);
        }
        if method != "GET" {
            return Err(Refusal::WrongMethod);
        }
        let mut fields = HashMap::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            // RFC 6749, 3.1: parameters must not be included more than once.
            if fields.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(Refusal::NotHttp);
            }
        }
        let state = fields.get("state").map(String::as_str).unwrap_or_default();
        if !bool::from(state.as_bytes().ct_eq(self.state.expose_secret().as_bytes())) {
            return Err(Refusal::WrongState);
        }
        let issuer = fields.remove("iss");
        if let Some(error) = fields.remove("error") {
            return Ok((Outcome::Error { error, description: fields.remove("error_description") }, issuer));
        }
        match fields.remove("code") {
            Some(code) if !code.is_empty() => Ok((Outcome::Code(code.into()), issuer)),
            _ => Err(Refusal::NoCode),
        }
    }
}

/// Why a request is not the expected one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    NotHttp,
    TooLong,
    WrongHost,
    WrongPath,
    WrongMethod,
    WrongState,
    NoCode,
    AlreadyTaken,
}

impl Refusal {
    fn answer(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::NotHttp => ("400 Bad Request", "", "This is not a request that Daypass understands."),
            Self::TooLong => ("431 Request Header Fields Too Large", "", "This request is too long."),
            Self::WrongHost => ("421 Misdirected Request", "", "This address belongs to Daypass on this machine only."),
            Self::WrongPath => ("404 Not Found", "", "There is nothing at this address."),
            Self::WrongMethod => {
                ("405 Method Not Allowed", "Allow: GET\r\n", "This address only accepts GET requests.")
            }
            Self::WrongState => (
                "403 Forbidden",
                "",
                "This is not the answer that Daypass is waiting for. Go back to Daypass and sign in from there.",
            ),
            Self::NoCode => ("400 Bad Request", "", "The identity provider's answer is incomplete."),
            Self::AlreadyTaken => ("409 Conflict", "", "This answer was already received. You can close this window."),
        }
    }
}

/// The head of a request without its last blank line; `None` when it is longer than 8 kB.
async fn read_head(stream: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let mut head = Vec::with_capacity(1024);
    let mut chunk = [0; 1024];
    loop {
        let n = stream.read(&mut chunk).await?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let searched = head.len().saturating_sub(3);
        head.extend_from_slice(&chunk[..n]);
        if let Some(end) = head[searched..].windows(4).position(|w| w == b"\r\n\r\n") {
            head.truncate(searched + end);
            return Ok((head.len() <= HEAD_LIMIT).then_some(head));
        }
        if head.len() > HEAD_LIMIT {
            return Ok(None);
        }
    }
}

/// Method, target and the one Host of a request.
fn parse_head(head: &[u8]) -> Option<(&str, &str, &str)> {
    let text = std::str::from_utf8(head).ok()?;
    let mut lines = text.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let is_whole = words.next().is_none() && target.starts_with('/') && matches!(version, "HTTP/1.1" | "HTTP/1.0");
    if !is_whole || !method.bytes().all(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let mut hosts = Vec::new();
    for line in lines {
        let (name, value) = line.split_once(':')?;
        if name.eq_ignore_ascii_case("host") {
            hosts.push(value.trim());
        }
    }
    match hosts.as_slice() {
        [host] => Some((method, target, host)),
        _ => None,
    }
}

async fn write_page(stream: &mut TcpStream, status: &str, header: &str, html: &str) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status}\r\n\
         Content-Type: text/html; charset=utf-8\r\n\
         Content-Length: {}\r\n\
         Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'\r\n\
         Referrer-Policy: no-referrer\r\n\
         X-Content-Type-Options: nosniff\r\n\
         Cache-Control: no-store\r\n\
         {header}Connection: close\r\n\r\n",
        html.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(html.as_bytes()).await?;
    stream.shutdown().await?;
    // Closing with unread data sends a reset, which can keep the page from the browser.
    let mut rest = [0; 1024];
    let _ = timeout(Duration::from_millis(500), async {
        for _ in 0..64 {
            if !matches!(stream.read(&mut rest).await, Ok(1..)) {
                break;
            }
        }
    })
    .await;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ANSWER: &str = "GET /callback?state=S&code=C HTTP/1.1\r\nHost: 127.0.0.1:7\r\nAccept: */*";

    fn judged(head: &[u8]) -> Result<(Outcome, Option<String>), Refusal> {
        let (arrivals, _) = mpsc::channel(1);
        let door = Door { port: 7, path: "/callback", state: "S".into(), taken: AtomicBool::new(false), arrivals };
        door.judge(head)
    }

    proptest! {
        #[test]
        fn any_program_may_knock(head in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(judged(&head).is_err());
        }

        #[test]
        fn no_damage_to_an_answer_can_hurt(at in 0..ANSWER.len(), cut in 0..ANSWER.len(), byte: u8) {
            prop_assert!(judged(ANSWER.as_bytes()).is_ok());
            let mut head = ANSWER.as_bytes().to_vec();
            head[at] = byte;
            head.truncate(ANSWER.len() - cut);
            let _ = judged(&head);
        }
    }
}
