//! The faults and lifetimes that can be set while the sandbox runs.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::{SandboxError, saml::is_aws_endpoint};

const MAX_LIFETIME_SECONDS: u32 = 43_200;
const MAX_LATENCY_MS: u64 = 600_000;
const MAX_SSO_SECONDS: u32 = 90 * 86_400;
const MAX_SKEW_SECONDS: i64 = 10 * 365 * 86_400;

/// What goes wrong, how slowly, and how long things live.
///
/// The counters (`…_next`) count down as they are used; reading the knobs shows what is left. They concern calls to
/// STS and IAM. If several are set, a call takes the first of: hang, fail, throttle, deny.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Knobs {
    /// Credentials live no longer than this (1 s to 43,200 s), whatever `DurationSeconds` asked for.
    pub lifetime_seconds: Option<u32>,
    /// Lifetime of ID and access tokens of the sandbox's own provider, 1 s to 43,200 s. 3,600 s by default.
    pub id_token_seconds: u32,
    /// What the token endpoint does with refresh tokens.
    pub refresh: Refresh,
    /// Wait before each answer of STS, the provider and the console, up to 600,000 ms.
    pub latency_ms: u64,
    /// The next n STS calls are answered `Throttling`.
    pub throttle_next: u32,
    /// The next n STS calls are answered with `fail_status`.
    pub fail_next: u32,
    /// 500 (`InternalFailure`) or 503 (`ServiceUnavailable`).
    pub fail_status: FailStatus,
    /// Shifts the sandbox's clock, and with it the `Date` header, every expiration and every check of a time stamp.
    /// Ten years at most, either way.
    pub skew_seconds: i64,
    /// The next n STS calls are answered `AccessDenied`.
    pub deny_next: u32,
    /// The next n STS calls are never answered: they end when the client gives up or the sandbox stops.
    pub hang_next: u32,
    /// As many made-up accounts with three roles each as Identity Center shows besides those of the world, to
    /// everybody who has a role there. 20,000 at most.
    pub sso_accounts: u32,
    /// Requests a second that the access portal answers, 1 to 10,000; the others get `TooManyRequestsException`.
    pub portal_requests_per_second: Option<u32>,
    /// The next n polls with a device code are answered `SlowDownException`.
    pub slow_down_next: u32,
    /// How often a client may poll with a device code, 1 s to 60 s. Who polls faster gets `SlowDownException`, and
    /// five seconds more to wait between polls (RFC 8628, 3.5).
    pub device_interval_seconds: u32,
    /// Lifetime of device codes, 1 s to 600 s, which is AWS's.
    pub device_code_seconds: u32,
    /// Lifetime of Identity Center's access tokens, 1 s to 43,200 s. 3,600 s by default.
    pub sso_token_seconds: u32,
    /// How long access tokens can be refreshed, 1 s to 7,776,000 s (90 days). 28,800 s by default.
    pub sso_session_seconds: u32,
    /// Lifetime of a client registration, 1 s to 7,776,000 s (90 days), the default.
    pub sso_client_seconds: u32,
    /// As long as this is set, all Identity Center sessions count as revoked: the portal answers
    /// `UnauthorizedException`, and refresh tokens are refused.
    pub sso_revoked: bool,
    /// What the SAML provider's assertions are like.
    pub assertion: Assertion,
    /// Lifetime of assertions, 1 s to 300 s, the default: AWS takes none that is older.
    pub assertion_seconds: u32,
    /// The `SessionDuration` that assertions name, 900 s to 43,200 s. 3,600 s by default.
    pub saml_session_seconds: u32,
    /// How long the SAML provider knows a browser again, 1 s to 43,200 s. 28,800 s by default. Shortened, it holds for
    /// who is signed in already, too.
    pub idp_session_seconds: u32,
    /// How long it takes until a new access key of an IAM user is known, 0 s to 60 s: at AWS some seconds.
    pub key_delay_seconds: u32,
    /// Denials of STS carry an encoded message, as EC2's do, for `DecodeAuthorizationMessage`.
    pub encode_denials: bool,
    /// Where SAML responses are posted: `https://signin.aws.amazon.com/saml`, or that of a region or another partition.
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
            assertion: Assertion::Ok,
            assertion_seconds: 300,
            saml_session_seconds: 3_600,
            idp_session_seconds: 28_800,
            key_delay_seconds: 0,
            encode_denials: false,
            saml_endpoint: "https://signin.aws.amazon.com/saml".to_owned(),
        }
    }
}

impl Knobs {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`SandboxError::Knob`] names the first knob that is out of its range.
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
            return complain("saml_endpoint", "https://signin.aws.amazon.com/saml, or a region's or partition's");
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
    /// Honours and rotates them.
    #[default]
    Ok,
    /// Answers `invalid_grant`, as if each had expired.
    Expired,
}

/// What the SAML provider's assertions are like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assertion {
    /// As they should be.
    #[default]
    Ok,
    /// Issued ten minutes ago.
    Expired,
    /// Without the Role attribute.
    WithoutRoles,
    /// Changed after it was signed: another session name.
    Forged,
    /// For another audience than AWS.
    WrongAudience,
}

/// The status of a rehearsed failure of STS.
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

/// A fault that the next call to STS is to suffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rehearsed {
    Hang,
    Fail(FailStatus),
    Throttle,
    Deny,
}

/// The knobs as the server shares them between its tasks.
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

    /// Takes the fault that is due for one call to STS, and counts it down.
    pub(crate) fn take_fault(&self) -> Option<Rehearsed> {
        self.locked(|knobs| {
            let fail = Rehearsed::Fail(knobs.fail_status);
            [
                (&mut knobs.hang_next, Rehearsed::Hang),
                (&mut knobs.fail_next, fail),
                (&mut knobs.throttle_next, Rehearsed::Throttle),
                (&mut knobs.deny_next, Rehearsed::Deny),
            ]
            .into_iter()
            .find(|(left, _)| **left > 0)
            .map(|(left, fault)| {
                *left -= 1;
                fault
            })
        })
    }

    /// Whether this poll with a device code is to be slowed down; counts it down.
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
        assert_eq!(taken, [Rehearsed::Fail(FailStatus::ServiceUnavailable), Rehearsed::Throttle, Rehearsed::Throttle]);
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
