//! IAM Identity Center: the authorization service (`sso-oidc`), which issues access tokens, and the access portal,
//! which issues credentials for them. Both share the sandbox's URL, because their paths don't collide with those of
//! STS.
//!
//! - <https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/Welcome.html>
//! - <https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/Welcome.html>

mod assignments;
mod authorize;
mod body;
mod clients;
mod device;
mod grants;
mod portal;
mod refusal;
mod register;
mod shared;
mod throttle;
mod token;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};

pub(crate) use shared::{IdentityCenter, Shared};

/// The same paths as the two services have at AWS, and the access portal's own pages below `/start`.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/client/register", post(register::register))
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
