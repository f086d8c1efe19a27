//! The body of a call to the authorization service.

use serde::de::DeserializeOwned;

use super::refusal::Refusal;

/// Reads a body.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal::invalid_request("The request body is not the expected JSON."))
}

/// A member that the service's model requires.
pub(super) fn required<'a>(name: &'static str, value: &'a Option<String>) -> Result<&'a str, Refusal> {
    let given = value.as_deref().filter(|value| !value.is_empty());
    given.ok_or_else(|| Refusal::invalid_request(format!("{name} is missing.")))
}
