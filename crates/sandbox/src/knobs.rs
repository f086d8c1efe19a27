//! Faults and lifetimes that you can change while the sandbox runs.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

use crate::{SandboxError, aws_endpoint::is_aws_endpoint};

const MAX_LIFETIME_SECONDS: u32 = 43_200;
const MAX_LATENCY_MS: u64 = 600_000;
const MAX_SSO_SECONDS: u32 = 90 * 86_400;
const MAX_SKEW_SECONDS: i64 = 10 * 365 * 86_400;

/// What goes wrong, how slow the sandbox is, and how long things last.
///
/// The counters (`…_next`) count down as calls use them, and reading the knobs shows what is left. They apply to calls
/// to STS and IAM. If several are set, a call gets the first of hang, fail, throttle and deny.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Knobs {
    /// The longest that credentials last (1 s to 43,200 s), whatever `DurationSeconds` asks for.
    pub lifetime_seconds: Option<u32>,
    /// Lifetime of the sandbox's own ID and access tokens, 1 s to 43,200 s. 3,600 s by default.
    pub id_token_seconds: u32,
    /// What the token endpoint does with refresh tokens.
    pub refresh: Refresh,
    /// Delay before each answer from STS, the provider and the console, up to 600,000 ms.
    pub latency_ms: u64,
    /// The next n STS calls get `Throttling`.
    pub throttle_next: u32,
    /// The next n STS calls fail with `fail_status`.
    pub fail_next: u32,
    /// 500 (`InternalFailure`) or 503 (`ServiceUnavailable`).
    pub fail_status: FailStatus,
    /// Shifts the sandbox's clock, and with it the `Date` header, every expiration and every timestamp check. At most
    /// ten years in either direction.
    pub skew_seconds: i64,
    /// The next n STS calls get `AccessDenied`.
    pub deny_next: u32,
    /// The next n STS calls never get an answer. They end when the client gives up or the sandbox stops.
    pub hang_next: u32,
    /// How many made-up accounts with three roles each Identity Center adds to those of the world, for everyone who has
    /// a role there. At most 20,000.
    pub sso_accounts: u32,
    /// How many requests a second the access portal answers, 1 to 10,000. The others get `TooManyRequestsException`.
    pub portal_requests_per_second: Option<u32>,
    /// The next n polls with a device code get `SlowDownException`.
    pub slow_down_next: u32,
    /// How often a client may poll with a device code, 1 s to 60 s. A faster client gets `SlowDownException` and has to
    /// wait five seconds longer between polls (RFC 8628, 3.5).
    pub device_interval_seconds: u32,
    /// Lifetime of device codes, 1 s to 600 s, which is the lifetime at AWS.
    pub device_code_seconds: u32,
    /// Lifetime of Identity Center access tokens, 1 s to 43,200 s. 3,600 s by default.
    pub sso_token_seconds: u32,
    /// How long clients can refresh access tokens, 1 s to 7,776,000 s (90 days). 28,800 s by default.
    pub sso_session_seconds: u32,
    /// Lifetime of a client registration, 1 s to 7,776,000 s (90 days), which is the default.
    pub sso_client_seconds: u32,
    /// While this is set, all Identity Center sessions count as revoked. The portal answers `UnauthorizedException`,
    /// and refresh tokens are refused.
    pub sso_revoked: bool,
    /// How long a console sign-in can be refreshed, 1 s to 43,200 s, which is the time at AWS.
    pub console_session_seconds: u32,
    /// What the console's sign-in service refuses all grants with.
    pub console_refusal: ConsoleRefusal,
    /// What is right or wrong with the SAML provider's assertions.
    pub assertion: Assertion,
    /// Lifetime of assertions, 1 s to 300 s, which is the default. AWS rejects older ones.
    pub assertion_seconds: u32,
    /// The `SessionDuration` in assertions, 900 s to 43,200 s. 3,600 s by default.
    pub saml_session_seconds: u32,
    /// How long the SAML provider remembers a browser, 1 s to 43,200 s. 28,800 s by default. A change also applies to
    /// people who are already signed in.
    pub idp_session_seconds: u32,
    /// How long a new IAM access key takes to become valid, 0 s to 60 s. At AWS it takes some seconds.
    pub key_delay_seconds: u32,
    /// Whether STS denials have an encoded message for `DecodeAuthorizationMessage`, as those from EC2 do.
    pub encode_denials: bool,
    /// Whether a browser can be signed in to several consoles at once, as with AWS's multi-session support. Without it,
    /// the second one asks to log out first.
    pub console_multi_session: bool,
    /// Session tags that the OpenID provider puts into ID tokens, and the SAML provider into assertions.
    pub principal_tags: BTreeMap<String, String>,
    /// Which of those tags a chain passes on.
    pub transitive_tag_keys: Vec<String>,
    /// Regions that accounts have enabled, of those that every account has to enable first: `eu-south-1` in all
    /// accounts, `111122223333/eu-south-1` in one. None by default, as in a new account.
    pub enabled_regions: Vec<String>,
    /// Where SAML responses are posted: `https://signin.aws.amazon.com/saml`, or the URL of a region or another
    /// partition.
    pub saml_endpoint: String,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            lifetime_seconds: None,
            id_token_seconds: 3_600,
            refresh: Refresh::Ok,
            latency_ms: 0,
            throttle_next: 0,
            fail_next: 0,
            fail_status: FailStatus::InternalFailure,
            skew_seconds: 0,
            deny_next: 0,
            hang_next: 0,
            sso_accounts: 0,
            portal_requests_per_second: None,
            slow_down_next: 0,
            device_interval_seconds: 1,
            device_code_seconds: 600,
            sso_token_seconds: 3_600,
            sso_session_seconds: 28_800,
            sso_client_seconds: MAX_SSO_SECONDS,
            sso_revoked: false,
            console_session_seconds: MAX_LIFETIME_SECONDS,
            console_refusal: ConsoleRefusal::None,
            assertion: Assertion::Ok,
            assertion_seconds: 300,
            saml_session_seconds: 3_600,
            idp_session_seconds: 28_800,
            key_delay_seconds: 0,
            encode_denials: false,
            console_multi_session: false,
            principal_tags: BTreeMap::new(),
            transitive_tag_keys: Vec::new(),
            enabled_regions: Vec::new(),
            saml_endpoint: "https://signin.aws.amazon.com/saml".to_owned(),
        }
    }
}

