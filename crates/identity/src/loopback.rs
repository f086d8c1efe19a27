//! The loopback address that the browser returns to (RFC 8252, section 7.3). Every program on the machine can connect
//! to it, so only one request counts.
//!
//! Where the system tells whose program connects, those of other users are turned away before they say anything
//! ([`crate::peer_user`]). The request must be a GET of the one path with our Host and the state that only the browser was
//! told. Everything else gets a short 4xx page and changes nothing, so no other user's program can end, fill or stall a
//! sign-in ([`crate::local_server`]).

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hyper::{Method, Request, Response, StatusCode};
use oauth2::CsrfToken;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use super::page;
use crate::local_server::{self, Visit};
use crate::peer_user::PeerCheck;
use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

/// An open port that waits for the browser of one sign-in. Dropping it closes the port.
pub(super) struct Loopback {
    listener: TcpListener,
    address: SocketAddr,
    path: String,
    state: SecretString,
}

impl Loopback {
    /// Opens the port before the return address is known elsewhere, so the browser can't come too early. Uses a free
    /// port unless one is given.
    pub(super) async fn open(port: Option<u16>, path: &str) -> Result<Self, NoPort> {
        let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0))).await;
        let listener = bound.map_err(|source| match (port, source.kind()) {
            (Some(port), io::ErrorKind::AddrInUse) => NoPort::InUse { port },
            _ => NoPort::Failed { why: source.to_string() },
        })?;
        local_server::let_many_wait(&listener).map_err(|source| NoPort::Failed { why: source.to_string() })?;
        let address = listener.local_addr().map_err(|source| NoPort::Failed { why: source.to_string() })?;
        let state = CsrfToken::new_random_len(32).secret().as_str().into();
        Ok(Self { listener, address, path: path.to_owned(), state })
    }

    /// The address that the browser must return to.
    pub(super) fn redirect_uri(&self) -> String {
        format!("http://{}{}", self.address, self.path)
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
        let taken = AtomicBool::new(false);
        let door = Door { address: self.address, path: self.path, state: self.state, taken, arrivals: sender };
        let mut door = Box::pin(door.serve(self.listener));
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
        arrival.show(html).await;
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
    address: SocketAddr,
    path: String,
    state: SecretString,
    taken: AtomicBool,
    arrivals: mpsc::Sender<Arrival>,
}

impl Door {
    /// Answers connections until it is dropped. The one request that counts is sent to `arrivals`.
    async fn serve(self, listener: TcpListener) -> Infallible {
        let check = PeerCheck::of_listener(self.address);
        let door = Arc::new(self);
        local_server::serve(listener, check, move |request, visit| {
            let door = Arc::clone(&door);
            async move { door.receive(&request, visit).await }
        })
        .await
    }

    async fn receive(&self, request: &Request<impl Sized>, visit: Visit) -> Response<String> {
        let refused = match self.judge(request) {
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
        refused.answer()
    }

    fn judge(&self, request: &Request<impl Sized>) -> Result<(Outcome, Option<String>), Refused> {
        local_server::is_for_us(self.address, request).map_err(Refused::NotForUs)?;
        if request.uri().path() != self.path {
            return Err(Refused::WrongPath);
        }
        if request.method() != Method::GET {
            return Err(Refused::WrongMethod);
        }
        let mut fields = HashMap::new();
        for (name, value) in url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()) {
            // RFC 6749, 3.1: parameters must not be included more than once.
            if fields.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(Refused::Repeated);
            }
        }
        let state = fields.get("state").map(String::as_str).unwrap_or_default();
        if !bool::from(state.as_bytes().ct_eq(self.state.expose_secret().as_bytes())) {
            return Err(Refused::WrongState);
        }
        let issuer = fields.remove("iss");
        if let Some(error) = fields.remove("error") {
            return Ok((Outcome::Error { error, description: fields.remove("error_description") }, issuer));
        }
        match fields.remove("code") {
            Some(code) if !code.is_empty() => Ok((Outcome::Code(code.into()), issuer)),
            _ => Err(Refused::NoCode),
        }
    }
}

/// Why a request is not the expected one.
#[derive(Debug)]
enum Refused {
    NotForUs(Response<String>),
    WrongPath,
    WrongMethod,
    Repeated,
    WrongState,
    NoCode,
    AlreadyTaken,
    TooLate,
}

impl Refused {
    fn answer(self) -> Response<String> {
        let (status, words) = match self {
            Self::NotForUs(answer) => return answer,
            Self::WrongPath => (StatusCode::NOT_FOUND, "There is nothing at this address."),
            Self::WrongMethod => (StatusCode::METHOD_NOT_ALLOWED, "This address only accepts GET requests."),
            Self::Repeated => return local_server::not_understood(),
            Self::WrongState => (
                StatusCode::FORBIDDEN,
                "This is not the answer that Daypass is waiting for. Go back to Daypass and sign in from there.",
            ),
            Self::NoCode => (StatusCode::BAD_REQUEST, "The identity provider's answer is incomplete."),
            Self::AlreadyTaken => {
                (StatusCode::CONFLICT, "This answer was already received. You can close this window.")
            }
            Self::TooLate => (StatusCode::GONE, "This sign-in has ended. Go back to Daypass and sign in from there."),
        };
        local_server::refusal(status, words)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ANSWER: &str = "/callback?state=S&code=C";

    fn judged(target: &str) -> Option<Result<(Outcome, Option<String>), Refused>> {
        let (arrivals, _) = mpsc::channel(1);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 7));
        let door =
            Door { address, path: "/callback".into(), state: "S".into(), taken: AtomicBool::new(false), arrivals };
        let request = Request::builder().uri(target).header("host", "127.0.0.1:7").body(()).ok()?;
        Some(door.judge(&request))
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
