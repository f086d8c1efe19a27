//! The answers of the token, revocation and userinfo endpoints.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::journal::traced;

/// An error from the token, revocation or userinfo endpoint (RFC 6749, section 5.2).
#[derive(Debug)]
pub(super) struct OauthError {
    status: StatusCode,
    code: &'static str,
    description: &'static str,
}

impl OauthError {
    pub(super) fn new(code: &'static str, description: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, description }
    }

    /// For an invalid bearer token (RFC 6750, section 3.1).
    pub(super) fn unauthorized(code: &'static str, description: &'static str) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, code, description }
    }
}

/// JSON that must not be cached (RFC 6749, section 5.1), with an entry for the journal.
pub(super) fn answer(action: &str, result: Result<Value, OauthError>) -> Response {
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
