//! The endpoint itself: one port on loopback, one token, one document.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use daypass_core::problem::{Problem, ProblemKind};
use daypass_deliver::container::ContainerCredentials;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use rand::RngCore as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use subtle::ConstantTimeEq as _;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::fresh::Fresh;

/// Names the endpoint to the SDKs and the AWS CLI.
pub const URI_VARIABLE: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

/// Has the token that they send as `Authorization`.
pub const TOKEN_VARIABLE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";

const PATH: &str = "/credentials";

/// A program that doesn't send its request's head in this time, or lets a connection rest for as long, is hung up on.
const HEAD_TIME: Duration = Duration::from_secs(30);
const HEAD_LIMIT: usize = 16 * 1024;

/// How many connections are served at once. Others wait.
const MOST_CONNECTIONS: usize = 256;

/// A port on loopback that answers with the credentials of one session.
pub struct Endpoint {
    listener: TcpListener,
    address: SocketAddr,
    token: SecretString,
}

impl Endpoint {
    /// Takes a free port, and makes a token.
    ///
    /// # Errors
    ///
    /// If the system has no free port.
    pub async fn bind() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, token: new_token() })
    }

    /// The value of [`URI_VARIABLE`].
    #[must_use]
    pub fn uri(&self) -> String {
        format!("http://{}{PATH}", self.address)
    }

    /// The value of [`TOKEN_VARIABLE`].
    #[must_use]
    pub fn token(&self) -> &SecretString {
        &self.token
    }

    /// Answers requests until it is dropped.
    pub async fn serve(self, fresh: Fresh) -> Infallible {
        let door = Arc::new(Door { address: self.address, token: self.token, fresh });
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return std::future::pending().await };
            let stream = match self.listener.accept().await {
                Ok((stream, _)) => stream,
                // Out of file descriptors, or the peer is already gone. Neither lasts.
                Err(_) => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let door = Arc::clone(&door);
            tokio::spawn(async move {
                let _place = place;
                // Answers are small and each is waited for.
                let _ = stream.set_nodelay(true);
                let service = service_fn(|request| {
                    let door = Arc::clone(&door);
                    async move { Ok::<_, Infallible>(door.answer(&request).await) }
                });
                let mut server = http1::Builder::new();
                server.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(HEAD_LIMIT);
                if let Err(error) = server.serve_connection(TokioIo::new(stream), service).await {
                    tracing::debug!(%error, "a connection to the credentials endpoint ended early");
                }
            });
        }
    }
}

struct Door {
    address: SocketAddr,
    token: SecretString,
    fresh: Fresh,
}

impl Door {
    async fn answer(&self, request: &Request<Incoming>) -> Response<String> {
        if let Err(refused) = self.admit(request) {
            return refused;
        }
        match self.fresh.credentials().await {
            Ok(credentials) => json(StatusCode::OK, &ContainerCredentials::from(credentials)),
            Err(problem) => refusal(&problem),
        }
    }

    fn admit(&self, request: &Request<Incoming>) -> Result<(), Response<String>> {
        if !self.is_named_by(request) {
            return Err(turned_away(
                StatusCode::MISDIRECTED_REQUEST,
                "WrongHost",
                "this isn't the address you asked for",
            ));
        }
        let mut tokens = request.headers().get_all(header::AUTHORIZATION).iter();
        let is_right = match (tokens.next(), tokens.next()) {
            (Some(token), None) => token.as_bytes().ct_eq(self.token.expose_secret().as_bytes()).into(),
            _ => false,
        };
        if !is_right {
            let words = format!("the request needs the token in {TOKEN_VARIABLE} as its Authorization header");
            return Err(turned_away(StatusCode::UNAUTHORIZED, "WrongToken", &words));
        }
        if request.uri().path() != PATH {
            return Err(turned_away(StatusCode::NOT_FOUND, "NotFound", &format!("the credentials are at {PATH}")));
        }
        if request.method() != Method::GET {
            return Err(turned_away(StatusCode::METHOD_NOT_ALLOWED, "WrongMethod", "send a GET request"));
        }
        Ok(())
    }

    /// Whether the request is for this port by its one Host.
    fn is_named_by(&self, request: &Request<Incoming>) -> bool {
        let mut hosts = request.headers().get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
        let ours = [self.address.to_string(), format!("localhost:{}", self.address.port())];
        ours.iter().any(|name| host.as_bytes().eq_ignore_ascii_case(name.as_bytes()))
    }
}

/// What SDKs show of an answer that isn't credentials.
#[derive(Serialize)]
struct Refusal<'a> {
    code: &'a str,
    message: &'a str,
}

/// The problem in the words that the SDK shows. They ask again after 5xx, which helps only where waiting does.
fn refusal(problem: &Problem) -> Response<String> {
    let status = match problem.kind {
        ProblemKind::Passing => StatusCode::SERVICE_UNAVAILABLE,
        ProblemKind::NeedsSignIn => StatusCode::UNAUTHORIZED,
        ProblemKind::NotFound => StatusCode::NOT_FOUND,
        ProblemKind::Refused => StatusCode::FORBIDDEN,
        ProblemKind::Invalid | ProblemKind::Cancelled | ProblemKind::Failed => StatusCode::BAD_REQUEST,
    };
    let hint = problem.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
    turned_away(status, &problem.code.to_string(), &format!("Daypass: {}{hint}", problem.message))
}

fn turned_away(status: StatusCode, code: &str, message: &str) -> Response<String> {
    json(status, &Refusal { code, message })
}

fn json(status: StatusCode, body: &impl Serialize) -> Response<String> {
    let (status, body) = match serde_json::to_string(body) {
        Ok(body) => (status, body),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, "{}".to_owned()),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// 256 bits that can't be guessed.
fn new_token() -> SecretString {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    rand::rngs::OsRng.fill_bytes(&mut *bytes);
    SecretString::from(URL_SAFE_NO_PAD.encode(*bytes))
}
