//! SAML 2.0: the person signs in at their identity provider, and the assertion that it makes for AWS is taken to
//! AssumeRoleWithSAML instead of the console.
//!
//! AWS accepts an assertion only for its own sign-in addresses ([`daypass_saml::endpoints`]), so it is caught on its way there.
//! `daypass_saml` reads it. It is read to show roles and to ask for the right one, never to believe it: whether it is
//! genuine is decided by STS, which has the identity provider's certificate. An `AuthnRequest` is for identity
//! providers that want to be asked first. What the rest of Daypass calls is in `kind`.

mod error;
mod kind;
mod settings;

pub use error::SamlError;
pub(crate) use kind::SamlIdentity;
