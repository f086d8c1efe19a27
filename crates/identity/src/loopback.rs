//! The loopback address that the browser returns to (RFC 8252, section 7.3). Every program on the machine can connect
//! to it, so only one request counts.
//!
//! Where the system tells whose program connects, those of other users are turned away before they say anything
//! ([`daypass_peer`]). The request must be a GET of the one path with our Host and the state that only the browser was
//! told. Everything else gets a short 4xx page and changes nothing, so no other user's program can end, fill or stall a
//! sign-in ([`crate::local_server`]).

mod refused;

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use daypass_peer::PeerCheck;
use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode};
use oauth2::CsrfToken;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use super::page;
use crate::local_server::{self, Unheard, Visit};
use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::RedirectHost;
use daypass_core::view::Caution;
use refused::Refused;

/// How many free ports are tried until one is free at both addresses of `localhost`.
const MOST_PORTS: usize = 20;
/// How many words about visits that don't count may wait. Strangers can't fill more than this.
const MOST_CAUTIONS: usize = 16;

/// Where the browser returns to, as an identity's settings say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Redirect<'a> {
    pub(super) host: RedirectHost,
    /// A free port unless one is given.
    pub(super) port: Option<u16>,
    pub(super) path: &'a str,
}

/// An open port that waits for the browser of one sign-in. Dropping it closes the port.
pub(super) struct Loopback {
    /// On `127.0.0.1`; for `localhost` on `::1` too, where the machine has it.
    listeners: Vec<(TcpListener, SocketAddr)>,
    /// The redirect address.
    uri: String,
    path: String,
    state: SecretString,
}

impl Loopback {
    /// Opens the port before the return address is known elsewhere, so the browser can't come too early.
    pub(super) async fn open(redirect: Redirect<'_>) -> Result<Self, NoPort> {
        let listeners = match redirect.host {
            RedirectHost::Address => vec![bind(Ipv4Addr::LOCALHOST.into(), redirect.port).await?],
            RedirectHost::Localhost => bind_both(redirect.port).await?,
        };
        let address = listeners.first().map(|(_, address)| *address).ok_or_else(NoPort::none)?;
        let origin = match redirect.host {
            RedirectHost::Address => format!("http://{address}"),
            RedirectHost::Localhost => format!("http://localhost:{}", address.port()),
        };
        // Providers compare the whole text, and some register such an address without the slash.
        let uri = if redirect.path == "/" { origin } else { format!("{origin}{}", redirect.path) };
        let state = CsrfToken::new_random_len(32).secret().as_str().into();
        Ok(Self { listeners, uri, path: redirect.path.to_owned(), state })
    }

    /// The address that the browser must return to.
    pub(super) fn redirect_uri(&self) -> String {
        self.uri.clone()
    }

    /// The state that the browser must bring back. Only the browser gets it.
    pub(super) fn state(&self) -> &str {
        self.state.expose_secret()
    }

