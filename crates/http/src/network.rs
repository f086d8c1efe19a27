//! How requests reach other machines: through which proxy, and which certificates are trusted. One [`Network`] serves
//! every request of a process, also those of the AWS SDK, and follows `config.toml`.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderMap;
use rustls::{ClientConfig, RootCertStore};
use secrecy::ExposeSecret;
use url::Url;

use super::address::{bare, is_loopback};
use super::ca_bundle::CaBundle;
use super::error::HttpError;
use super::system_answer::SystemAnswer;
use super::system_proxy::SystemProxy;
use super::trouble::{ProxyTrouble, Trouble, Unanswered, causes};
use daypass_core::digest;
use daypass_core::problem::Problem;
use daypass_core::proxy::{NetworkVariables, PageProxies, Proxy, ProxyAddress, ProxyScheme, ProxySignIn};
use daypass_core::settings::{Config, ConfigSource, ProxySetting};

/// Discovery documents, key sets and token answers have a few kilobytes. Anything longer is something else.
pub const BODY_LIMIT: usize = 1 << 20;

/// What the vault keeps for the network.
pub trait NetworkVault: Send + Sync {
    /// What you typed for a proxy.
    ///
    /// # Errors
    ///
    /// A vault that doesn't open.
    fn sign_in(&self, proxy: &ProxyAddress) -> Result<Option<ProxySignIn>, Problem>;

    /// Whether you confirmed that this content ([`CaBundle::digest`]) of `network.ca_file` is trusted. Someone who can
    /// change a shared `config.toml` could otherwise pose as every server.
    ///
    /// # Errors
    ///
    /// A vault that doesn't open.
    fn trusts(&self, digest: &str) -> Result<bool, Problem>;
}

/// A vault without anything for the network.
pub struct NothingKept;

impl NetworkVault for NothingKept {
    fn sign_in(&self, _proxy: &ProxyAddress) -> Result<Option<ProxySignIn>, Problem> {
        Ok(None)
    }

    fn trusts(&self, _digest: &str) -> Result<bool, Problem> {
        Ok(false)
    }
}

/// How this process reaches other machines. Clones share everything.
#[derive(Clone)]
pub struct Network(Arc<Inner>);

struct Inner {
    variables: NetworkVariables,
    config: Arc<dyn ConfigSource>,
    vault: Arc<dyn NetworkVault>,
    system: SystemProxy,
    /// The system's certificates, and the first reason why there are none. They take milliseconds to load.
    roots: OnceLock<(RootCertStore, Option<String>)>,
    clients: Mutex<HashMap<ClientKey, reqwest::Client>>,
}

/// What tells clients apart.
#[derive(PartialEq, Eq, Hash)]
struct ClientKey {
    limits: Limits,
    /// Digests of what is trusted besides the system's certificates; `None` without TLS.
    trust: Option<String>,
    /// A digest of the proxy's whole URL.
    proxy: Option<String>,
}

/// How long requests may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limits {
    /// 10 s to connect, 30 s in total with the body.
    Request,
    /// 3.1 s to connect, as in the AWS SDKs: a TCP handshake is repeated after 1 s and 3 s, so that allows for two lost
    /// packets. The SDK limits the whole.
    Sdk,
}

impl Limits {
    fn connect(self) -> Duration {
        match self {
            Self::Request => Duration::from_secs(10),
            Self::Sdk => Duration::from_millis(3_100),
        }
    }

    fn total(self) -> Option<Duration> {
        match self {
            Self::Request => Some(Duration::from_secs(30)),
            Self::Sdk => None,
        }
    }
}

/// The way to a server.
#[derive(Debug, Clone)]
pub enum Route {
    /// Straight.
    Direct(Direct),
    /// Through a proxy.
    Proxy {
        /// Which.
        proxy: Proxy,
        /// Who names it.
        named: Named,
        /// Whether the vault has the user name and password for it.
        is_kept: bool,
    },
}

/// Why no proxy is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Direct {
    /// A proxy can't reach this machine, and mustn't see what is meant for it.
    ThisMachine,
    /// This entry of `NO_PROXY` or of `network.no_proxy`.
    NoProxy(String),
    /// `network.proxy` is `none`.
    SwitchedOff,
    /// No proxy is named.
    NoneNamed,
    /// The system says so, as a PAC script may for some hosts.
    System,
    /// The system can't be asked, for this reason.
    SystemUnknown(String),
}

