//! IAM Identity Center: the person signs in at the AWS access portal, which then lists their accounts and roles and
//! gives credentials for each of them.
//!
//! Two services of AWS are asked: `sso-oidc` for access tokens (`sign_in`, `registration`, `access`), and the portal
//! for everything that a token is good for (`portal`, `discovery`). Both have one rate for all of a person's
//! programs, so every request to the portal waits for its turn in `pace`. What was discovered is in `catalog`.
//!
//! - <https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/Welcome.html>
//! - <https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/Welcome.html>

mod access;
mod catalog;
mod center;
mod client;
mod discovery;
mod error;
mod kind;
mod memory;
mod pace;
mod portal;
mod registration;
mod settings;
mod sign_in;
mod start_url;

pub(crate) use kind::IdentityCenterIdentity;
pub(crate) use memory::PortalMemory;
