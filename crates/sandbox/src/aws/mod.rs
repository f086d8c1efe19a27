//! What AWS answers: STS, and the console's federation endpoint.

mod actions;
mod console;
mod fault;
mod held;
mod issuers;
mod limits;
mod saml;
mod sigv4;
mod sts;
mod web_identity;
mod xml;

pub(crate) use console::{SigninTokens, federation};
pub(crate) use held::{HeldKeys, Principal};
pub(crate) use issuers::ForeignIssuers;
pub(crate) use sts::{not_found, query};
