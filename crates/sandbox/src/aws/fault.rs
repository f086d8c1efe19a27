//! Errors in STS's words.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>

use http::StatusCode;

/// An error response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    /// `Sender` for the client's errors, `Receiver` for the service's.
    pub(crate) fn side(&self) -> &'static str {
        if self.status.is_server_error() { "Receiver" } else { "Sender" }
    }

    pub(crate) fn access_denied(message: impl Into<String>) -> Self {
        Self::forbidden("AccessDenied", message)
    }

    pub(crate) fn missing_authentication() -> Self {
        Self::forbidden("MissingAuthenticationToken", "Request is missing Authentication Token")
    }

    pub(crate) fn unknown_key() -> Self {
        Self::forbidden("InvalidClientTokenId", "The security token included in the request is invalid.")
    }

    pub(crate) fn expired_key() -> Self {
        Self::forbidden("ExpiredToken", "The security token included in the request is expired")
    }

    pub(crate) fn incomplete_signature(message: impl Into<String>) -> Self {
        Self::bad_request("IncompleteSignature", message)
    }

    pub(crate) fn signature(message: impl Into<String>) -> Self {
        Self::forbidden("SignatureDoesNotMatch", message)
    }

    pub(crate) fn request_expired(message: impl Into<String>) -> Self {
        Self::bad_request("RequestExpired", message)
    }

    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::bad_request("ValidationError", message)
    }

    pub(crate) fn too_many_keys() -> Self {
        Self::new(StatusCode::CONFLICT, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2")
    }

    pub(crate) fn no_such_key(id: &str) -> Self {
        let message = format!("The Access Key with id {id} cannot be found.");
        Self::new(StatusCode::NOT_FOUND, "NoSuchEntity", message)
    }

    pub(crate) fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::bad_request("InvalidParameterValue", message)
    }

    pub(crate) fn invalid_authorization_message() -> Self {
        Self::bad_request("InvalidAuthorizationMessageException", "Message is not valid")
    }

    pub(crate) fn malformed_input(message: impl Into<String>) -> Self {
        Self::bad_request("MalformedInput", message)
    }

    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length>
    pub(crate) fn packed_too_large(percent: usize) -> Self {
        Self::bad_request(
            "PackedPolicyTooLarge",
            format!(
                "Packed size of session policies and tags consumes {percent}% of allotted space, please use smaller policy."
            ),
        )
    }

    pub(crate) fn region_disabled(account: &str) -> Self {
        Self::forbidden(
            "RegionDisabledException",
            format!(
                "STS is not activated in this region for account:{account}. Your account administrator can activate \
                 STS in this region using the IAM Console."
            ),
        )
    }

    pub(crate) fn malformed_policy(message: impl Into<String>) -> Self {
        Self::bad_request("MalformedPolicyDocument", message)
    }

    pub(crate) fn invalid_identity_token(message: impl Into<String>) -> Self {
        Self::bad_request("InvalidIdentityToken", message)
    }

    pub(crate) fn expired_identity_token(now: i64, expires: i64) -> Self {
        Self::bad_request(
            "ExpiredTokenException",
            format!("Token expired: current date/time {now} must be before the expiration date/time {expires}"),
        )
    }

    pub(crate) fn expired_assertion() -> Self {
        Self::bad_request("ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance")
    }

    pub(crate) fn issuer_unreachable() -> Self {
        Self::bad_request(
            "IDPCommunicationError",
            "The request could not be fulfilled because the identity provider (IDP) that was asked to verify the \
             incoming identity token could not be reached.",
        )
    }

    pub(crate) fn rejected_claim(message: impl Into<String>) -> Self {
        Self::forbidden("IDPRejectedClaim", message)
    }

    pub(crate) fn no_such_action(action: &str, version: &str) -> Self {
        Self::bad_request("InvalidAction", format!("Could not find operation {action} for version {version}"))
    }

    pub(crate) fn no_such_version(action: &str, version: &str) -> Self {
        Self::bad_request("NoSuchVersion", format!("The requested version ({version}) of {action} is not valid"))
    }

    pub(crate) fn missing_action() -> Self {
        Self::bad_request("MissingAction", "The request is missing an action or a required parameter.")
    }

    pub(crate) fn throttled() -> Self {
        Self::bad_request("Throttling", "Rate exceeded")
    }

    pub(crate) fn internal_failure() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalFailure",
            "The request processing has failed because of an unknown error, exception or failure.",
        )
    }

    pub(crate) fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailable",
            "The request has failed due to a temporary failure of the server.",
        )
    }
}
