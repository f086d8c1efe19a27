//! Tests the sandbox from outside, over HTTP, with signatures from the `aws-sigv4` crate, and with botocore and the AWS
//! CLI if they are installed.
// These tests sign requests by the real clock, as other clients do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, clippy::disallowed_methods)]

mod botocore;
mod console;
mod faults;
mod foreign_issuer;
mod home;
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
