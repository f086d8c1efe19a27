//! IAM Identity Center: you sign in at the AWS access portal, which then lists your accounts and roles and gives
//! credentials for each of them.
//!
//! It uses two services of AWS: `sso-oidc` for access tokens (`sign_in`, `registration`, `access`), and the portal for
//! everything that a token gives access to (`portal`, `discovery`). Both limit the rate of all your programs together,
//! so every request to the portal waits in `pace`. `catalog` has what was discovered, and `memory` what a process
//! remembers.
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
mod vanity;

pub(crate) use kind::IdentityCenterIdentity;
pub(crate) use memory::PortalMemory;
pub(crate) use start_url::{StartUrl, is_directory};
