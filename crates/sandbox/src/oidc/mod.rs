//! An OpenID provider with authorization code and PKCE, rotating refresh tokens, and a sign-in page.
//! <https://openid.net/specs/openid-connect-core-1_0.html>

mod authorize;
mod claims;
mod end;
mod grants;
mod signer;
mod token;

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderValue, StatusCode, header};
use openidconnect::core::CoreJsonWebKeySet;
use serde_json::{Value, json};

use crate::{SandboxError, journal::traced, server::Shared};
use grants::Grants;
pub(crate) use signer::Signer;

/// The provider's key and its grants.
pub(crate) struct Provider {
    signer: Signer,
    grants: Mutex<Grants>,
}

impl Provider {
    pub(crate) fn new() -> Result<Self, SandboxError> {
        Ok(Self { signer: Signer::generate()?, grants: Mutex::default() })
    }

    pub(crate) fn keys(&self) -> &CoreJsonWebKeySet {
        self.signer.keys()
    }

    /// The sandbox's only key, which signs SAML assertions too.
    pub(crate) fn signer(&self) -> &Signer {
        &self.signer
    }

    /// Whether the session with this `sid` is neither signed out nor revoked because of a replayed token.
    pub(crate) fn session_is_alive(&self, sid: &str) -> bool {
        self.grants(|grants| grants.session(sid).is_some())
    }

    fn grants<T>(&self, f: impl FnOnce(&mut Grants) -> T) -> T {
        f(&mut self.grants.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The routes below `/oidc`.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/jwks", get(jwks))
        .route("/authorize", get(authorize::authorize).post(authorize::authorize))
        .route("/sign-in", post(authorize::sign_in))
        .route("/token", post(token::token))
        .route("/userinfo", get(token::userinfo).post(token::userinfo))
        .route("/revoke", post(end::revoke))
        .route("/end-session", get(end::end_session).post(end::end_session))
}

async fn discovery(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let issuer = &shared.issuer;
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/jwks"),
        "revocation_endpoint": format!("{issuer}/revoke"),
        "end_session_endpoint": format!("{issuer}/end-session"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": claims::SCOPES,
        "prompt_values_supported": ["none", "login", "consent"],
        "authorization_response_iss_parameter_supported": true,
        "claims_supported": [
            "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "sid", "email", "email_verified",
            "name", "preferred_username", "groups", claims::AWS_ROLES,
        ],
    }))
}

async fn jwks(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(shared.provider.signer.jwks().clone())
}

/// An error from the token, revocation or userinfo endpoint (RFC 6749, section 5.2).
#[derive(Debug)]
struct OauthError {
    status: StatusCode,
    code: &'static str,
    description: &'static str,
}

impl OauthError {
    fn new(code: &'static str, description: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, description }
    }

    /// For an invalid bearer token (RFC 6750, section 3.1).
    fn unauthorized(code: &'static str, description: &'static str) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, code, description }
    }
}

/// JSON that must not be cached (RFC 6749, section 5.1), with an entry for the journal.
fn answer(action: &str, result: Result<Value, OauthError>) -> Response {
    let outcome = result.as_ref().map_or_else(|error| error.code, |_| "ok").to_owned();
    let mut response = match result {
        Ok(body) => Json(body).into_response(),
        Err(OauthError { status, code, description }) => {
            let body = Json(json!({ "error": code, "error_description": description }));
            let mut response = (status, body).into_response();
            if status == StatusCode::UNAUTHORIZED
                && let Ok(challenge) = HeaderValue::from_str(&format!("Bearer error=\"{code}\""))
            {
                response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            }
            response
        }
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    traced(response, action, &outcome)
}
