//! SAML 2.0: you sign in at your identity provider, and its assertion for AWS goes to AssumeRoleWithSAML instead of the
//! console.
//!
//! AWS accepts an assertion only at its own sign-in addresses ([`daypass_saml::endpoints`]), so a browser or the app's
//! window catches it on the way there (`place`). [`daypass_saml`] reads it to show its roles and to ask for the right one. STS decides
//! whether it is genuine, because STS has the identity provider's certificate. An `AuthnRequest` is for identity
//! providers that expect a request first. `kind` is what the rest of Daypass calls.

mod error;
mod kind;
mod place;
mod settings;

pub use error::SamlError;
pub(crate) use kind::SamlIdentity;