impl Knobs {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`SandboxError::Knob`] names the first knob that is out of range.
    pub fn check(&self) -> Result<(), SandboxError> {
        let lifetimes = 1..=MAX_LIFETIME_SECONDS;
        let complain = |knob, range| Err(SandboxError::Knob { knob, range });
        if self.lifetime_seconds.is_some_and(|s| !lifetimes.contains(&s)) {
            return complain("lifetime_seconds", "1 to 43200, or null");
        }
        if !lifetimes.contains(&self.id_token_seconds) {
            return complain("id_token_seconds", "1 to 43200");
        }
        if self.latency_ms > MAX_LATENCY_MS {
            return complain("latency_ms", "0 to 600000");
        }
        if self.skew_seconds.unsigned_abs() > MAX_SKEW_SECONDS.unsigned_abs() {
            return complain("skew_seconds", "-315360000 to 315360000");
        }
        if !is_aws_endpoint(&self.saml_endpoint) {
            return complain(
                "saml_endpoint",
                "https://signin.aws.amazon.com/saml, or the URL of a region or partition",
            );
        }
        self.check_seconds()
    }

    fn check_seconds(&self) -> Result<(), SandboxError> {
        let rate = self.portal_requests_per_second.unwrap_or(1);
        for (knob, value, bounds, range) in [
            ("sso_accounts", self.sso_accounts, 0..=20_000, "0 to 20000"),
            ("portal_requests_per_second", rate, 1..=10_000, "1 to 10000, or null"),
            ("device_interval_seconds", self.device_interval_seconds, 1..=60, "1 to 60"),
            ("device_code_seconds", self.device_code_seconds, 1..=600, "1 to 600"),
            ("console_session_seconds", self.console_session_seconds, 1..=MAX_LIFETIME_SECONDS, "1 to 43200"),
            ("sso_token_seconds", self.sso_token_seconds, 1..=MAX_LIFETIME_SECONDS, "1 to 43200"),
            ("sso_session_seconds", self.sso_session_seconds, 1..=MAX_SSO_SECONDS, "1 to 7776000"),
            ("key_delay_seconds", self.key_delay_seconds, 0..=60, "0 to 60"),
            ("assertion_seconds", self.assertion_seconds, 1..=300, "1 to 300"),
            ("saml_session_seconds", self.saml_session_seconds, 900..=MAX_LIFETIME_SECONDS, "900 to 43200"),
            ("idp_session_seconds", self.idp_session_seconds, 1..=MAX_LIFETIME_SECONDS, "1 to 43200"),
            ("sso_client_seconds", self.sso_client_seconds, 1..=MAX_SSO_SECONDS, "1 to 7776000"),
        ] {
            if !bounds.contains(&value) {
                return Err(SandboxError::Knob { knob, range });
            }
        }
        Ok(())
    }
}

/// What the token endpoint does with refresh tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Refresh {
    /// Accepts and rotates them.
    #[default]
    Ok,
    /// Answers `invalid_grant`, as if they had all expired.
    Expired,
}

