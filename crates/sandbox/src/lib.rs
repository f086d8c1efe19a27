//! A local AWS and identity provider on loopback. Newcomers can try the whole product without an AWS account, and tests
//! can inject faults.
//!
//! One listener serves:
//!
//! - **STS** at [`Sandbox::base_url`]: all actions of the query protocol that issue credentials or identify them, from
//!   `AssumeRole` to `AssumeRoot`. It really verifies Signature Version 4, web identity tokens, SAML assertions, MFA
//!   codes and trust conditions, and its errors have AWS's own codes and messages. The same URL serves the IAM actions
//!   that rotate a user's access key.
//! - **An OpenID provider** at [`Sandbox::issuer`]: authorization code with PKCE, rotating refresh tokens, and a
//!   sign-in page for a few made-up people.
//! - **IAM Identity Center** at [`Sandbox::start_url`]: device codes and authorization codes with PKCE, refresh
//!   tokens, and the access portal's accounts, roles and credentials.
//! - **A SAML identity provider** at [`Sandbox::saml_start_url`]: IdP-initiated and SP-initiated, with a session cookie
//!   and signed assertions that `AssumeRoleWithSAML` verifies.
//! - **The console's federation endpoint** at [`Sandbox::signin_url`], and below it **the sign-in service** that `aws
//!   login` uses: authorization codes with PKCE, and refresh tokens that are bound to a key by DPoP.
//!
//! [`Knobs`] make it throttle, fail, hang, deny, answer slowly, run with a wrong clock, or issue credentials that last
//! for seconds. Set them from code or over HTTP at `/_sandbox/knobs`. `/_sandbox/log` lists recent requests.
//!
//! The sandbox doesn't evaluate session policies, which only have to be JSON, because it has no resources that they
//! could guard. It has no TLS. The listener is on 127.0.0.1 and answers only requests whose `Host` is a loopback name.
//!
//! ```no_run
//! # async fn show() -> Result<(), daypass_sandbox::SandboxError> {
//! use daypass_sandbox::{Options, Sandbox};
//!
//! let sandbox = Sandbox::start(Options::default()).await?;
//! println!("AWS_ENDPOINT_URL_STS={}", sandbox.base_url());
//! sandbox.stop().await;
//! # Ok(())
//! # }
//! ```

mod aws;
mod aws_endpoint;
mod common;
mod console_sign_in;
mod cookies;
mod error;
pub mod headless;
mod home;
mod html;
mod identity_center;
mod journal;
mod knobs;
mod oidc;
mod options;
mod params;
mod random;
mod saml;
mod server;
mod sign_in;
mod world;

pub use error::SandboxError;
pub use home::Home;
pub use journal::Entry;
pub use knobs::{Assertion, ConsoleRefusal, FailStatus, Knobs, Refresh};
pub use options::{Clock, Options, TrustedIssuer};
pub use server::Sandbox;
pub use world::{Account, Allowed, IamUser, MfaDevice, Person, Role};

/// The only client of the sandbox's OpenID provider. It is a public client that uses PKCE instead of a secret (RFC
/// 8252).
pub const CLIENT_ID: &str = "daypass-sandbox";

/// The base32 TOTP secret of the MFA device that belongs to kim, an IAM user in the made-up company.
pub const MFA_SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

/// The password for everyone in the sandbox. The sign-in page shows it.
pub const PASSWORD: &str = "sandbox";
