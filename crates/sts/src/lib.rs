//! Exchange: turns a proof into short-lived credentials at AWS's Security Token Service.
//!
//! It uses the official SDK with explicit configuration. It never uses the SDK's default provider chain: that reads
//! your AWS files, which may call Daypass's own `credential_process`, and the two would wait for each other.
//!
//! `sts` sends requests, one region after the other. `grant` has the operations that grant credentials, and `question`
//! the others. `account_names` asks other services what accounts are called. `check` looks at a request before it is sent: `operation` knows the terms of each operation and `limits`
//! their bounds. `error` sorts failures into *try again*, *sign in again* and *change something*, and `next_step` says
//! what to do about a `refusal`.

mod account_names;
mod address;
mod aws;
mod check;
pub mod console;
mod denial;
mod error;
mod foreign;
mod grant;
mod leaks;
mod limits;
mod next_step;
mod operation;
mod question;
mod refusal;
mod skew;
mod sts;
mod wire;

#[cfg(test)]
mod tests;

use chrono::TimeDelta;
use secrecy::SecretString;

pub use self::account_names::{CalledAccount, NoAnswer};
pub use self::address::at_once;
pub use self::aws::{Aws, region_of};
pub use self::check::TermError;
pub use self::denial::{Denial, DenialContext, DenialStatement, DeniedPrincipal, Verdict};
pub use self::error::CallContext;
pub use self::error::{ExchangeError, trouble_of};
pub use self::limits::{LimitError, Limited, TASK_POLICIES};
pub use self::operation::Operation;
pub use self::refusal::{Refusal, Says};
pub use self::skew::SkewReader;
pub use self::sts::{Sts, sdk_credentials};
use daypass_core::endpoints::StsEndpoint;
use daypass_core::names::{Region, SessionName, Target, TargetKind};
use daypass_core::terms::Terms;

/// A request for credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeRequest {
    /// The role, or another target of the credentials.
    pub target: Target,
    /// Which regions to ask.
    pub at: StsRegions,
    /// The terms of the credentials.
    pub terms: Terms,
    /// Whether the session of a role sends it, not a user.
    pub is_chained: bool,
}

/// The regions whose STS to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StsRegions {
    /// The regions in order. Never empty.
    pub regions: Vec<Region>,
    /// Asked only if those don't know the account, because it hasn't enabled them. Every account has this one.
    pub last_resort: Option<Region>,
    /// Which kind of endpoint to use.
    pub endpoint: StsEndpoint,
}

impl ExchangeRequest {
    /// The same request, sent with a session of `parent`. A role that another role assumes lasts an hour at most
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining>). A user's session
    /// token isn't a role's.
    pub fn asked_by(mut self, parent: &Target) -> Self {
        self.is_chained = parent.kind() != TargetKind::User;
        self
    }
}

/// A token of an OpenID provider, or an access token of an OAuth 2.0 provider.
#[derive(Debug, Clone, Copy)]
pub struct WebIdentity<'a> {
    /// The token.
    pub token: &'a SecretString,
    /// `ProviderId`, for an access token only.
    pub provider_id: Option<&'a str>,
    /// `RoleSessionName`, unless the terms name one.
    pub session_name: &'a SessionName,
}

/// An assertion of a SAML provider.
#[derive(Debug, Clone, Copy)]
pub struct SamlIdentity<'a> {
    /// The response that holds it, in Base64 as the provider posted it.
    pub assertion: &'a SecretString,
    /// `PrincipalArn`: the SAML provider in IAM that the role trusts.
    pub principal_arn: &'a str,
}

/// A code of an MFA device. It is valid for one request, so it is never sent again, neither in a retry nor to another
/// region.
#[derive(Debug, Clone, Copy)]
pub struct Mfa<'a> {
    /// `SerialNumber`: of the device, or the ARN of a virtual one.
    pub serial: &'a str,
    /// `TokenCode`: six digits.
    pub code: &'a SecretString,
}

/// Who credentials belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Account id.
    pub account: String,
    /// ARN of the user or of the assumed role.
    pub arn: String,
    /// Unique id.
    pub user_id: String,
    /// For CloudTrail.
    pub request_id: Option<String>,
    /// The server's clock minus this machine's; see [`IssuedCredentials::clock_skew`].
    pub clock_skew: Option<TimeDelta>,
}
