//! Errors as the two services report them, with the code in the `x-amzn-ErrorType` header and JSON in the body.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::journal::traced;

/// An error from the authorization service, with AWS's exception and OAuth's code.
/// <https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html#API_CreateToken_Errors>
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    status: StatusCode,
    pub(super) exception: &'static str,
    pub(super) error: &'static str,
    pub(super) description: String,
}

impl Refusal {
    fn new(exception: &'static str, error: &'static str, description: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, exception, error, description: description.into() }
    }

    pub(super) fn invalid_request(why: impl Into<String>) -> Self {
        Self::new("InvalidRequestException", "invalid_request", why)
    }

    pub(super) fn invalid_client(why: &str) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, ..Self::new("InvalidClientException", "invalid_client", why) }
    }

    pub(super) fn invalid_client_metadata(why: &str) -> Self {
        Self::new("InvalidClientMetadataException", "invalid_client_metadata", why)
    }

    pub(super) fn invalid_redirect_uri(why: &str) -> Self {
        Self::new("InvalidRedirectUriException", "invalid_redirect_uri", why)
    }

    pub(super) fn invalid_scope(why: &str) -> Self {
        Self::new("InvalidScopeException", "invalid_scope", why)
    }

    pub(super) fn invalid_grant(why: &str) -> Self {
        Self::new("InvalidGrantException", "invalid_grant", why)
    }

    pub(super) fn unauthorized_client(why: &str) -> Self {
        Self::new("UnauthorizedClientException", "unauthorized_client", why)
    }

    pub(super) fn unsupported_grant_type(why: &str) -> Self {
        Self::new("UnsupportedGrantTypeException", "unsupported_grant_type", why)
    }

    pub(super) fn internal() -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self { status, ..Self::new("InternalServerException", "server_error", "An internal error occurred.") }
    }

    pub(super) fn authorization_pending() -> Self {
        Self::new("AuthorizationPendingException", "authorization_pending", "The person has not answered yet.")
    }

    pub(super) fn slow_down() -> Self {
        Self::new("SlowDownException", "slow_down", "The client is polling too often.")
    }

    pub(super) fn access_denied() -> Self {
        Self::new("AccessDeniedException", "access_denied", "The person denied the request.")
    }

    pub(super) fn expired() -> Self {
        Self::new("ExpiredTokenException", "expired_token", "The device code has expired.")
    }
}

/// The authorization service's answer, with an entry for the journal.
pub(super) fn answer(action: &str, result: Result<Value, Refusal>) -> Response {
    match result {
        Ok(body) => traced(no_store(Json(body).into_response()), action, "ok"),
        Err(refusal) => {
            let body = Json(json!({ "error": refusal.error, "error_description": refusal.description }));
            let mut response = (refusal.status, body).into_response();
            response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(refusal.exception));
            traced(no_store(response), action, refusal.exception)
        }
    }
}

/// An error from the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PortalError {
    status: StatusCode,
    exception: &'static str,
    message: &'static str,
}

impl PortalError {
    pub(super) fn unauthorized() -> Self {
        let message = "Session token not found or invalid";
        Self { status: StatusCode::UNAUTHORIZED, exception: "UnauthorizedException", message }
    }

    pub(super) fn too_many_requests() -> Self {
        let (exception, message) = ("TooManyRequestsException", "Rate exceeded");
        Self { status: StatusCode::TOO_MANY_REQUESTS, exception, message }
    }

    pub(super) fn invalid_request(message: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, exception: "InvalidRequestException", message }
    }

    /// Not in the service's model, but the service does answer this.
    pub(super) fn forbidden() -> Self {
        Self { status: StatusCode::FORBIDDEN, exception: "ForbiddenException", message: "No access" }
    }
}

/// The portal's answer, with an entry for the journal.
pub(super) fn portal_answer(action: &str, result: Result<Value, PortalError>) -> Response {
    match result {
        Ok(body) => traced(no_store(Json(body).into_response()), action, "ok"),
        Err(error) => {
            let type_ = format!("com.amazonaws.switchboard.portal#{}", error.exception);
            let body = Json(json!({ "message": error.message, "__type": type_ }));
            let mut response = (error.status, body).into_response();
            response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(error.exception));
            traced(no_store(response), action, error.exception)
        }
    }
}

fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
