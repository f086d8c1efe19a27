//! OpenID Connect: authorization code with PKCE in the system's browser (RFC 8252, OpenID Connect Core 1.0).
//!
//! [`SignIn`] asks the person, [`refresh`] does without, both end in an [`OidcProof`]. What is asked of a provider
//! is in `provider` (discovery, keys) and `tokens` (codes and refresh tokens for ID tokens); whether an ID token
//! is believed is decided in `verify` alone. What the rest of Daypass calls is in `kind`.

mod check;
mod claims;
mod error;
mod kind;
mod proof;
mod provider;
mod settings;
mod sign_in;
mod tokens;
mod verify;

#[cfg(test)]
mod tests;

pub use claims::{ClaimedRoles, roles_from_claim, session_name};
pub(super) use claims::{check_template, person};
pub use error::OidcError;
pub(crate) use kind::{OidcIdentity, Token};
pub use proof::OidcProof;
pub use provider::OidcClient;
pub use sign_in::SignIn;
pub use tokens::refresh;
