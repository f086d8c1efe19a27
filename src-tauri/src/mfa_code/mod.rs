//! The code of an MFA device, shown to the person and to nobody else: not in the web view, but in what the platform
//! itself draws.
//!
//! A code that was shown counts as sent, because the person uses it elsewhere. So the next one is shown only when it is
//! asked for: a window that is left open must not take every code from the sessions that are renewed with them.

#[cfg(not(target_os = "linux"))]
mod menu;
#[cfg(target_os = "linux")]
mod window;

use chrono::{DateTime, TimeDelta, Utc};
use daypass_broker::broker::Broker;
use daypass_core::clock::{Clock, SystemClock};
use daypass_core::names::IdentityName;
use daypass_core::problem::Problem;
use daypass_identity::iam_user::MfaCode;
use secrecy::{ExposeSecret, SecretString};
use tauri::{AppHandle, Manager};

#[cfg(not(target_os = "linux"))]
pub(crate) use menu::on_menu_event;
#[cfg(not(target_os = "linux"))]
use menu::open;
#[cfg(target_os = "linux")]
use window::open;

/// Shows the code of this moment.
///
/// # Errors
///
/// As `Broker::mfa_code`.
pub(crate) async fn show(app: &AppHandle, identity: IdentityName) -> Result<(), Problem> {
    let shown = Shown::of(app, &identity).await?;
    open(app, identity, shown);
    Ok(())
}

/// A code on its way to the person.
struct Shown {
    code: SecretString,
    /// When the next one takes its place.
    until: DateTime<Utc>,
    /// It was sent or shown before.
    used: bool,
}

impl Shown {
    async fn of(app: &AppHandle, identity: &IdentityName) -> Result<Self, Problem> {
        let MfaCode { code, seconds_left, used } = app.state::<Broker>().mfa_code(identity).await?;
        Ok(Self { code, until: SystemClock.now() + TimeDelta::seconds(seconds_left.into()), used })
    }

    /// As people read it out: `123 456`.
    fn digits(&self) -> String {
        let code = self.code.expose_secret();
        match code.split_at_checked(3) {
            Some((first, second)) => format!("{first} {second}"),
            None => code.to_owned(),
        }
    }

    /// How long it is good, in words; `None` when it is over.
    fn standing(&self, now: DateTime<Utc>) -> Option<String> {
        // A second that has begun is told until it ends.
        let left = (self.until - now).num_milliseconds().div_euclid(1000) + 1;
        (self.until > now).then(|| format!("Good for {left} s"))
    }

    /// What the person must know before they type it.
    fn caution(&self) -> Option<&'static str> {
        self.used.then_some("It was used or shown before: AWS takes each code once.")
    }
}

fn title(identity: &IdentityName) -> String {
    format!("MFA code of {identity}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn shown(until: &str) -> Shown {
        Shown { code: "012345".into(), until: until.parse().unwrap(), used: false }
    }

    #[test]
    fn a_code_is_read_in_two_groups_and_keeps_its_zeros() {
        assert_eq!(shown("2026-11-22T12:00:30Z").digits(), "012 345");
    }

    #[test]
    fn seconds_are_counted_down_to_one_and_then_it_is_over() {
        let standing = |now: &str| shown("2026-11-22T12:00:30Z").standing(now.parse().unwrap());
        assert_eq!(standing("2026-11-22T12:00:00.5Z").unwrap(), "Good for 30 s");
        assert_eq!(standing("2026-11-22T12:00:29.001Z").unwrap(), "Good for 1 s");
        assert_eq!(standing("2026-11-22T12:00:30Z"), None);
        assert_eq!(standing("2026-11-22T12:00:31Z"), None);
    }

    #[test]
    fn a_code_that_aws_may_have_had_says_so() {
        assert_eq!(shown("2026-11-22T12:00:30Z").caution(), None);
        let used = Shown { used: true, ..shown("2026-11-22T12:00:30Z") };
        assert!(used.caution().unwrap().contains("each code once"));
    }
}
