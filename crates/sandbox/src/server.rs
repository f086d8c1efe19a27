//! The listener, its routes, and the middleware for every request.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderValue, StatusCode, header, uri::Authority};
use serde_json::Value;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use url::Url;

use crate::{
    CLIENT_ID, Entry, IamUser, Knobs, Options, SandboxError,
    aws::{self, EncodedMessages, ForeignIssuers, GivenAliases, HeldKeys, Revocations, SigninTokens, UsedCodes},
    common::Common,
    console_sign_in::{self, ConsoleSignIn},
    identity_center::{self, IdentityCenter},
    journal::{Journal, Trace},
    knobs::Panel,
    oidc::{self, Provider},
    saml::{self, IdentityProvider},
    world::World,
};

const CONSOLE: &str = "federation-host";
/// More than the largest request that AWS accepts for these actions.
const MAX_BODY_BYTES: usize = 256 * 1024;
/// How long [`Sandbox::stop`] waits for requests in progress.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

/// A running sandbox. It runs until it is stopped or dropped.
pub struct Sandbox {
    common: Arc<Common>,
    base: Url,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl Sandbox {
    /// Starts a sandbox. It is listening when this returns.
    ///
    /// # Errors
    /// [`SandboxError`] if the port is taken, or if accounts, roles or knobs are invalid.
    pub async fn start(options: Options) -> Result<Self, SandboxError> {
        let Options { port, knobs, accounts, people, users, trusted_issuers, clock } = options;
        knobs.check()?;
        let world = World::new(accounts, people, users)?;
        let issuers = ForeignIssuers::new(trusted_issuers)?;
        let refused = |source| SandboxError::Listen { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(refused)?;
        let authority = listener.local_addr().map_err(refused)?;
        // Finding primes takes a moment, so don't do it on the runtime's own threads.
        let provider =
            tokio::task::spawn_blocking(Provider::new).await.map_err(|e| SandboxError::SigningKey(e.to_string()))??;
        #[allow(clippy::expect_used, reason = "a socket address after http:// is a URL")]
        let base = Url::parse(&format!("http://{authority}/")).expect("a socket address makes a URL");
        let (stop, stopping) = watch::channel(false);
        let common = Arc::new(Common {
            base: base.to_string(),
            issuer: format!("http://{authority}/oidc"),
            start_url: format!("http://{authority}/start"),
            world,
            panel: Panel::new(knobs),
            journal: Journal::default(),
            clock,
            stopping,
        });
        let until_stopped = {
            let common = Arc::clone(&common);
            async move { common.stopped().await }
        };
        let app = router(&common, Arc::new(provider), issuers);
        let serving = tokio::spawn(async move {
            let served = axum::serve(listener, app).with_graceful_shutdown(until_stopped).await;
            if let Err(error) = served {
                tracing::warn!(%error, "the sandbox stopped listening");
            }
        });
        Ok(Self { common, base, stop, serving })
    }

    /// The STS endpoint, for `AWS_ENDPOINT_URL_STS`: `http://127.0.0.1:PORT/`.
    pub fn base_url(&self) -> Url {
        self.base.clone()
    }

    /// The OpenID provider's issuer, without a trailing slash: `http://127.0.0.1:PORT/oidc`.
    pub fn issuer(&self) -> Url {
        self.below("oidc")
    }

    /// The start URL of the sandbox's IAM Identity Center: `http://127.0.0.1:PORT/start`. Both of its services are at
    /// [`Sandbox::base_url`].
    pub fn start_url(&self) -> Url {
        self.below("start")
    }

    /// Where a person signs in at the SAML provider (IdP-initiated): `http://127.0.0.1:PORT/saml/start`.
    /// AuthnRequests go to `/saml/sso`, `/saml/sign-out` forgets the person, and `/saml/metadata` is the entity ID.
    pub fn saml_start_url(&self) -> Url {
        self.below("saml/start")
    }

    /// Stands in for `https://signin.aws.amazon.com` with `/federation`, and for a region's sign-in service with `/v1`.
    pub fn signin_url(&self) -> Url {
        self.below(CONSOLE)
    }

    /// The provider's only client, which has no secret.
    pub fn client_id(&self) -> &'static str {
        CLIENT_ID
    }

    /// The user names of the people who can sign in with [`crate::PASSWORD`].
    pub fn people(&self) -> Vec<String> {
        self.common.world.people().iter().map(|person| person.username.clone()).collect()
    }

    /// The ARNs of all roles.
    pub fn roles(&self) -> Vec<String> {
        self.common.world.roles().iter().map(|placed| placed.arn.clone()).collect()
    }

    /// The IAM users with their access keys.
    pub fn users(&self) -> &[IamUser] {
        self.common.world.users()
    }

    /// The current knobs, with their counters counted down.
    pub fn knobs(&self) -> Knobs {
        self.common.panel.read()
    }

    /// Sets all knobs.
    ///
    /// # Errors
    /// [`SandboxError::Knob`] if one is out of range. Nothing changes then.
    pub fn set_knobs(&self, knobs: Knobs) -> Result<(), SandboxError> {
        self.common.panel.set(knobs)
    }

    /// The recent requests, oldest first, at most 500.
    pub fn log(&self) -> Vec<Entry> {
        self.common.journal.recent()
    }

    /// Stops listening, and waits at most 2 s for requests in progress.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if tokio::time::timeout(STOP_TIMEOUT, &mut self.serving).await.is_err() {
            self.serving.abort();
        }
    }

    fn below(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(path);
        url
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

fn router(common: &Arc<Common>, provider: Arc<Provider>, issuers: ForeignIssuers) -> Router {
    let common = || Arc::clone(common);
    let keys = Arc::new(HeldKeys::new(common().world.users(), common().clock.now()));
    let oidc = oidc::Shared { common: common(), provider: Arc::clone(&provider) };
    let saml = saml::Shared { common: common(), provider: Arc::clone(&provider), saml: IdentityProvider::default() };
    let identity_center = identity_center::Shared {
        common: common(),
        identity_center: IdentityCenter::default(),
        keys: Arc::clone(&keys),
    };
    let console_sign_in = console_sign_in::Shared {
        common: common(),
        console_path: CONSOLE,
        console: ConsoleSignIn::default(),
        keys: Arc::clone(&keys),
        provider: Arc::clone(&provider),
    };
    let aws = aws::Shared {
        common: common(),
        keys,
        provider,
        issuers,
        signin_tokens: SigninTokens::default(),
        encoded_messages: EncodedMessages::default(),
        used_codes: UsedCodes::default(),
        aliases: GivenAliases::default(),
        revocations: Revocations::default(),
    };
    let console_sign_in = console_sign_in::routes().with_state(Arc::new(console_sign_in));
    let console = Router::new()
        .route("/federation", get(aws::federation).post(aws::federation))
        .route("/oauth", get(aws::log_out))
        .route("/saml", post(aws::choose_role));
    let aws = Router::new()
        .route("/", get(aws::query).post(aws::query))
        .route("/getAccountInformation", post(aws::account_information))
        .nest(&format!("/{CONSOLE}"), console)
        .with_state(Arc::new(aws));
    Router::new()
        .merge(aws)
        .nest("/oidc", oidc::routes().with_state(Arc::new(oidc)))
        .merge(identity_center::routes().with_state(Arc::new(identity_center)))
        .nest("/v1", console_sign_in.clone())
        .nest(&format!("/{CONSOLE}/v1"), console_sign_in)
        .nest("/saml", saml::routes().with_state(Arc::new(saml)))
        .route("/_sandbox/knobs", get(show_knobs).put(replace_knobs).patch(turn_knobs))
        .route("/_sandbox/log", get(show_log))
        .fallback(aws::not_found)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn_with_state(common(), serve_request))
        .with_state(common())
}

