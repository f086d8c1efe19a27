//! What a provider says about itself: its discovery document and its keys, kept for an hour.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::CoreJsonWebKeySet;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use url::Url;

use super::error::OidcError;
use super::signature::{Signing, signing};
use crate::ca_file;
use crate::token_endpoint::SecretIn;
use daypass_core::clock::Clock;
use daypass_core::settings::OidcSettings;
use daypass_core::settings::{BadSetting, SettingField};
use daypass_core::text::said;
use daypass_http::{Answer, CaBundle, Http, Network, is_loopback};

/// How long a discovery document is trusted. An unknown key is requested at once.
const BELIEVED_FOR: TimeDelta = TimeDelta::hours(1);
const DISCOVERY_PATH: &str = "/.well-known/openid-configuration";

/// What all OpenID Connect identities share: the clock, HTTP clients, and what providers said about themselves.
#[derive(Clone)]
pub struct OidcClient {
    clock: Arc<dyn Clock>,
    network: Network,
    client_secret: Option<SecretString>,
    /// Set as long as one secret or one sign-in is at stake.
    fixed: Option<Trusting>,
    memory: Arc<Mutex<Memory>>,
}

#[derive(Default)]
struct Memory {
    /// By the fingerprint of `ca_file`.
    clients: HashMap<String, Http>,
    /// By the issuer and the fingerprint of `ca_file`, because it decides who could answer.
    providers: HashMap<(Url, String), Arc<Provider>>,
}

/// An HTTP client, and the fingerprint of the `ca_file` that it trusts.
#[derive(Clone)]
struct Trusting {
    http: Http,
    ca_file: String,
}

/// A provider, as it described itself.
#[derive(Debug, Clone)]
pub(super) struct Provider {
    pub(super) metadata: Metadata,
    pub(super) keys: CoreJsonWebKeySet,
    pub(super) fetched_at: DateTime<Utc>,
}

/// The part of the discovery document that is used (OpenID Connect Discovery 1.0, section 3). What isn't required
/// counts as absent if it has another form.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Metadata {
    pub(super) issuer: String,
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    jwks_uri: Url,
    #[serde(default, deserialize_with = "texts")]
    pub(super) scopes_supported: Option<Vec<String>>,
    #[serde(default, deserialize_with = "texts")]
    code_challenge_methods_supported: Option<Vec<String>>,
    #[serde(default, deserialize_with = "texts")]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default, deserialize_with = "texts")]
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    /// RFC 9207: the answer to a sign-in names its issuer.
    #[serde(default, deserialize_with = "truth")]
    authorization_response_iss_parameter_supported: bool,
}

