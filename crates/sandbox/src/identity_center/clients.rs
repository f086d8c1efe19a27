//! `RegisterClient`, which every public client calls first.

use std::sync::Arc;

use axum::{body::Bytes, extract::State, response::Response};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use url::{Host, Url};

use super::{
    is_start_url, parse,
    refusal::{Refusal, answer},
    required,
};
use crate::{random, server::Shared};

pub(super) const ACCOUNT_ACCESS: &str = "sso:account:access";
pub(super) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
pub(super) const AUTHORIZATION_CODE: &str = "authorization_code";
pub(super) const REFRESH_TOKEN: &str = "refresh_token";

/// A registration, valid until it expires.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub(super) name: String,
    pub(super) secret: SecretString,
    pub(super) scopes: Vec<String>,
    pub(super) grant_types: Vec<String>,
    pub(super) redirect_uris: Vec<String>,
    pub(super) expires: DateTime<Utc>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RegisterClient {
    client_name: Option<String>,
    client_type: Option<String>,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    redirect_uris: Vec<String>,
    #[serde(default)]
    grant_types: Vec<String>,
    issuer_url: Option<String>,
}

/// `POST /client/register`.
pub(super) async fn register(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    answer("RegisterClient", parse(&body).and_then(|request| registered(&shared, &request)))
}

fn registered(shared: &Shared, request: &RegisterClient) -> Result<Value, Refusal> {
    let name = required("clientName", &request.client_name)?;
    if required("clientType", &request.client_type)? != "public" {
        return Err(Refusal::invalid_client_metadata("clientType must be public."));
    }
    if request.scopes.iter().any(|scope| scope != ACCOUNT_ACCESS) {
        return Err(Refusal::invalid_scope("The sandbox supports only the scope sso:account:access."));
    }
    let known = |grant: &String| [DEVICE_CODE, AUTHORIZATION_CODE, REFRESH_TOKEN].contains(&grant.as_str());
    if !request.grant_types.iter().all(known) {
        return Err(Refusal::unsupported_grant_type("A grant type is not supported."));
    }
    if request.grant_types.iter().any(|grant| grant == AUTHORIZATION_CODE) {
        // Without the issuer, the authorization endpoint couldn't know whose sign-in page to show.
        let issuer = required("issuerUrl", &request.issuer_url)?;
        if !is_start_url(shared, issuer) {
            return Err(Refusal::invalid_request("issuerUrl is not the start URL of the sandbox."));
        }
        if request.redirect_uris.is_empty() {
            return Err(Refusal::invalid_request("redirectUris is missing."));
        }
    }
    if !request.redirect_uris.iter().all(|uri| loopback(uri).is_some()) {
        return Err(Refusal::invalid_redirect_uri("A redirect URI must use http, a loopback address and a path."));
    }
    let grant_types = match request.grant_types.as_slice() {
        [] => vec![DEVICE_CODE.to_owned(), REFRESH_TOKEN.to_owned()],
        named => named.to_vec(),
    };
    let now = shared.now();
    let client = Client {
        name: name.to_owned(),
        secret: random::session_token(),
        scopes: request.scopes.clone(),
        grant_types,
        redirect_uris: request.redirect_uris.clone(),
        expires: now + TimeDelta::seconds(i64::from(shared.panel.read().sso_client_seconds)),
    };
    let id = random::token();
    let answer = json!({
        "clientId": id,
        "clientSecret": client.secret.expose_secret(),
        "clientIdIssuedAt": now.timestamp(),
        "clientSecretExpiresAt": client.expires.timestamp(),
    });
    shared.identity_center.grants(|grants| grants.add_client(id, client, now));
    Ok(answer)
}

impl Client {
    /// Whether the client registered this URI. Any port with the same host and path counts (RFC 8252, section 7.3).
    pub(super) fn may_redirect_to(&self, uri: &str) -> bool {
        let without_port = |uri: &str| {
            loopback(uri).map(|mut url| {
                _ = url.set_port(None);
                url
            })
        };
        let wanted = without_port(uri);
        wanted.is_some() && self.redirect_uris.iter().any(|known| without_port(known) == wanted)
    }
}

/// The URI, if it is plain http on this machine and can't lead elsewhere.
fn loopback(uri: &str) -> Option<Url> {
    let url = Url::parse(uri).ok()?;
    let loopback = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(ip) => ip == std::net::Ipv4Addr::LOCALHOST,
        Host::Ipv6(ip) => ip == std::net::Ipv6Addr::LOCALHOST,
    };
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (loopback && plain && url.scheme() == "http" && url.query().is_none()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_port_and_nothing_else_may_differ() {
        let client = Client {
            name: String::new(),
            secret: random::session_token(),
            scopes: Vec::new(),
            grant_types: Vec::new(),
            redirect_uris: vec!["http://127.0.0.1/oauth/callback".into()],
            expires: DateTime::UNIX_EPOCH,
        };
        for good in ["http://127.0.0.1:5/oauth/callback", "http://127.0.0.1/oauth/callback"] {
            assert!(client.may_redirect_to(good), "{good}");
        }
        for bad in [
            "https://127.0.0.1:5/oauth/callback",
            "http://localhost:5/oauth/callback",
            "http://127.0.0.1:5/oauth/callback2",
            "http://127.0.0.1:5/oauth/callback?x=1",
            "http://127.0.0.1@evil.example:5/oauth/callback",
            "http://127.0.0.2:5/oauth/callback",
        ] {
            assert!(!client.may_redirect_to(bad), "{bad}");
        }
    }
}
