//! `RegisterClient`, which every public client calls first.

use std::sync::Arc;

use axum::{body::Bytes, extract::State, response::Response};
use chrono::TimeDelta;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    body::{parse, required},
    clients::{ACCOUNT_ACCESS, AUTHORIZATION_CODE, Client, DEVICE_CODE, REFRESH_TOKEN, loopback},
    refusal::{Refusal, answer},
    shared::Shared,
};
use crate::random;

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
    let asks_for = |grant: &str| request.grant_types.iter().any(|known| known == grant);
    if asks_for(AUTHORIZATION_CODE) && asks_for(DEVICE_CODE) {
        // AWS fails like this. Its own clients register once for each grant.
        return Err(Refusal::internal());
    }
    if asks_for(AUTHORIZATION_CODE) {
        // Without the issuer, the authorization endpoint couldn't know whose sign-in page to show.
        let issuer = required("issuerUrl", &request.issuer_url)?;
        if !shared.is_start_url(issuer) {
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