    /// Waits until the browser returns, lets `finish` turn the answer into a proof, then tells the person in the
    /// browser. `finish` returns the proof and the person's name. `caution` gets a word about each visit that may have
    /// been the browser's and didn't count.
    pub(super) async fn wait<T, E>(
        self,
        identity: &IdentityName,
        caution: &(dyn Fn(Caution) + Send + Sync),
        finish: impl AsyncFnOnce(&Arrival) -> Result<(T, String), E>,
    ) -> Result<T, E>
    where
        Problem: for<'a> From<&'a E>,
    {
        let (sender, mut arrivals) = mpsc::channel(1);
        let (turned_away, mut cautions) = mpsc::channel(MOST_CAUTIONS);
        let taken = AtomicBool::new(false);
        let Self { listeners, uri, path, state } = self;
        let door = Door { uri, path, state, taken, arrivals: sender, turned_away };
        let mut door = Box::pin(door.serve(listeners));
        let arrival = loop {
            tokio::select! {
                Some(arrival) = arrivals.recv() => break arrival,
                Some(word) = cautions.recv() => caution(word),
                never = &mut door => match never {},
            }
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
        arrival.show(html).await;
        result.map(|(proof, _)| proof)
    }
}

async fn bind(ip: IpAddr, port: Option<u16>) -> Result<(TcpListener, SocketAddr), NoPort> {
    let failed = |source: io::Error| NoPort::Failed { why: source.to_string() };
    let listener = TcpListener::bind((ip, port.unwrap_or(0))).await.map_err(|source| match (port, source.kind()) {
        (Some(port), io::ErrorKind::AddrInUse) => NoPort::InUse { ip, port },
        _ => failed(source),
    })?;
    local_server::let_many_wait(&listener).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// The same port at both addresses that browsers know as `localhost`. If another program could have one of them, it
/// would get the answer.
async fn bind_both(port: Option<u16>) -> Result<Vec<(TcpListener, SocketAddr)>, NoPort> {
    let mut last = NoPort::none();
    for _ in 0..MOST_PORTS {
        let first = bind(Ipv4Addr::LOCALHOST.into(), port).await?;
        match bind(Ipv6Addr::LOCALHOST.into(), Some(first.1.port())).await {
            Ok(second) => return Ok(vec![first, second]),
            Err(taken @ NoPort::InUse { .. }) if port.is_some() => return Err(taken),
            Err(taken @ NoPort::InUse { .. }) => last = taken,
            // This machine has no `::1`, so no program can have it.
            Err(NoPort::Failed { .. }) => return Ok(vec![first]),
        }
    }
    Err(last)
}

/// Why the port can't be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPort {
    /// The fixed port is taken.
    #[error("port {port} on {ip}, which this identity's redirect_port names, is in use by another program")]
    InUse {
        /// The loopback address.
        ip: IpAddr,
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

impl NoPort {
    fn none() -> Self {
        Self::Failed { why: "no address is free".to_owned() }
    }
}

impl From<&NoPort> for Problem {
    fn from(error: &NoPort) -> Self {
        let problem = |kind, code: ProblemCode| Problem::new(kind, code, error.to_string());
        match error {
            NoPort::InUse { port, .. } => problem(ProblemKind::Failed, ProblemCode::PortInUse).hint(format!(
                "stop the program that uses port {port}, or change redirect_port, here and at the provider"
            )),
            NoPort::Failed { .. } => problem(ProblemKind::Failed, ProblemCode::NoLoopbackPort)
                .hint("check that 127.0.0.1 is up on this machine"),
        }
    }
}

/// The provider's answer to the sign-in, and the browser that waits for ours.
pub(super) struct Arrival {
    pub(super) outcome: Outcome,
    /// `iss` of the answer (RFC 9207).
    pub(super) issuer: Option<String>,
    page: oneshot::Sender<String>,
    visit: Visit,
}

/// What the provider answered (OpenID Connect Core, 3.1.2.5 and 3.1.2.6).
pub(super) enum Outcome {
    Code(SecretString),
    Error { error: String, description: Option<String> },
}

impl Arrival {
    /// Shows the person a page. If the browser is already gone, that isn't an error, because the sign-in counts either
    /// way.
    async fn show(self, html: String) {
        if self.page.send(html).is_ok() {
            self.visit.written().await;
        }
    }
}

struct Door {
    /// The redirect address.
    uri: String,
    path: String,
    state: SecretString,
    taken: AtomicBool,
    arrivals: mpsc::Sender<Arrival>,
    turned_away: mpsc::Sender<Caution>,
}

impl Door {
    /// Answers connections until it is dropped. The one request that counts is sent to `arrivals`.
    async fn serve(self, listeners: Vec<(TcpListener, SocketAddr)>) -> Infallible {
        let door = Arc::new(self);
        let mut serving = tokio::task::JoinSet::new();
        for (listener, address) in listeners {
            serving.spawn(Arc::clone(&door).serve_one(listener, address));
        }
        loop {
            match serving.join_next().await {
                Some(Ok(never)) => match never {},
                // One that panicked answers no more. The person can cancel, and the sign-in ends in time.
                Some(Err(_)) => {}
                None => std::future::pending().await,
            }
        }
    }

    async fn serve_one(self: Arc<Self>, listener: TcpListener, address: SocketAddr) -> Infallible {
        let check = PeerCheck::of_listener(address);
        let (door, uri, turned_away) = (Arc::clone(&self), self.uri.clone(), self.turned_away.clone());
        let handle = move |request: Request<Incoming>, visit| {
            let door = Arc::clone(&door);
            async move { door.receive(address, &request, visit).await }
        };
        let unheard = move |why: Unheard| drop(turned_away.try_send(refused::unheard(why, &uri)));
        local_server::serve(listener, check, handle, unheard).await
    }

    async fn receive(&self, address: SocketAddr, request: &Request<impl Sized>, visit: Visit) -> Response<String> {
        let refused = match self.judge(address, request) {
            Ok((outcome, issuer)) if !self.taken.swap(true, Ordering::AcqRel) => {
                visit.keep();
                let (page, shown) = oneshot::channel();
                // The receiver is gone only when the sign-in is over.
                let _ = self.arrivals.send(Arrival { outcome, issuer, page, visit }).await;
                match shown.await {
                    Ok(page) => return local_server::html(StatusCode::OK, page),
                    Err(_) => Refused::TooLate,
                }
            }
            Ok(_) => Refused::AlreadyTaken,
            Err(refused) => refused,
        };
        tracing::debug!(?refused, "a request to the sign-in's callback was turned away");
        if let Some(caution) = refused.caution(&self.uri, request.uri().path() == self.path) {
            let _ = self.turned_away.try_send(caution);
        }
        refused.answer()
    }

    fn judge(&self, address: SocketAddr, request: &Request<impl Sized>) -> Result<(Outcome, Option<String>), Refused> {
        local_server::is_for_us(address, request).map_err(Refused::NotForUs)?;
        let query = request.uri().query().unwrap_or_default().as_bytes();
        if request.uri().path() != self.path {
            let brings_the_state =
                url::form_urlencoded::parse(query).any(|(name, value)| name == "state" && self.is_ours(&value));
            return Err(Refused::WrongPath { came_to: brings_the_state.then(|| request.uri().path().to_owned()) });
        }
        if request.method() != Method::GET {
            return Err(Refused::WrongMethod);
        }
        let mut fields = HashMap::new();
        for (name, value) in url::form_urlencoded::parse(query) {
            // RFC 6749, 3.1: parameters must not be included more than once.
            if fields.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(Refused::Repeated);
            }
        }
        let state = fields.get("state").map(String::as_str).unwrap_or_default();
        if !self.is_ours(state) {
            return Err(Refused::WrongState { has_an_answer: !query.is_empty() });
        }
        let issuer = fields.remove("iss");
        if !fields.contains_key("error")
            && let Some(code) = fields.remove("code").filter(|code| !code.is_empty())
        {
            return Ok((Outcome::Code(code.into()), issuer));
        }
        error_of(&mut fields).map(|error| (error, issuer)).ok_or(Refused::NoCode)
    }

    fn is_ours(&self, state: &str) -> bool {
        state.as_bytes().ct_eq(self.state.expose_secret().as_bytes()).into()
    }
}

/// Why a code isn't available (RFC 6749, 4.1.2.1). Facebook sends `error_code` and `error_message` when an application
/// isn't set up as it should be, and others have names of their own.
fn error_of(fields: &mut HashMap<String, String>) -> Option<Outcome> {
    let mut first = |names: &[&str]| names.iter().find_map(|name| fields.remove(*name).filter(|text| !text.is_empty()));
    let error = first(&["error", "error_code", "errorCode", "error_type", "error_reason"]);
    let description = first(&["error_description", "error_message", "errorMessage", "error_msg", "error_reason"]);
    match (error, description) {
        (None, None) => None,
        (Some(error), description) => Some(Outcome::Error { error, description }),
        (None, description) => Some(Outcome::Error { error: "an error".to_owned(), description }),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ANSWER: &str = "/callback?state=S&code=C";

    fn judged(target: &str) -> Option<Result<(Outcome, Option<String>), Refused>> {
        let ((arrivals, _), (turned_away, _)) = (mpsc::channel(1), mpsc::channel(1));
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 7));
        let (uri, path, state) = ("http://127.0.0.1:7/callback".into(), "/callback".into(), "S".into());
        let door = Door { uri, path, state, taken: AtomicBool::new(false), arrivals, turned_away };
        let request = Request::builder().uri(target).header("host", "127.0.0.1:7").body(()).ok()?;
        Some(door.judge(address, &request))
    }

    #[test]
    fn an_error_by_any_name_is_an_answer() {
        for (query, error, description) in [
            ("error=access_denied&error_description=no", "access_denied", Some("no")),
            ("error=access_denied&code=x", "access_denied", None),
            ("error_code=1349048&error_message=Can%27t+load+URL", "1349048", Some("Can't load URL")),
            ("error_message=no", "an error", Some("no")),
            ("error_reason=user_denied", "user_denied", None),
            ("error=&error_description=no", "an error", Some("no")),
        ] {
            let judged = judged(&format!("/callback?state=S&{query}")).unwrap();
            let Ok((Outcome::Error { error: found, description: said }, None)) = judged else { panic!("{query}") };
            assert_eq!((found.as_str(), said.as_deref()), (error, description), "{query}");
        }
        for query in ["", "error=", "code=", "message=no", "session_state=1"] {
            let judged = judged(&format!("/callback?state=S&{query}")).unwrap();
            assert!(matches!(judged, Err(Refused::NoCode)), "{query}");
        }
        let code = judged("/callback?state=S&code=C&error_code=1").unwrap().unwrap().0;
        assert!(matches!(code, Outcome::Code(code) if code.expose_secret() == "C"));
    }

    #[test]
    fn a_visit_that_may_have_been_the_browsers_is_told_and_others_are_not() {
        const URI: &str = "http://127.0.0.1:7/callback";
        let told = |target: &str| {
            let refused = judged(target).unwrap().err().unwrap();
            refused.caution(URI, target.starts_with("/callback"))
        };
        for target in ["/favicon.ico", "/other?state=T&code=x", "/other?code=x", "/?state="] {
            assert_eq!(told(target), None, "{target}");
        }
        for (target, words) in [
            ("/other?state=S&code=x", "/other"),
            ("/callback?state=SECRET&code=SECRET", "another sign-in"),
            ("/callback", "without an answer"),
            ("/callback?state=S", "neither a code nor an error"),
            ("/callback?state=S&code=SECRET&code=SECRET", "twice"),
        ] {
            let caution = told(target).unwrap();
            assert!(caution.message.contains(words) && !format!("{caution:?}").contains("SECRET"), "{caution:?}");
        }
    }

    proptest! {
        #[test]
        fn any_program_may_knock(target in "/[ -~]{0,200}") {
            prop_assert!(judged(&target).is_none_or(|judged| judged.is_err()));
        }

        #[test]
        fn no_damage_to_an_answer_can_hurt(at in 0..ANSWER.len(), cut in 0..ANSWER.len(), byte in 1_u8..128) {
            prop_assert!(judged(ANSWER).unwrap().is_ok());
            let mut target = ANSWER.as_bytes().to_vec();
            target[at] = byte;
            target.truncate(ANSWER.len() - cut);
            let _ = judged(std::str::from_utf8(&target).unwrap());
        }
    }
}
