//! The AWS endpoints: STS, some of IAM, and the console's federation endpoint.

mod account_names;
mod actions;
mod assume_role;
mod console;
mod denials;
mod encoded_messages;
mod fault;
mod federated_roles;
mod held;
mod iam;
mod issuers;
mod limits;
mod mfa;
mod regions;
mod role_page;
mod saml;
mod shared;
mod signin_tokens;
mod sigv4;
mod sts;
mod tags;
mod used_codes;
mod user_sessions;
mod web_identity;
mod xml;

pub(crate) use account_names::account_information;
pub(crate) use console::{federation, log_out};
pub(crate) use encoded_messages::EncodedMessages;
pub(crate) use held::{HeldKeys, Principal, RoleSession};
pub(crate) use issuers::ForeignIssuers;
pub(crate) use role_page::choose_role;
pub(crate) use shared::Shared;
pub(crate) use signin_tokens::SigninTokens;
pub(crate) use sts::{not_found, query};
pub(crate) use used_codes::UsedCodes;