/// A list of texts, or one text with blanks between them.
fn texts<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Vec<String>>, D::Error> {
    Ok(match Value::deserialize(source)? {
        Value::Array(values) => Some(values.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        Value::String(text) => Some(text.split_whitespace().map(str::to_owned).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    })
}

/// A truth value, or its text.
fn truth<'de, D: Deserializer<'de>>(source: D) -> Result<bool, D::Error> {
    Ok(match Value::deserialize(source)? {
        Value::Bool(is_true) => is_true,
        Value::String(text) => text == "true",
        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => false,
    })
}

impl Provider {
    /// Whether its answers to a sign-in say who answers (RFC 9207).
    pub(super) fn names_itself(&self) -> bool {
        self.metadata.authorization_response_iss_parameter_supported
    }
}

impl Metadata {
    /// Whether the provider says that it signs ID tokens in a way that STS takes. Many sign in more ways than they say,
    /// so a list without one is all that tells.
    pub(super) fn check_signing(&self) -> Result<(), OidcError> {
        let Some(named) = &self.id_token_signing_alg_values_supported else { return Ok(()) };
        let takes = |alg: &String| matches!(signing(alg), Signing::Known(_));
        if named.is_empty() || named.iter().any(takes) {
            return Ok(());
        }
        let algorithm = said(&named.join(", ")).unwrap_or_default();
        Err(OidcError::NotForSts { issuer: self.issuer.clone(), algorithm })
    }

    /// How a client's secret is sent to the token endpoint: `client_secret_basic`, which is the default if a provider
    /// says nothing, unless it only accepts `client_secret_post`.
    pub(super) fn secret_in(&self) -> SecretIn {
        let takes = |method: &str| {
            self.token_endpoint_auth_methods_supported.as_ref().is_some_and(|all| all.iter().any(|m| m == method))
        };
        if takes("client_secret_post") && !takes("client_secret_basic") { SecretIn::Body } else { SecretIn::Header }
    }
}

impl OidcClient {
    /// Nothing known yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, network: Network) -> Self {
        Self { clock, network, client_secret: None, fixed: None, memory: Arc::default() }
    }

    /// The same, for a client that has a secret (a confidential one, RFC 6749, 2.1).
    #[must_use]
    pub fn with_secret(&self, client_secret: Option<SecretString>) -> Self {
        Self { client_secret, ..self.clone() }
    }

    pub(super) fn client_secret(&self) -> Option<&SecretString> {
        self.client_secret.as_ref()
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The same, with what is in `ca_file` now for as long as this client lives: a sign-in takes minutes, and a secret
    /// was given for this content. Also returns its fingerprint.
    pub(super) fn trusting_now(&self, settings: &OidcSettings) -> Result<(Self, String), OidcError> {
        let fixed = self.trusting(settings)?;
        let ca_file = fixed.ca_file.clone();
        Ok((Self { fixed: Some(fixed), ..self.clone() }, ca_file))
    }

    /// The HTTP client for an identity: its `ca_file` is read again each time.
    pub(super) fn http(&self, settings: &OidcSettings) -> Result<Http, OidcError> {
        Ok(self.trusting(settings)?.http)
    }

    fn trusting(&self, settings: &OidcSettings) -> Result<Trusting, OidcError> {
        if let Some(fixed) = &self.fixed {
            return Ok(fixed.clone());
        }
        let ca_file = ca_file::fingerprint(settings.ca_file.as_deref())?;
        if let Some(http) = self.memory().clients.get(&ca_file).cloned() {
            return Ok(Trusting { http, ca_file });
        }
        let ca = settings.ca_file.as_ref().map(|path| CaBundle::read(Path::new(path))).transpose()?;
        // It may have changed meanwhile.
        let ca_file = ca.as_ref().map(|ca| ca.digest().to_owned()).unwrap_or_default();
        let http = Http::over(&self.network, ca)?;
        self.memory().clients.insert(ca_file.clone(), http.clone());
        Ok(Trusting { http, ca_file })
    }

    /// The provider of an identity, asked at most once an hour.
    pub(super) async fn provider(&self, settings: &OidcSettings) -> Result<Arc<Provider>, OidcError> {
        let issuer = parse_issuer(&settings.issuer)?;
        let Trusting { http, ca_file } = self.trusting(settings)?;
        let key = (issuer, ca_file);
        if let Some(known) = self.memory().providers.get(&key) {
            let age = self.now() - known.fetched_at;
            if (TimeDelta::zero()..BELIEVED_FOR).contains(&age) {
                return Ok(Arc::clone(known));
            }
        }
        let provider = Arc::new(discover(&http, &key.0, self.now()).await?);
        self.memory().providers.insert(key, Arc::clone(&provider));
        Ok(provider)
    }

    /// The same provider with its keys requested again, because a token is signed with an unknown key.
    pub(super) async fn with_fresh_keys(
        &self,
        settings: &OidcSettings,
        provider: &Provider,
    ) -> Result<Arc<Provider>, OidcError> {
        let Trusting { http, ca_file } = self.trusting(settings)?;
        let keys = fetch_keys(&http, &provider.metadata).await?;
        let fresh = Arc::new(Provider { keys, ..provider.clone() });
        let key = (parse_issuer(&settings.issuer)?, ca_file);
        self.memory().providers.insert(key, Arc::clone(&fresh));
        Ok(fresh)
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        // Only whole entries are inserted, so the map stays valid even if a thread panics.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for OidcClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OidcClient").field("providers", &self.memory().providers.len()).finish_non_exhaustive()
    }
}

/// An issuer URL: https, or http on loopback; no user, query or fragment (OpenID Connect Core, section 2). Also accepts
/// the full address of a discovery document, because people paste that.
pub(super) fn parse_issuer(text: &str) -> Result<Url, OidcError> {
    let wrong = |why: &str| BadSetting::new(SettingField::Issuer, text, why).into();
    let trimmed = text.trim();
    let trimmed = trimmed.strip_suffix(DISCOVERY_PATH).unwrap_or(trimmed);
    if trimmed.is_empty() {
        return Err(wrong("write the provider's address, for example https://login.example.org"));
    }
    let url: Url = trimmed
        .parse()
        .map_err(|_| wrong("it isn't a URL; write it with https://, for example https://login.example.org"))?;
    if url.host().is_none() || !matches!(url.scheme(), "https" | "http") {
        return Err(wrong("it must begin with https://"));
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err(wrong("plain http is only safe on this machine (127.0.0.1, localhost); write https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("an issuer can't contain a user name or a password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("an issuer can't contain '?' or '#'"));
    }
    Ok(url)
}

/// Asks a provider for its discovery document and its keys.
pub(super) async fn discover(http: &Http, issuer: &Url, now: DateTime<Utc>) -> Result<Provider, OidcError> {
    let metadata = fetch_metadata(http, issuer).await?;
    let keys = fetch_keys(http, &metadata).await?;
    Ok(Provider { metadata, keys, fetched_at: now })
}

async fn fetch_metadata(http: &Http, issuer: &Url) -> Result<Metadata, OidcError> {
    let configured = issuer.as_str().trim_end_matches('/');
    let url: Url = format!("{configured}{DISCOVERY_PATH}").parse().map_err(|_| {
        BadSetting::new(SettingField::Issuer, issuer.as_str(), "no discovery address can be made from it")
    })?;
    let value = fetch_json(http, &url).await?;
    let not_a_provider = |why: String| OidcError::NotAProvider { url: url.to_string(), why };
    let metadata: Metadata = serde_json::from_value(value).map_err(|e| {
        let why = said(&e.to_string()).unwrap_or_default();
        not_a_provider(format!("the document is incomplete ({why})"))
    })?;

    // Section 4.3 requires equality. A trailing slash names the same place on the same host, and is what people get
    // wrong; tokens are then checked against the provider's own spelling.
    if metadata.issuer.trim_end_matches('/') != configured {
        let announced = said(&metadata.issuer).unwrap_or_default();
        return Err(OidcError::IssuerMismatch { configured: configured.to_owned(), announced });
    }
    for (name, endpoint) in [
        ("authorization_endpoint", &metadata.authorization_endpoint),
        ("token_endpoint", &metadata.token_endpoint),
        ("jwks_uri", &metadata.jwks_uri),
    ] {
        if endpoint.scheme() != "https" && !(endpoint.scheme() == "http" && is_loopback(endpoint)) {
            return Err(not_a_provider(format!("its {name} isn't https")));
        }
    }
    match &metadata.code_challenge_methods_supported {
        Some(methods) if !methods.iter().any(|m| m == "S256") => {
            let offered = said(&methods.join(", ")).unwrap_or_default();
            Err(OidcError::NoPkce { issuer: metadata.issuer, offered })
        }
        // If it is absent: many providers support PKCE without saying so, and ignoring it is no worse than not having
        // it.
        _ => Ok(metadata),
    }
}

async fn fetch_keys(http: &Http, metadata: &Metadata) -> Result<CoreJsonWebKeySet, OidcError> {
    let url = &metadata.jwks_uri;
    let value = fetch_json(http, url).await?;
    let keys: CoreJsonWebKeySet = serde_json::from_value(value).map_err(|_| OidcError::NotAProvider {
        url: url.to_string(),
        why: "it doesn't have a key set (JWKS)".to_owned(),
    })?;
    if keys.keys().is_empty() {
        let why = "its key set (JWKS) doesn't contain a usable key".to_owned();
        return Err(OidcError::NotAProvider { url: url.to_string(), why });
    }
    Ok(keys)
}

async fn fetch_json(http: &Http, url: &Url) -> Result<Value, OidcError> {
    let answer = http.get_json(url).await.map_err(OidcError::Unreachable)?;
    if answer.is_passing() {
        return Err(OidcError::OutOfOrder { url: url.to_string(), status: answer.status });
    }
    let why = match answer.status {
        200 => match serde_json::from_slice(&answer.body) {
            Ok(value @ Value::Object(_)) => return Ok(value),
            _ if looks_like_html(&answer) => "it's a web page instead".to_owned(),
            Ok(_) => "it's JSON, but not an object".to_owned(),
            Err(_) => "the answer isn't JSON".to_owned(),
        },
        404 => "this address doesn't exist (HTTP status 404)".to_owned(),
        300..=399 => match &answer.location {
            Some(location) => format!("the server redirects to {}", location.chars().take(200).collect::<String>()),
            None => format!("the server redirects (HTTP status {})", answer.status),
        },
        status => format!("HTTP status {status}"),
    };
    Err(OidcError::NotAProvider { url: url.to_string(), why })
}

fn looks_like_html(answer: &Answer) -> bool {
    answer.content_type.as_deref() == Some("text/html") || answer.body.trim_ascii_start().starts_with(b"<")
}
