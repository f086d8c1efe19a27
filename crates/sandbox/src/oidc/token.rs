//! The token and userinfo endpoints.

use std::sync::Arc;

use axum::{body::Bytes, extract::State, response::Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    claims,
    error::{OauthError, answer},
    grants::Session,
    shared::Shared,
};
use crate::{CLIENT_ID, Refresh, params::Params};

/// `POST /oidc/token`.
pub(super) async fn token(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let params = Params::read(None, &body);
    let (action, result) = match params.get("grant_type") {
        _ if params.repeated().is_some() => {
            ("token", Err(OauthError::new("invalid_request", "A parameter was sent more than once.")))
        }
        _ if params.get("client_id") != Some(CLIENT_ID) => {
            ("token", Err(OauthError::unauthorized("invalid_client", "The client is unknown.")))
        }
        Some("authorization_code") => ("authorization_code", by_code(&shared, &params)),
        Some("refresh_token") => ("refresh_token", by_refresh_token(&shared, &params)),
        _ => {
            let why = "grant_type must be authorization_code or refresh_token.";
            ("token", Err(OauthError::new("unsupported_grant_type", why)))
        }
    };
    answer(action, result)
}

/// `GET` and `POST /oidc/userinfo`.
pub(super) async fn userinfo(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    let now = shared.now();
    let session =
        bearer.and_then(|token| shared.provider.grants(|grants| grants.session_of_access_token(token, now).cloned()));
    let person = session.and_then(|session| shared.world.person(&session.username));
    let result = match person {
        Some(person) => Ok(Value::Object(claims::for_userinfo(&shared.world, person))),
        None => Err(OauthError::unauthorized("invalid_token", "The access token is unknown or has expired.")),
    };
    answer("userinfo", result)
}

fn by_code(shared: &Shared, params: &Params) -> Result<Value, OauthError> {
    let need = |name, why| params.get(name).ok_or(OauthError::new("invalid_request", why));
    let code = need("code", "code is missing.")?;
    let redirect_uri = need("redirect_uri", "redirect_uri is missing.")?;
    let verifier = need("code_verifier", "code_verifier is missing.")?;
    let now = shared.now();
    let (session, nonce) = shared.provider.grants(|grants| grants.redeem(code, redirect_uri, verifier, now))?;
    tokens(shared, &session, nonce, now)
}

fn by_refresh_token(shared: &Shared, params: &Params) -> Result<Value, OauthError> {
    let token = params.get("refresh_token").ok_or(OauthError::new("invalid_request", "refresh_token is missing."))?;
    if shared.panel.read().refresh == Refresh::Expired {
        return Err(OauthError::new("invalid_grant", "The refresh token has expired."));
    }
    let session = shared.provider.grants(|grants| grants.spend(token))?;
    let wider = |scope: &str| scope.split(' ').any(|s| !session.scope.contains(s));
    if params.get("scope").is_some_and(wider) {
        return Err(OauthError::new("invalid_scope", "scope is wider than the granted scope."));
    }
    // No nonce, because the first ID token's must not be repeated (Core, section 12.2).
    tokens(shared, &session, None, shared.now())
}

fn tokens(shared: &Shared, session: &Session, nonce: Option<String>, now: DateTime<Utc>) -> Result<Value, OauthError> {
    let seconds = i64::from(shared.panel.read().id_token_seconds);
    let (access_token, refresh_token) = shared.provider.grants(|grants| {
        let access = grants.new_access_token(&session.sid, now, TimeDelta::seconds(seconds));
        let offline = session.scope.contains("offline_access");
        (access, offline.then(|| grants.new_refresh_token(&session.sid)))
    });
    let person = shared
        .world
        .person(&session.username)
        .ok_or(OauthError::new("invalid_grant", "The person no longer exists."))?;
    let mut id_token = claims::for_id_token(&shared.world, person);
    let about_token = json!({
        "iss": shared.issuer,
        "aud": CLIENT_ID,
        "iat": now.timestamp(),
        "exp": now.timestamp() + seconds,
        "auth_time": session.auth_time.timestamp(),
        "sid": session.sid,
        "at_hash": URL_SAFE_NO_PAD.encode(&Sha256::digest(&access_token)[..16]),
    });
    if let Value::Object(about_token) = about_token {
        id_token.extend(about_token);
    }
    id_token.extend(nonce.map(|nonce| ("nonce".to_owned(), json!(nonce))));
    id_token.extend(claims::session_tags(&shared.panel.read()));
    let mut body = json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": seconds,
        "scope": session.scope.iter().cloned().collect::<Vec<_>>().join(" "),
        "id_token": shared.provider.signer().sign(&Value::Object(id_token))?,
    });
    if let Some(refresh_token) = refresh_token {
        body["refresh_token"] = json!(refresh_token);
    }
    Ok(body)
}
