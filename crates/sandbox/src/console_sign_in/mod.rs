//! AWS's sign-in service, which `aws login` uses: an authorization page for console sessions, and `CreateOAuth2Token`.
//!
//! - <https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sign-in.html>
//! - <https://docs.aws.amazon.com/signin/latest/APIReference/API_CreateOAuth2Token.html>
//! - <https://www.rfc-editor.org/rfc/rfc9449> (DPoP)

mod authorize;
mod dpop;
mod grants;
mod principals;
mod refusal;
mod shared;
mod token;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};

pub(crate) use shared::{ConsoleSignIn, Shared};

/// The same paths as at AWS, below `/v1`, and the page's form.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/authorize", get(authorize::authorize))
        .route("/authorize/sign-in", post(authorize::sign_in))
        .route("/sessions/confirmation", get(authorize::confirmation))
        .route("/token", post(token::create))
}
