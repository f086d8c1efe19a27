//! Signing keys of other OpenID providers, found by discovery and cached for a minute.
//! <https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig>

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use openidconnect::core::CoreJsonWebKeySet;
use serde::Deserialize;
use tokio::sync::Mutex;
use url::{Host, Url};

use super::fault::Fault;
use crate::{SandboxError, TrustedIssuer};

const TIMEOUT: Duration = Duration::from_secs(5);
const KEPT: Duration = Duration::from_secs(60);

/// The issuers that the sandbox trusts besides its own.
#[derive(Debug)]
pub(crate) struct ForeignIssuers {
    trusted: Vec<TrustedIssuer>,
    http: reqwest::Client,
    keys: Mutex<HashMap<String, (Instant, CoreJsonWebKeySet)>>,
}

#[derive(Deserialize)]
struct Discovered {
    issuer: String,
    jwks_uri: Url,
}

impl ForeignIssuers {
    pub(crate) fn new(trusted: Vec<TrustedIssuer>) -> Result<Self, SandboxError> {
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(SandboxError::HttpClient)?;
        Ok(Self { trusted, http, keys: Mutex::default() })
    }

    /// The trusted issuer in a token's `iss`.
    pub(crate) fn find(&self, iss: &str) -> Option<&TrustedIssuer> {
        let bare = |s: &str| s.trim_end_matches('/').to_owned();
        self.trusted.iter().find(|trusted| bare(trusted.issuer.as_str()) == bare(iss))
    }

    /// The issuer's keys, from the last minute's cache unless `fresh` is set.
    ///
    /// # Errors
    /// `IDPCommunicationError` if the issuer can't be reached, `InvalidIdentityToken` if its answer is invalid.
    pub(crate) async fn keys(&self, iss: &str, fresh: bool) -> Result<CoreJsonWebKeySet, Fault> {
        let mut kept = self.keys.lock().await;
        if let Some((at, keys)) = kept.get(iss)
            && !fresh
            && at.elapsed() < KEPT
        {
            return Ok(keys.clone());
        }
        let keys = self.fetch(iss).await?;
        kept.insert(iss.to_owned(), (Instant::now(), keys.clone()));
        Ok(keys)
    }

    async fn fetch(&self, iss: &str) -> Result<CoreJsonWebKeySet, Fault> {
        let document = format!("{}/.well-known/openid-configuration", iss.trim_end_matches('/'));
        let document = Url::parse(&document).map_err(|_| no_keys())?;
        let discovered: Discovered = self.get(document).await?;
        if discovered.issuer != iss {
            return Err(no_keys());
        }
        self.get(discovered.jwks_uri).await
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, url: Url) -> Result<T, Fault> {
        if !(url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url)) {
            return Err(no_keys());
        }
        let response = self.http.get(url).send().await.map_err(|_| Fault::issuer_unreachable())?;
        if response.status().is_server_error() {
            return Err(Fault::issuer_unreachable());
        }
        let body = response.bytes().await.map_err(|_| Fault::issuer_unreachable())?;
        serde_json::from_slice(&body).map_err(|_| no_keys())
    }
}

/// AWS's answer if the issuer has no matching key, or no keys at all.
pub(crate) fn no_keys() -> Fault {
    Fault::invalid_identity_token(
        "Couldn't retrieve verification key from your identity provider,  please reference \
         AssumeRoleWithWebIdentity documentation for requirements",
    )
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}
