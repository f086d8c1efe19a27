//! OpenID Connect: authorization code with PKCE in the system's browser (RFC 8252, OpenID Connect Core 1.0).
//!
//! [`SignIn`] needs the person and `tokens::refresh` doesn't. Both yield an [`OidcProof`]. `provider` reads a provider's
//! discovery document and keys, and `tokens` exchanges codes and refresh tokens for ID tokens. Only `verify` decides
//! whether to believe an ID token. `renewal` asks for what renews it, `roles` reads its roles. `kind` is what the rest of Daypass calls.

mod check;
mod claims;
mod error;
mod kind;
mod proof;
mod provider;
mod renewal;
mod roles;
mod settings;
mod sign_in;
mod signature;
mod tokens;
mod verify;

#[cfg(test)]
mod tests;

pub use claims::session_name;
pub(super) use claims::{check_template, person, template_mistake};
pub use error::OidcError;
pub(crate) use kind::{OidcIdentity, Token};
pub use proof::OidcProof;
pub use provider::OidcClient;
pub use roles::{ClaimedRoles, roles_from_claim};
pub use sign_in::SignIn;
