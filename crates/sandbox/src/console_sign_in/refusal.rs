//! Errors of `CreateOAuth2Token`, as the service's model has them.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::journal::traced;

/// An error: AWS's exception, and the code that says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    status: StatusCode,
    exception: &'static str,
    pub(super) error: &'static str,
    message: &'static str,
}

impl Refusal {
    /// Anything wrong with the request, the code, the token or the proof.
    pub(super) fn invalid(message: &'static str) -> Self {
        let (exception, error) = ("ValidationException", "INVALID_REQUEST");
        Self { status: StatusCode::BAD_REQUEST, exception, error, message }
    }

    fn denied(status: StatusCode, error: &'static str, message: &'static str) -> Self {
        Self { status, exception: "AccessDeniedException", error, message }
    }

    pub(super) fn code_expired() -> Self {
        Self::denied(StatusCode::UNAUTHORIZED, "AUTHCODE_EXPIRED", "The authorization code has expired.")
    }

    pub(super) fn token_expired() -> Self {
        Self::denied(StatusCode::UNAUTHORIZED, "TOKEN_EXPIRED", "The refresh token has expired.")
    }

    pub(super) fn credentials_changed() -> Self {
        let message = "The credentials of the user have changed.";
        Self::denied(StatusCode::FORBIDDEN, "USER_CREDENTIALS_CHANGED", message)
    }

    pub(super) fn not_allowed() -> Self {
        let message = "You do not have permission to perform signin:CreateOAuth2Token.";
        Self::denied(StatusCode::FORBIDDEN, "INSUFFICIENT_PERMISSIONS", message)
    }

    pub(super) fn server_error() -> Self {
        let (exception, message) = ("InternalServerException", "The service failed.");
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, exception, error: "server_error", message }
    }
}

/// The service's answer, with an entry for the journal.
pub(super) fn answer(action: &str, result: Result<Value, Refusal>) -> Response {
    let (mut response, outcome) = match result {
        Ok(body) => (Json(body).into_response(), "ok"),
        Err(refusal) => {
            let body = Json(json!({ "error": refusal.error, "message": refusal.message }));
            let mut response = (refusal.status, body).into_response();
            response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(refusal.exception));
            (response, refusal.error)
        }
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    traced(response, action, outcome)
}
