#![allow(clippy::unwrap_used)]

mod callback;
mod forged;
mod kept;
mod provider;
mod refresh;
mod signed;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::tokens::{Held, refresh};
use super::*;
use crate::visitors::knock;
use daypass_core::clock::Clock;
use daypass_core::settings::OidcSettings;
use daypass_http::fake::{Fake, Reply, closed};

const NOW: i64 = 1_795_341_600;

struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(NOW, 0).unwrap()
    }
}

fn oidc() -> OidcClient {
    OidcClient::new(Arc::new(Stopped), daypass_http::Network::plain())
}

fn settings(issuer: &str) -> OidcSettings {
    OidcSettings::new(issuer, "daypass")
}

/// A key on P-256 made from a seed, so that the repository contains no private key.
fn key(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).unwrap()
}

fn jwk(seed: u8, id: &str) -> Value {
    let point = key(seed).verifying_key().to_sec1_point(false);
    let part = |at: usize| BASE64_URL_SAFE_NO_PAD.encode(&point.as_bytes()[at..at + 32]);
    json!({"kty": "EC", "crv": "P-256", "use": "sig", "kid": id, "x": part(1), "y": part(33)})
}

fn jwks(seed: u8, id: &str) -> Value {
    json!({ "keys": [jwk(seed, id)] })
}

fn jwt(header: &Value, claims: &Value, seed: u8) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(header), part(claims));
    let signature: Signature = key(seed).sign(text.as_bytes());
    format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}

fn claims(issuer: &str) -> Value {
    json!({
        "iss": issuer, "aud": "daypass", "sub": "u-1", "email": "ann@example.org",
        "iat": NOW, "exp": NOW + 300, "groups": ["a"],
    })
}

/// A provider that signs anyone in. `token` may change the token's claims, `keys` is seed and id of its key.
struct Played {
    fake: Fake,
    nonce: Arc<Mutex<Option<String>>>,
    key: Arc<Mutex<(u8, &'static str)>>,
}

async fn play(token: impl Fn(&mut Value) + Send + Sync + 'static) -> Played {
    play_with(token, |_| {}).await
}

async fn play_with(
    token: impl Fn(&mut Value) + Send + Sync + 'static,
    answer: impl Fn(&mut Value) + Send + Sync + 'static,
) -> Played {
    play_all(|_| {}, token, answer).await
}

/// A provider whose discovery document says more.
async fn play_as(about: impl Fn(&mut Value) + Send + Sync + 'static) -> Played {
    play_all(about, |_| {}, |_| {}).await
}

async fn play_all(
    about: impl Fn(&mut Value) + Send + Sync + 'static,
    token: impl Fn(&mut Value) + Send + Sync + 'static,
    answer: impl Fn(&mut Value) + Send + Sync + 'static,
) -> Played {
    let nonce = Arc::new(Mutex::new(None::<String>));
    let signing = Arc::new(Mutex::new((1, "k1")));
    let (told, with) = (Arc::clone(&nonce), Arc::clone(&signing));
    let fake = Fake::start(move |url, (line, body)| match line {
        "GET /.well-known/openid-configuration" => {
            let mut document = metadata(url);
            about(&mut document);
            Reply::json(&document)
        }
        "GET /jwks" => {
            let (seed, id) = *with.lock().unwrap();
            Reply::json(&jwks(seed, id))
        }
        "POST /token" => {
            let mut claims = claims(url);
            if body.contains("grant_type=authorization_code") {
                claims["nonce"] = json!(*told.lock().unwrap());
            }
            token(&mut claims);
            let (seed, id) = *with.lock().unwrap();
            let id_token = jwt(&json!({"alg": "ES256", "kid": id}), &claims, seed);
            let mut reply = json!({
                "access_token": "PLANTED-ACCESS", "token_type": "Bearer",
                "id_token": id_token, "refresh_token": "PLANTED-REFRESH",
            });
            answer(&mut reply);
            match reply.get("status").and_then(Value::as_u64) {
                Some(status) => Reply::with(u16::try_from(status).unwrap(), "application/json", reply.to_string()),
                None => Reply::json(&reply),
            }
        }
        _ => Reply::with(404, "text/plain", ""),
    })
    .await;
    Played { fake, nonce, key: signing }
}

/// A refresh whose next token goes nowhere.
async fn again(
    settings: &OidcSettings,
    oidc: &OidcClient,
    refresh_token: &SecretString,
    subject: Option<&str>,
) -> Result<OidcProof, OidcError> {
    let held = Held { refresh_token, subject, scopes: &[], claims: &Map::new() };
    refresh(settings, oidc, held, |_| ()).await
}

fn metadata(url: &str) -> Value {
    json!({
        "issuer": url, "authorization_endpoint": format!("{url}/auth"), "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/jwks"), "code_challenge_methods_supported": ["S256"],
    })
}

impl Played {
    async fn begin(&self, settings: OidcSettings) -> SignIn {
        let sign_in = SignIn::begin("corp".parse().unwrap(), settings, &oidc()).await.unwrap();
        *self.nonce.lock().unwrap() = Some(query(&sign_in, "nonce"));
        sign_in
    }
}

fn query(sign_in: &SignIn, name: &str) -> String {
    let mut pairs = sign_in.url().query_pairs();
    pairs.find(|(n, _)| n == name).map(|(_, v)| v.into_owned()).unwrap_or_default()
}

fn port(sign_in: &SignIn) -> u16 {
    query(sign_in, "redirect_uri").parse::<url::Url>().unwrap().port().unwrap()
}

fn get(port: u16, target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/html\r\n\r\n")
}

/// A whole sign-in: what the browser saw, and the outcome.
async fn sign_in(played: &Played, settings: OidcSettings) -> (String, Result<OidcProof, OidcError>) {
    let sign_in = played.begin(settings).await;
    let (port, state) = (port(&sign_in), query(&sign_in, "state"));
    let waiting = tokio::spawn(sign_in.wait());
    let page = knock(port, &get(port, &format!("/callback?code=PLANTED-CODE&state={state}"))).await;
    (page, waiting.await.unwrap())
}
