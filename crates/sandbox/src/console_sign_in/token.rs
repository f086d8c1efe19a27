//! `CreateOAuth2Token`, which issues credentials for a code or a refresh token.

use std::sync::Arc;

use axum::{body::Bytes, extract::State, response::Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, header};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    authorize::CLIENTS,
    dpop::{self, Proof},
    grants::Session,
    refusal::{Refusal, answer},
    shared::Shared,
};
use crate::ConsoleRefusal;

/// The longest that credentials last.
const LONGEST_SECONDS: u32 = 900;

/// The service's names, which are not OAuth's.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateToken {
    client_id: String,
    grant_type: String,
    code: Option<String>,
    code_verifier: Option<String>,
    redirect_uri: Option<String>,
    refresh_token: Option<String>,
}

/// `POST /v1/token`.
pub(super) async fn create(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let is_json = headers.get(header::CONTENT_TYPE).is_some_and(|it| it.as_bytes().starts_with(b"application/json"));
    let request = serde_json::from_slice::<CreateToken>(&body).ok().filter(|_| is_json);
    let Some(request) = request else {
        let refusal = Refusal::invalid("The request body is not the expected JSON.");
        return answer("CreateOAuth2Token", Err(refusal));
    };
    match request.grant_type.as_str() {
        "authorization_code" => answer("CreateOAuth2Token authorization_code", by_code(&shared, &headers, &request)),
        "refresh_token" => answer("CreateOAuth2Token refresh_token", by_refresh_token(&shared, &headers, &request)),
        _ => {
            let refusal = Refusal::invalid("grantType must be authorization_code or refresh_token.");
            answer("CreateOAuth2Token", Err(refusal))
        }
    }
}

fn by_code(shared: &Shared, headers: &HeaderMap, request: &CreateToken) -> Result<Value, Refusal> {
    let (proof, now) = (checked(shared, headers, request)?, shared.now());
    let (Some(code), Some(verifier), Some(redirect_uri)) =
        (&request.code, &request.code_verifier, &request.redirect_uri)
    else {
        return Err(Refusal::invalid("code, codeVerifier or redirectUri is missing."));
    };
    if !is_verifier(verifier) {
        return Err(Refusal::invalid("codeVerifier must have 43 to 128 unreserved characters."));
    }
    injected(shared)?;
    let redeemed =
        |grants: &mut super::grants::Grants| grants.redeem(code, &request.client_id, redirect_uri, verifier, now);
    let principal = shared.console.grants(redeemed)?;
    let lifetime = TimeDelta::seconds(i64::from(shared.panel.read().console_session_seconds));
    let session = Session { principal, client_id: request.client_id.clone(), ends: now + lifetime };
    let id_token = id_token(shared, &session, now)?;
    let mut output = tokens(shared, session, &proof, now);
    output["idToken"] = id_token.into();
    Ok(output)
}

fn by_refresh_token(shared: &Shared, headers: &HeaderMap, request: &CreateToken) -> Result<Value, Refusal> {
    let (proof, now) = (checked(shared, headers, request)?, shared.now());
    let Some(token) = &request.refresh_token else {
        return Err(Refusal::invalid("refreshToken is missing."));
    };
    injected(shared)?;
    let session = shared.console.grants(|grants| grants.spend(token, &request.client_id, &proof.key, now))?;
    Ok(tokens(shared, session, &proof, now))
}

/// The request's proof, if it and the client are good.
fn checked(shared: &Shared, headers: &HeaderMap, request: &CreateToken) -> Result<Proof, Refusal> {
    if !CLIENTS.contains(&request.client_id.as_str()) {
        return Err(Refusal::invalid("The client is unknown."));
    }
    let is_spent = |id: &_| shared.console.proofs(|proofs| proofs.is_spent(id));
    dpop::check(headers, |url| shared.is_at("token", url), shared.now(), is_spent)
}

/// What the knob asks for.
fn injected(shared: &Shared) -> Result<(), Refusal> {
    match shared.panel.read().console_refusal {
        ConsoleRefusal::None => Ok(()),
        ConsoleRefusal::TokenExpired => Err(Refusal::token_expired()),
        ConsoleRefusal::UserCredentialsChanged => Err(Refusal::credentials_changed()),
        ConsoleRefusal::InsufficientPermissions => Err(Refusal::not_allowed()),
        ConsoleRefusal::InvalidRequest => {
            Err(Refusal::invalid("The provided authorization grant is invalid, expired, revoked, or malformed"))
        }
        ConsoleRefusal::ServerError => Err(Refusal::server_error()),
    }
}

fn tokens(shared: &Shared, session: Session, proof: &Proof, now: DateTime<Utc>) -> Value {
    let longest = shared.panel.read().lifetime_seconds.unwrap_or(LONGEST_SECONDS).min(LONGEST_SECONDS);
    let lifetime = TimeDelta::seconds(i64::from(longest)).min(session.ends - now);
    let fresh = shared.keys.issue(session.principal.clone(), now, lifetime);
    shared.console.proofs(|proofs| proofs.spend(proof, now));
    let refresh_token = shared.console.grants(|grants| grants.new_refresh_token(session, proof.key.clone()));
    json!({
        "accessToken": {
            "accessKeyId": fresh.access_key_id,
            "secretAccessKey": fresh.secret_access_key.expose_secret(),
            "sessionToken": fresh.session_token.expose_secret(),
        },
        "tokenType": "aws_sigv4",
        "expiresIn": lifetime.num_seconds().max(1),
        "refreshToken": refresh_token,
    })
}

/// As AWS's looks, but signed with the sandbox's only key.
fn id_token(shared: &Shared, session: &Session, now: DateTime<Utc>) -> Result<String, Refusal> {
    let arn = session.principal.arn();
    let header = json!({ "typ": "JWT", "alg": "RS256" });
    let claims = json!({
        "iss": "https://signin.aws.amazon.com/signin",
        "aud": session.client_id,
        "sub": arn,
        "session_arn": arn,
        "iat": now.timestamp(),
        "exp": now.timestamp() + i64::from(LONGEST_SECONDS),
    });
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(&header), encode(&claims));
    let signature = shared.provider.signer().sign_bytes(signed.as_bytes()).ok_or_else(Refusal::server_error)?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// RFC 7636, section 4.1.
fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
}