impl fmt::Display for Direct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ThisMachine => f.write_str("its address is on this machine"),
            Self::NoProxy(entry) => write!(f, "{entry} is in NO_PROXY or network.no_proxy"),
            Self::SwitchedOff => f.write_str("network.proxy is none"),
            Self::NoneNamed => f.write_str("no proxy is named for it"),
            Self::System => f.write_str("the system's settings name no proxy for it"),
            Self::SystemUnknown(why) => write!(f, "the system's settings can't be read, because {why}"),
        }
    }
}

/// Who names a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// This variable.
    Variable(&'static str),
    /// `network.proxy` in `config.toml`.
    Config,
    /// The system's settings.
    System,
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => f.write_str(name),
            Self::Config => f.write_str("network.proxy in config.toml"),
            Self::System => f.write_str("the system's settings"),
        }
    }
}

/// A complete answer, as it came.
pub struct Received {
    /// HTTP status code.
    pub status: u16,
    /// The header.
    pub headers: HeaderMap,
    /// The body, at most [`BODY_LIMIT`] bytes. It may contain tokens.
    pub body: Vec<u8>,
    /// Whether more would have come.
    pub is_cut: bool,
}

impl Network {
    /// The network as variables, `config.toml` and the vault describe it. Nothing is read yet.
    #[must_use]
    pub fn new(variables: NetworkVariables, config: Arc<dyn ConfigSource>, vault: Arc<dyn NetworkVault>) -> Self {
        Self(Arc::new(Inner {
            variables,
            config,
            vault,
            system: SystemProxy::default(),
            roots: OnceLock::new(),
            clients: Mutex::default(),
        }))
    }

    /// The network without any settings.
    #[must_use]
    pub fn plain() -> Self {
        Self::new(NetworkVariables::default(), Arc::new(Config::default()), Arc::new(NothingKept))
    }

    /// Whether the settings can be used at all; without TLS, certificates don't matter.
    ///
    /// # Errors
    ///
    /// [`HttpError`] about the variables, the files of certificates or the vault.
    pub fn check(&self, tls: bool) -> Result<(), HttpError> {
        if self.0.config.current().network.proxy == ProxySetting::Environment {
            self.0.variables.check().map_err(|(variable, why)| HttpError::BadProxy { variable, why })?;
        }
        if tls { self.trust(None).map(drop) } else { Ok(()) }
    }

    /// What a TLS connection trusts: the system's certificates, those of `AWS_CA_BUNDLE` and `network.ca_file`, and
    /// `own`.
    ///
    /// # Errors
    ///
    /// [`HttpError`] about the files, or the system's certificates.
    pub fn trust(&self, own: Option<&CaBundle>) -> Result<ClientConfig, HttpError> {
        let bundles = self.bundles()?;
        self.trusting(bundles.iter().chain(own))
    }

    /// The files of certificates that are trusted for every connection.
    ///
    /// # Errors
    ///
    /// [`HttpError`] about the files, or the vault.
    pub fn bundles(&self) -> Result<Vec<CaBundle>, HttpError> {
        let variable = self.0.variables.ca_bundle.as_deref().map(CaBundle::read).transpose()?;
        let config = self.0.config.current();
        let Some(file) = &config.network.ca_file else { return Ok(variable.into_iter().collect()) };
        let bundle = CaBundle::read(file.path())?;
        match self.0.vault.trusts(bundle.digest()).map_err(HttpError::Vault)? {
            true => Ok(variable.into_iter().chain([bundle]).collect()),
            false => Err(HttpError::Unconfirmed { path: file.path().to_owned() }),
        }
    }

