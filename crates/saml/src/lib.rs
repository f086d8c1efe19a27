//! SAML 2.0: reads an identity provider's response and writes the request for one. Bytes in, values out, no I/O.
//!
//! AWS accepts an assertion only at its own sign-in addresses ([`endpoints`]). [`Assertion`] reads one to show its
//! roles and to ask for the right one. It never decides whether the assertion is genuine: that is up to STS, which has
//! the identity provider's certificate. [`AuthnRequest`] is for identity providers that expect a request first.

mod assertion;
pub mod endpoints;
mod error;
mod limits;
mod remark;
mod request;
mod role_page;
mod roles;
#[cfg(any(test, feature = "samples"))]
pub mod samples;
mod xml;

#[cfg(test)]
mod tests;

pub use assertion::{Assertion, SKEW, later};
pub use error::ResponseError;
pub use limits::LONGEST_ASSERTION;
pub use remark::{Remark, Skipped};
pub use request::{AuthnRequest, PageStart};
pub use role_page::account_names;
pub use roles::{SamlProviderArn, SamlRole};