/// Refuses other hosts, waits for the configured latency, sets the `Date` header and writes the journal.
async fn serve_request(State(common): State<Arc<Common>>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
    let for_us = path.starts_with("/_sandbox/");
    let mut response = if is_for_loopback(&request) {
        if !for_us {
            let latency = Duration::from_millis(common.panel.read().latency_ms);
            tokio::select! {
                () = tokio::time::sleep(latency) => {}
                () = common.stopped() => {}
            }
        }
        next.run(request).await
    } else {
        let why = "The sandbox answers only requests to 127.0.0.1, localhost and [::1].\n";
        (StatusCode::MISDIRECTED_REQUEST, why).into_response()
    };
    let at = common.now();
    let date = at.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = HeaderValue::from_str(&date) {
        response.headers_mut().insert(header::DATE, date);
    }
    if !for_us {
        let status = response.status();
        let trace = response.extensions_mut().remove::<Trace>().unwrap_or_default();
        let otherwise = || status.canonical_reason().unwrap_or("unknown").to_ascii_lowercase();
        common.journal.add(Entry {
            at,
            method,
            path: path.chars().take(200).collect(),
            action: trace.action,
            outcome: trace.outcome.unwrap_or_else(otherwise),
            status: status.as_u16(),
            request_id: trace.request_id,
            access_key_id: trace.access_key_id,
        });
    }
    response
}

/// Detects DNS rebinding. A foreign page whose name resolves to 127.0.0.1 still sends its own name as `Host`.
fn is_for_loopback(request: &Request) -> bool {
    request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .and_then(|host| host.parse::<Authority>().ok())
        .is_some_and(|host| matches!(host.host(), "127.0.0.1" | "localhost" | "[::1]"))
}

async fn show_knobs(State(common): State<Arc<Common>>) -> Json<Knobs> {
    Json(common.panel.read())
}

/// `PUT` sets all knobs. Omitted ones return to their defaults.
async fn replace_knobs(State(common): State<Arc<Common>>, Json(knobs): Json<Value>) -> Response {
    set(&common, knobs)
}

/// `PATCH` sets some knobs. Omitted ones stay as they are (RFC 7396).
async fn turn_knobs(State(common): State<Arc<Common>>, Json(turned): Json<Value>) -> Response {
    let (Ok(Value::Object(mut knobs)), Value::Object(turned)) = (serde_json::to_value(common.panel.read()), turned)
    else {
        return (StatusCode::UNPROCESSABLE_ENTITY, "Send a JSON object.\n").into_response();
    };
    knobs.extend(turned);
    set(&common, Value::Object(knobs))
}

fn set(common: &Common, knobs: Value) -> Response {
    let refused = |why: String| (StatusCode::UNPROCESSABLE_ENTITY, why + "\n").into_response();
    let knobs: Knobs = match serde_json::from_value(knobs) {
        Ok(knobs) => knobs,
        Err(error) => return refused(error.to_string()),
    };
    match common.panel.set(knobs) {
        Ok(()) => Json(common.panel.read()).into_response(),
        Err(error) => refused(error.to_string()),
    }
}

async fn show_log(State(common): State<Arc<Common>>) -> Json<Vec<Entry>> {
    Json(common.journal.recent())
}
