//! A session in environment variables: which ones a program or a shell gets, and which ones it must not have.

mod no_proxy;
mod quoting;
mod shell;

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use daypass_core::names::{AccountId, Partition, ProfileName, Region};
use daypass_core::view::SessionView;
use secrecy::{ExposeSecret as _, SecretString};

use crate::process::ProcessCredentials;

pub use no_proxy::reaching_directly;
pub use quoting::UnsafeValue;
pub use shell::{Shell, failure, statements};

/// Variables that a program must not have from outside if it is to get its credentials from one place: most tools take
/// them before an endpoint, and all before a profile that they weren't told about. The SDK for JavaScript 3 takes a
/// profile before keys, the SDK for .NET a token of a web identity.
pub const CREDENTIAL_VARIABLES: [&str; 15] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    // The old name of AWS_SESSION_TOKEN, which boto3 takes before that one.
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_ACCOUNT_ID",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
];

/// The variables of the region that tools work in.
pub const REGION_VARIABLES: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// What Daypass itself wants to find again: `daypass prompt` shows it, and the next session takes the region back.
pub mod marks {
    /// The profile of the session.
    pub const PROFILE: &str = "DAYPASS_PROFILE";
    /// Its role, `ACCOUNT/ROLE`.
    pub const ROLE: &str = "DAYPASS_ROLE";
    /// Until when its credentials stay fresh without the person, RFC 3339. Absent where that isn't known.
    pub const UNTIL: &str = "DAYPASS_UNTIL";
    /// The region that was set with it. Another value of a region variable is the person's own.
    pub const REGION: &str = "DAYPASS_REGION";
    /// All of them.
    pub const ALL: [&str; 4] = [PROFILE, ROLE, UNTIL, REGION];
}

/// Variables by name, to be set or to be removed. Those that aren't in it stay as they are.
#[derive(Debug, Default)]
pub struct Variables(BTreeMap<Cow<'static, str>, Option<SecretString>>);

impl Variables {
    /// Removes all that leads to credentials.
    #[must_use]
    pub fn without_credentials() -> Self {
        Self(CREDENTIAL_VARIABLES.iter().map(|name| (Cow::Borrowed(*name), None)).collect())
    }

    /// What a shell gets that has a session's keys until they expire. `here` has its current variables.
    #[must_use]
    pub fn of_session(keys: &ProcessCredentials, session: &SessionView, here: impl Fn(&str) -> Option<String>) -> Self {
        let mut variables = Self::without_credentials();
        variables.set_keys(keys);
        variables.set_region(session.region.as_ref(), session.role.partition(), here);
        variables.mark(session, session.expires_here);
        variables
    }

    /// Sets a variable.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<SecretString>) {
        self.0.insert(name.into(), Some(value.into()));
    }

    /// Removes a variable.
    pub fn unset(&mut self, name: impl Into<Cow<'static, str>>) {
        self.0.insert(name.into(), None);
    }

    /// Sets a session's keys.
    pub fn set_keys(&mut self, keys: &ProcessCredentials) {
        self.set("AWS_ACCESS_KEY_ID", keys.access_key_id.as_str());
        self.set("AWS_SECRET_ACCESS_KEY", keys.secret_access_key.clone());
        self.set("AWS_SESSION_TOKEN", keys.session_token.clone());
        self.set("AWS_CREDENTIAL_EXPIRATION", rfc3339(keys.expiration));
        if let Some(account) = &keys.account_id {
            self.set_account(account);
        }
    }

    /// Sets the profile that tools use.
    pub fn set_profile(&mut self, profile: &ProfileName) {
        self.set("AWS_PROFILE", profile.as_str());
    }

    /// Sets the account, for endpoints of its own.
    pub fn set_account(&mut self, account: &AccountId) {
        self.set("AWS_ACCOUNT_ID", account.as_str());
    }

    /// Sets the region that is known for the session. Where none is, the person's own stays, unless it belongs to
    /// another partition, where the credentials don't work. One that came with an earlier session goes. `here` has the
    /// current variables.
    pub fn set_region(&mut self, region: Option<&Region>, partition: Partition, here: impl Fn(&str) -> Option<String>) {
        if let Some(region) = region {
            REGION_VARIABLES.iter().chain([&marks::REGION]).for_each(|name| self.set(*name, region.as_str()));
            return;
        }
        let of_earlier = here(marks::REGION);
        let fits = |text: &str| text.parse().map_or(true, |region| Partition::of_region(&region) == partition);
        for name in REGION_VARIABLES {
            let Some(value) = here(name) else { continue };
            if of_earlier.as_ref() == Some(&value) || !fits(&value) {
                self.unset(name);
            }
        }
        self.unset(marks::REGION);
    }

    /// Names the session to `daypass prompt`.
    pub fn mark(&mut self, session: &SessionView, until: Option<DateTime<Utc>>) {
        self.set(marks::PROFILE, session.profile.as_str());
        self.set(marks::ROLE, format!("{}/{}", session.role.account(), session.role.name()));
        match until {
            Some(until) => self.set(marks::UNTIL, rfc3339(until)),
            None => self.unset(marks::UNTIL),
        }
    }

    /// Removes what [`Variables::mark`] and [`Variables::set_region`] set.
    pub fn unmark(&mut self, here: impl Fn(&str) -> Option<String>) {
        if let Some(ours) = here(marks::REGION) {
            REGION_VARIABLES
                .iter()
                .filter(|name| here(name).as_ref() == Some(&ours))
                .for_each(|name| self.unset(*name));
        }
        marks::ALL.iter().for_each(|name| self.unset(*name));
    }

    /// Each with its new value, or `None` if it is to be removed, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.iter().map(|(name, value)| (&**name, value.as_ref().map(|value| value.expose_secret())))
    }
}

fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