/// What the console's sign-in service refuses a grant with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConsoleRefusal {
    /// Nothing: it grants what is right.
    #[default]
    None,
    /// `TOKEN_EXPIRED`.
    TokenExpired,
    /// `USER_CREDENTIALS_CHANGED`: the person has a new password.
    UserCredentialsChanged,
    /// `INSUFFICIENT_PERMISSIONS`: no policy allows `signin:CreateOAuth2Token`.
    InsufficientPermissions,
    /// `INVALID_REQUEST`, as AWS answers to a refresh in another region.
    InvalidRequest,
    /// 500 `server_error`.
    ServerError,
}

/// What is right or wrong with the SAML provider's assertions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assertion {
    /// Nothing is wrong.
    #[default]
    Ok,
    /// Issued ten minutes ago.
    Expired,
    /// Without the Role attribute.
    WithoutRoles,
    /// With another session name, changed after signing.
    Forged,
    /// For an audience other than AWS.
    WrongAudience,
}

/// The HTTP status of an injected STS failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub enum FailStatus {
    /// 500 `InternalFailure`.
    #[default]
    InternalFailure,
    /// 503 `ServiceUnavailable`.
    ServiceUnavailable,
}

impl TryFrom<u16> for FailStatus {
    type Error = &'static str;

    fn try_from(status: u16) -> Result<Self, Self::Error> {
        match status {
            500 => Ok(Self::InternalFailure),
            503 => Ok(Self::ServiceUnavailable),
            _ => Err("fail_status is 500 or 503"),
        }
    }
}

impl From<FailStatus> for u16 {
    fn from(status: FailStatus) -> Self {
        match status {
            FailStatus::InternalFailure => 500,
            FailStatus::ServiceUnavailable => 503,
        }
    }
}

/// The fault to inject into the next call to STS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InjectedFault {
    Hang,
    Fail(FailStatus),
    Throttle,
    Deny,
}

/// The knobs, shared between the server's tasks.
#[derive(Debug)]
pub(crate) struct Panel(Mutex<Knobs>);

impl Panel {
    pub(crate) fn new(knobs: Knobs) -> Self {
        Self(Mutex::new(knobs))
    }

    pub(crate) fn read(&self) -> Knobs {
        self.locked(|knobs| knobs.clone())
    }

    pub(crate) fn set(&self, new: Knobs) -> Result<(), SandboxError> {
        new.check()?;
        self.locked(|knobs| *knobs = new);
        Ok(())
    }

    /// Takes the fault for one call to STS and counts it down.
    pub(crate) fn take_fault(&self) -> Option<InjectedFault> {
        self.locked(|knobs| {
            let fail = InjectedFault::Fail(knobs.fail_status);
            [
                (&mut knobs.hang_next, InjectedFault::Hang),
                (&mut knobs.fail_next, fail),
                (&mut knobs.throttle_next, InjectedFault::Throttle),
                (&mut knobs.deny_next, InjectedFault::Deny),
            ]
            .into_iter()
            .find(|(left, _)| **left > 0)
            .map(|(left, fault)| {
                *left -= 1;
                fault
            })
        })
    }

    /// Whether to slow down this poll with a device code. Counts down.
    pub(crate) fn take_slow_down(&self) -> bool {
        self.locked(|knobs| {
            let due = knobs.slow_down_next > 0;
            knobs.slow_down_next = knobs.slow_down_next.saturating_sub(1);
            due
        })
    }

    fn locked<T>(&self, f: impl FnOnce(&mut Knobs) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_taken_in_order_and_run_out() {
        let panel = Panel::new(Knobs {
            throttle_next: 2,
            fail_next: 1,
            fail_status: FailStatus::ServiceUnavailable,
            ..Knobs::default()
        });
        let taken: Vec<_> = std::iter::from_fn(|| panel.take_fault()).collect();
        assert_eq!(
            taken,
            [InjectedFault::Fail(FailStatus::ServiceUnavailable), InjectedFault::Throttle, InjectedFault::Throttle]
        );
        assert_eq!(panel.read().throttle_next, 0);
    }

    #[test]
    fn ranges_and_unknown_names_are_refused() {
        let parse = serde_json::from_str::<Knobs>;
        assert!(parse(r#"{"lifetime_second": 5}"#).is_err());
        assert!(parse(r#"{"fail_status": 404}"#).is_err());
        assert!(parse(r#"{"lifetime_seconds": 0}"#).unwrap().check().is_err());
        assert!(parse(r#"{"skew_seconds": 999999999999}"#).unwrap().check().is_err());
        assert!(parse(r#"{"device_code_seconds": 0}"#).unwrap().check().is_err());
        assert!(parse(r#"{"portal_requests_per_second": 0}"#).unwrap().check().is_err());
        let knobs = parse(r#"{"lifetime_seconds": 5, "refresh": "expired"}"#).unwrap();
        assert!(knobs.check().is_ok());
        assert_eq!(knobs.refresh, Refresh::Expired);
        assert_eq!(knobs.id_token_seconds, 3_600);
    }
}
