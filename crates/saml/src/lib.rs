//! What a SAML 2.0 identity provider says, and what it is asked: bytes in, values out, no I/O.
//!
//! AWS accepts an assertion only for its own sign-in addresses ([`endpoints`]). [`Assertion`] reads one; it is read to
//! show roles and to ask for the right one, never to believe it: whether it is genuine is decided by STS, which has the
//! identity provider's certificate. [`AuthnRequest`] is for identity providers that want to be asked first.

mod assertion;
pub mod endpoints;
mod error;
mod limits;
mod request;
mod roles;
#[cfg(any(test, feature = "samples"))]
pub mod samples;
mod xml;

#[cfg(test)]
mod tests;

pub use assertion::{Assertion, SKEW, later};
pub use error::ResponseError;
pub use limits::LONGEST_ASSERTION;
pub use request::{AuthnRequest, PageStart};
pub use roles::{SamlProviderArn, SamlRole};