    fn trusting<'a>(&self, bundles: impl Iterator<Item = &'a CaBundle>) -> Result<ClientConfig, HttpError> {
        let (system, trouble) = self.0.roots.get_or_init(system_roots);
        let mut roots = system.clone();
        for bundle in bundles {
            bundle.add_to(&mut roots)?;
        }
        if roots.is_empty() {
            let why = trouble.clone().unwrap_or_else(|| "no certificates to trust".to_owned());
            return Err(HttpError::Setup { why });
        }
        tls(roots)
    }

    /// The way to a server.
    ///
    /// # Errors
    ///
    /// [`HttpError`] if what names the proxy can't be read.
    pub async fn route(&self, url: &Url) -> Result<Route, HttpError> {
        let config = self.0.config.current();
        let settings = &config.network;
        if is_loopback(url) {
            return Ok(Route::Direct(Direct::ThisMachine));
        }
        if settings.proxy == ProxySetting::None {
            return Ok(Route::Direct(Direct::SwitchedOff));
        }
        let exceptions = self.0.variables.no_proxy.iter().chain(&settings.no_proxy);
        if let Some(entry) = exceptions.into_iter().find(|entry| entry.covers(url)) {
            return Ok(Route::Direct(Direct::NoProxy(entry.to_string())));
        }
        let (proxy, named) = match &settings.proxy {
            ProxySetting::Address(address) => (Proxy { address: address.clone(), sign_in: None }, Named::Config),
            ProxySetting::Environment if self.0.variables.name_a_proxy() => {
                match self.0.variables.for_scheme(url.scheme()) {
                    Some(variable) => {
                        let bad = |why| HttpError::BadProxy { variable: variable.name, why };
                        (variable.proxy().map_err(bad)?, Named::Variable(variable.name))
                    }
                    None => return Ok(Route::Direct(Direct::NoneNamed)),
                }
            }
            ProxySetting::Environment | ProxySetting::System | ProxySetting::None => match self.0.system.ask(url).await
            {
                SystemAnswer::Proxy(proxy) => (proxy, Named::System),
                SystemAnswer::Direct => return Ok(Route::Direct(Direct::System)),
                SystemAnswer::Unknown(why) => return Ok(Route::Direct(Direct::SystemUnknown(why))),
            },
        };
        let (proxy, is_kept) = self.signed_in(proxy)?;
        Ok(Route::Proxy { proxy, named, is_kept })
    }

    /// The proxies for the pages of a window.
    ///
    /// # Errors
    ///
    /// As [`Network::route`].
    pub fn for_pages(&self) -> Result<PageProxies, HttpError> {
        let (config, variables) = (self.0.config.current(), &self.0.variables);
        let (http, https) = match &config.network.proxy {
            ProxySetting::None => return Ok(PageProxies::None),
            ProxySetting::System => return Ok(PageProxies::System),
            ProxySetting::Environment if !variables.name_a_proxy() => return Ok(PageProxies::System),
            ProxySetting::Environment => {
                let named = |scheme| match variables.for_scheme(scheme) {
                    Some(variable) => {
                        let bad = |why| HttpError::BadProxy { variable: variable.name, why };
                        Ok(Some(self.signed_in(variable.proxy().map_err(bad)?)?.0))
                    }
                    None => Ok(None),
                };
                (named("http")?, named("https")?)
            }
            ProxySetting::Address(address) => {
                let proxy = self.signed_in(Proxy { address: address.clone(), sign_in: None })?.0;
                (Some(proxy.clone()), Some(proxy))
            }
        };
        let exceptions = variables.no_proxy.iter().chain(&config.network.no_proxy).cloned().collect();
        Ok(PageProxies::Named { http, https, exceptions })
    }

    /// A proxy with what the vault keeps for it, unless its URL says who you are, and whether it comes from there.
    fn signed_in(&self, proxy: Proxy) -> Result<(Proxy, bool), HttpError> {
        if proxy.sign_in.is_some() {
            return Ok((proxy, false));
        }
        let sign_in = self.0.vault.sign_in(&proxy.address).map_err(HttpError::Vault)?;
        let is_kept = sign_in.is_some();
        Ok((Proxy { sign_in, ..proxy }, is_kept))
    }

    /// Sends a request, and returns the whole answer.
    ///
    /// # Errors
    ///
    /// [`Unanswered`] without a complete answer. Any HTTP status is an answer, except for a proxy's question who you
    /// are.
    pub async fn send(
        &self,
        limits: Limits,
        own: Option<&CaBundle>,
        request: reqwest::Request,
    ) -> Result<Received, Unanswered> {
        let url = request.url().clone();
        let unanswered = |trouble| Unanswered { url: bare(&url), trouble };
        let not_sent = |error: HttpError| unanswered(Trouble::NotSent(Box::new(error.into())));
        let route = self.route(&url).await.map_err(not_sent)?;
        let client = self.client(limits, own, &url, &route).map_err(not_sent)?;
        let failed = |error| unanswered(route.trouble(error, &url));
        let mut response = client.execute(request).await.map_err(failed)?;
        if let Some(trouble) = route.forbids(response.status().as_u16(), &url) {
            return Err(unanswered(trouble));
        }
        let (status, headers) = (response.status().as_u16(), std::mem::take(response.headers_mut()));
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > BODY_LIMIT {
                return Ok(Received { status, headers, body, is_cut: true });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Received { status, headers, body, is_cut: false })
    }

    fn client(
        &self,
        limits: Limits,
        own: Option<&CaBundle>,
        url: &Url,
        route: &Route,
    ) -> Result<reqwest::Client, HttpError> {
        let proxy = match route {
            Route::Proxy { proxy, .. } => Some(proxy),
            Route::Direct(_) => None,
        };
        let is_https_proxy = proxy.is_some_and(|proxy| proxy.address.scheme() == ProxyScheme::Https);
        let bundles = if url.scheme() == "https" || is_https_proxy { Some(self.bundles()?) } else { None };
        let trusted = || bundles.iter().flatten().chain(own);
        let key = ClientKey {
            limits,
            trust: bundles.is_some().then(|| trusted().map(CaBundle::digest).collect::<Vec<_>>().join(" ")),
            proxy: proxy.map(|proxy| digest::full(proxy.url().expose_secret().as_bytes())),
        };
        if let Some(known) = self.clients().get(&key) {
            return Ok(known.clone());
        }
        let tls = if bundles.is_some() { self.trusting(trusted())? } else { tls(RootCertStore::empty())? };
        let client = build(limits, tls, proxy)?;
        let mut clients = self.clients();
        // Each change of a setting leaves one behind.
        if clients.len() > 32 {
            clients.clear();
        }
        clients.insert(key, client.clone());
        Ok(client)
    }

    /// Only whole clients are put in, so what a panicking thread left is sound.
    fn clients(&self) -> MutexGuard<'_, HashMap<ClientKey, reqwest::Client>> {
        self.0.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").field("variables", &self.0.variables).finish_non_exhaustive()
    }
}

