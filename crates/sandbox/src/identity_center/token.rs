//! `CreateToken`, which issues an access token for a device code, an authorization code or a refresh token.

use std::sync::Arc;

use axum::{body::Bytes, extract::State, response::Response};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    body::{parse, required},
    clients::{ACCOUNT_ACCESS, AUTHORIZATION_CODE, DEVICE_CODE, REFRESH_TOKEN},
    grants::Session,
    refusal::{Refusal, answer},
    shared::Shared,
};
use crate::Refresh;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateToken {
    client_id: Option<String>,
    client_secret: Option<String>,
    grant_type: Option<String>,
    device_code: Option<String>,
    code: Option<String>,
    refresh_token: Option<String>,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
}

/// `POST /token`.
pub(super) async fn create(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let request = match parse::<CreateToken>(&body) {
        Ok(request) => request,
        Err(refusal) => return answer("CreateToken", Err(refusal)),
    };
    let action = match request.grant_type.as_deref() {
        Some(DEVICE_CODE) => "CreateToken device_code",
        Some(AUTHORIZATION_CODE) => "CreateToken authorization_code",
        Some(REFRESH_TOKEN) => "CreateToken refresh_token",
        _ => "CreateToken",
    };
    answer(action, created(&shared, &request))
}

fn created(shared: &Shared, request: &CreateToken) -> Result<Value, Refusal> {
    let client_id = required("clientId", &request.client_id)?;
    let secret = required("clientSecret", &request.client_secret)?;
    let grant_type = required("grantType", &request.grant_type)?;
    if ![DEVICE_CODE, AUTHORIZATION_CODE, REFRESH_TOKEN].contains(&grant_type) {
        return Err(Refusal::unsupported_grant_type("The grant type is not supported."));
    }
    let (now, center) = (shared.now(), &shared.identity_center);
    let client = center.grants(|grants| grants.authenticate(client_id, secret, now).cloned())?;
    if !client.grant_types.iter().any(|known| known == grant_type) {
        return Err(Refusal::unauthorized_client("The client did not register for this grant type."));
    }
    let session = match grant_type {
        DEVICE_CODE => {
            let code = required("deviceCode", &request.device_code)?;
            let rehearsed = shared.panel.take_slow_down();
            center.grants(|grants| grants.redeem_device(code, client_id, now, rehearsed))?
        }
        AUTHORIZATION_CODE => {
            let code = required("code", &request.code)?;
            let redirect_uri = required("redirectUri", &request.redirect_uri)?;
            let verifier = required("codeVerifier", &request.code_verifier)?;
            center.grants(|grants| grants.redeem(code, client_id, redirect_uri, verifier, now))?
        }
        _ => {
            let token = required("refreshToken", &request.refresh_token)?;
            let knobs = shared.panel.read();
            if knobs.sso_revoked || knobs.refresh == Refresh::Expired {
                return Err(Refusal::invalid_grant(
                    "The refresh token has expired, because the sandbox is set to expire it.",
                ));
            }
            center.grants(|grants| grants.spend(token, client_id, now))?
        }
    };
    // Without this scope, AWS treats a client as one of the older kind and issues no refresh token.
    let may_refresh = client.scopes.iter().any(|scope| scope == ACCOUNT_ACCESS)
        && client.grant_types.iter().any(|known| known == REFRESH_TOKEN);
    Ok(tokens(shared, &session, may_refresh))
}

fn tokens(shared: &Shared, session: &Session, may_refresh: bool) -> Value {
    let (now, knobs) = (shared.now(), shared.panel.read());
    let ends = (now + TimeDelta::seconds(i64::from(knobs.sso_token_seconds))).min(session.ends);
    let (access, refresh) = shared.identity_center.grants(|grants| {
        let refresh = may_refresh.then(|| grants.new_refresh_token(&session.id));
        (grants.new_access_token(&session.id, now, ends), refresh)
    });
    json!({
        "accessToken": access,
        "tokenType": "Bearer",
        "expiresIn": (ends - now).num_seconds(),
        "refreshToken": refresh,
    })
}
