//! IAM Identity Center: the authorization service (`sso-oidc`), which issues access tokens, and the access portal,
//! which issues credentials for them. Both share the sandbox's URL, because their paths don't collide with those of
//! STS.
//!
//! - <https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/Welcome.html>
//! - <https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/Welcome.html>

mod assignments;
mod authorize;
mod clients;
mod device;
mod grants;
mod portal;
mod refusal;
mod throttle;
mod token;

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    Router,
    routing::{get, post},
};
use serde::de::DeserializeOwned;

use crate::server::Shared;
use grants::Grants;
use refusal::Refusal;
use throttle::Throttle;

/// The service's grants, and its recent request rate.
#[derive(Debug, Default)]
pub(crate) struct IdentityCenter {
    grants: Mutex<Grants>,
    throttle: Throttle,
}

impl IdentityCenter {
    fn grants<T>(&self, f: impl FnOnce(&mut Grants) -> T) -> T {
        f(&mut self.grants.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The same paths as the two services have at AWS, and the access portal's own pages below `/start`.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/client/register", post(clients::register))
        .route("/device_authorization", post(device::start))
        .route("/authorize", get(authorize::authorize))
        .route("/authorize/sign-in", post(authorize::sign_in))
        .route("/token", post(token::create))
        .route("/start", get(device::portal_page))
        .route("/start/", get(device::portal_page))
        .route("/start/device", get(device::page))
        .route("/start/device/sign-in", post(device::sign_in))
        .route("/assignment/accounts", get(portal::list_accounts))
        .route("/assignment/roles", get(portal::list_account_roles))
        .route("/federation/credentials", get(portal::get_role_credentials))
        .route("/logout", post(portal::logout))
}

/// The body of a call to the authorization service.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal::invalid_request("The request body is not the expected JSON."))
}

/// A member that the service's model requires.
fn required<'a>(name: &'static str, value: &'a Option<String>) -> Result<&'a str, Refusal> {
    let given = value.as_deref().filter(|value| !value.is_empty());
    given.ok_or_else(|| Refusal::invalid_request(format!("{name} is missing.")))
}

/// Whether this is the sandbox's start URL, in any form that people copy it in: with or without a trailing slash, with
/// the portal's fragment, by host name or by IP address.
fn is_start_url(shared: &Shared, text: &str) -> bool {
    let bare = text.split('#').next().unwrap_or_default().trim_end_matches('/');
    let bare = bare.replacen("://localhost:", "://127.0.0.1:", 1);
    bare == shared.start_url
}
