//! The AWS endpoints: STS, some of IAM, and the console's federation endpoint.

mod actions;
mod assume_role;
mod console;
mod denials;
mod fault;
mod federated_roles;
mod held;
mod iam;
mod issuers;
mod limits;
mod mfa;
mod saml;
mod sigv4;
mod sts;
mod tags;
mod user_sessions;
mod web_identity;
mod xml;

pub(crate) use console::{SigninTokens, federation};
pub(crate) use denials::EncodedMessages;
pub(crate) use held::{HeldKeys, Principal, RoleSession};
pub(crate) use issuers::ForeignIssuers;
pub(crate) use mfa::UsedCodes;
pub(crate) use sts::{not_found, query};