impl Route {
    /// What kept a request from being answered. The library's error never names the URL or the proxy.
    fn trouble(&self, error: reqwest::Error, url: &Url) -> Trouble {
        let (is_connecting, is_late) = (error.is_connect(), error.is_timeout());
        let error = error.without_url();
        if let Self::Proxy { proxy, named, is_kept } = self
            && let Some(what) = ProxyTrouble::of(&error, is_connecting, url.scheme() == "https")
        {
            let what = match what {
                ProxyTrouble::WantsSignIn if proxy.sign_in.is_some() => {
                    ProxyTrouble::RefusedSignIn { is_kept: *is_kept }
                }
                ProxyTrouble::RefusedSignIn { .. } => ProxyTrouble::RefusedSignIn { is_kept: *is_kept },
                what => what,
            };
            return by(proxy, *named, what);
        }
        if is_late { Trouble::TimedOut } else { Trouble::of(&error) }
    }

    /// A proxy that passes a request on itself asks with a status.
    fn forbids(&self, status: u16, url: &Url) -> Option<Trouble> {
        match self {
            Self::Proxy { proxy, named, is_kept } if status == 407 && url.scheme() == "http" => {
                let is_signed_in = proxy.sign_in.is_some();
                let refused = ProxyTrouble::RefusedSignIn { is_kept: *is_kept };
                Some(by(proxy, *named, if is_signed_in { refused } else { ProxyTrouble::WantsSignIn }))
            }
            Self::Proxy { .. } | Self::Direct(_) => None,
        }
    }
}

fn by(proxy: &Proxy, named: Named, what: ProxyTrouble) -> Trouble {
    Trouble::Proxy { proxy: format!("{} ({named})", proxy.address), what: Box::new(what) }
}

fn build(limits: Limits, tls: ClientConfig, proxy: Option<&Proxy>) -> Result<reqwest::Client, HttpError> {
    let failed = |error: reqwest::Error| HttpError::Setup { why: causes(&error.without_url()) };
    let mut builder = reqwest::Client::builder()
        .use_preconfigured_tls(tls)
        .user_agent(concat!("daypass/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(limits.connect())
        .no_proxy();
    if let Some(total) = limits.total() {
        builder = builder.timeout(total);
    }
    if let Some(proxy) = proxy {
        builder = builder.proxy(reqwest::Proxy::all(proxy.url().expose_secret()).map_err(failed)?);
    }
    builder.build().map_err(failed)
}

fn system_roots() -> (RootCertStore, Option<String>) {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(system.certs);
    (roots, system.errors.first().map(ToString::to_string))
}

fn tls(roots: RootCertStore) -> Result<ClientConfig, HttpError> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| HttpError::Setup { why: error.to_string() })?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
