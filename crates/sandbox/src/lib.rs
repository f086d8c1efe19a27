//! A local AWS and identity provider on loopback, so that a newcomer sees the whole product without
//! an AWS account and so that faults can be rehearsed.
//!
//! One listener serves:
//!
//! - **STS** at [`Sandbox::base_url`]: all actions of the query protocol that give credentials or say whose they are,
//!   from `AssumeRole` to `AssumeRoot`. Signature Version 4, web identity tokens, SAML assertions, MFA codes and trust
//!   conditions are verified for real, and refusals carry AWS's own codes and messages.
//!   Of IAM, at the same address, what rotating a user's access key takes.
//! - **An OpenID provider** at [`Sandbox::issuer`]: authorization code with PKCE, rotating refresh tokens, and a
//!   sign-in page for a few made-up people.
//! - **IAM Identity Center** at [`Sandbox::start_url`]: device codes and authorization codes with PKCE, refresh
//!   tokens, and the access portal's accounts, roles and credentials.
//! - **A SAML identity provider** at [`Sandbox::saml_start_url`]: IdP- and SP-initiated, with a session cookie and
//!   signed assertions that `AssumeRoleWithSAML` verifies.
//! - **The console's federation endpoint** at [`Sandbox::signin_url`].
//!
//! [`Knobs`] make it throttle, fail, hang, deny, lag, run with a wrong clock, or hand out credentials that live for
//! seconds. They are set from code or over HTTP at `/_sandbox/knobs`; `/_sandbox/log` lists recent requests.
//!
//! What is absent: session policies are not evaluated (one must be JSON, that is all), since the sandbox has no
//! resources that they could guard. There is no TLS: the listener is on 127.0.0.1 only and answers only requests whose `Host` is a loopback name.
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

pub use home::Home;
pub use journal::Entry;
pub use knobs::{Assertion, FailStatus, Knobs, Refresh};
pub use options::{Clock, Options, SandboxError, TrustedIssuer};
pub use server::Sandbox;
pub use world::{Account, Allowed, IamUser, MfaDevice, Person, Role};

/// The one public client of the sandbox's OpenID provider. It has no secret: PKCE stands in for it (RFC 8252).
pub const CLIENT_ID: &str = "daypass-sandbox";

/// The TOTP secret of the MFA device of kim, an IAM user of the made-up company, in base32.
pub const MFA_SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

/// Everybody's password in the sandbox. The sign-in page shows it.
pub const PASSWORD: &str = "sandbox";
