//! A code to show, and the text beside it.

use chrono::{DateTime, TimeDelta, Utc};
use daypass_broker::broker::Broker;
use daypass_core::clock::{Clock, SystemClock};
use daypass_core::names::IdentityName;
use daypass_core::problem::Problem;
use daypass_identity::iam_user::MfaCode;
use secrecy::{ExposeSecret, SecretString};
use tauri::{AppHandle, Manager};

/// A code to show to the person.
pub(super) struct ShownCode {
    pub(super) code: SecretString,
    /// When the next code replaces it.
    until: DateTime<Utc>,
    /// Whether it was already sent or shown.
    used: bool,
}

impl ShownCode {
    pub(super) async fn of(app: &AppHandle, identity: &IdentityName) -> Result<Self, Problem> {
        let MfaCode { code, seconds_left, used } = app.state::<Broker>().mfa_code(identity).await?;
        Ok(Self { code, until: SystemClock.now() + TimeDelta::seconds(seconds_left.into()), used })
    }

    /// Grouped for reading, as in `123 456`.
    pub(super) fn digits(&self) -> String {
        let code = self.code.expose_secret();
        match code.split_at_checked(3) {
            Some((first, second)) => format!("{first} {second}"),
            None => code.to_owned(),
        }
    }

    /// How long it stays valid, in words. `None` once it has expired.
    pub(super) fn time_left(&self, now: DateTime<Utc>) -> Option<String> {
        // Count a second that has begun until it ends.
        let left = (self.until - now).num_milliseconds().div_euclid(1000) + 1;
        (self.until > now).then(|| format!("Valid for {left} s"))
    }

    /// What the person must know before they type it.
    pub(super) fn warning(&self) -> Option<&'static str> {
        self.used.then_some("This code was already used or shown. AWS accepts each code once.")
    }
}

pub(super) fn title(identity: &IdentityName) -> String {
    format!("MFA code for {identity}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn shown(until: &str) -> ShownCode {
        ShownCode { code: "012345".into(), until: until.parse().unwrap(), used: false }
    }

    #[test]
    fn a_code_is_shown_in_two_groups_with_its_leading_zeros() {
        assert_eq!(shown("2026-11-22T12:00:30Z").digits(), "012 345");
    }

    #[test]
    fn seconds_count_down_to_one_and_then_the_code_has_expired() {
        let time_left = |now: &str| shown("2026-11-22T12:00:30Z").time_left(now.parse().unwrap());
        assert_eq!(time_left("2026-11-22T12:00:00.5Z").unwrap(), "Valid for 30 s");
        assert_eq!(time_left("2026-11-22T12:00:29.001Z").unwrap(), "Valid for 1 s");
        assert_eq!(time_left("2026-11-22T12:00:30Z"), None);
        assert_eq!(time_left("2026-11-22T12:00:31Z"), None);
    }

    #[test]
    fn a_used_code_comes_with_a_warning() {
        assert_eq!(shown("2026-11-22T12:00:30Z").warning(), None);
        let used = ShownCode { used: true, ..shown("2026-11-22T12:00:30Z") };
        assert!(used.warning().unwrap().contains("each code once"));
    }
}
