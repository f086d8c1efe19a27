//! SAML 2.0: the person signs in at their identity provider, and the assertion that it makes for AWS is taken to
//! AssumeRoleWithSAML instead of the console.
//!
//! AWS accepts an assertion only for its own sign-in addresses ([`endpoints`]), so it is caught on its way there.
//! [`Assertion`] reads it. It is read to show roles and to ask for the right one, never to believe it: whether it is
//! genuine is decided by STS, which has the identity provider's certificate. [`AuthnRequest`] is for identity
//! providers that want to be asked first. What the rest of Daypass calls is in `kind`.

mod assertion;
pub mod endpoints;
mod error;
mod kind;
mod request;
mod roles;
mod settings;
mod xml;

#[cfg(test)]
mod tests;

pub use assertion::{Assertion, LONGEST_ASSERTION};
pub use error::SamlError;
pub use request::{AuthnRequest, Binding};
pub use roles::{SamlProviderArn, SamlRole};
pub use settings::SamlSettings;
