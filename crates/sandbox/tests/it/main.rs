//! The sandbox from outside: over HTTP, with signatures made by the `aws-sigv4` crate, and with botocore and the AWS
//! CLI where they are installed.
// The signed requests of these tests are made by the real clock, as other people's clients make theirs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, clippy::disallowed_methods)]

mod botocore;
mod console;
mod faults;
mod foreign_issuer;
mod iam;
mod identity_center;
mod identity_center_cli;
mod oidc;
mod openid_client;
mod saml;
mod sts;
mod sts_conditions;
mod support;
mod web_identity;
