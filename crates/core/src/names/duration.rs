//! How long credentials should last.

use std::fmt;
use std::str::FromStr;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{NameError, NameKind, TargetKind};

/// How long credentials are asked to live: 900 s to 129,600 s, whole seconds. Written `1h`, `90m`, `3600s` or `3600`.
///
/// These are the widest bounds of STS (`DurationSeconds` of GetSessionToken and GetFederationToken); what a role may
/// have is less, and is checked where the request is known ([`SessionDuration::longest`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS)]
#[serde(try_from = "DurationText", into = "String")]
#[ts(type = "string")]
pub struct SessionDuration(u32);

#[derive(Deserialize)]
#[serde(untagged)]
enum DurationText {
    Seconds(u32),
    Text(String),
}

impl SessionDuration {
    /// The form that it has, as a sentence for the person.
    pub const EXPECTED: &'static str = "a role session lasts 15 minutes to 12 hours, a session token or federated user up \
                                    to 36: write 15m to 36h, or 900 to 129600 seconds";

    /// Whole seconds.
    #[must_use]
    pub fn seconds(self) -> u32 {
        self.0
    }

    /// Seconds, checked against the bounds.
    ///
    /// # Errors
    ///
    /// When it is out of them.
    pub fn from_seconds(seconds: u32) -> Result<Self, NameError> {
        seconds.to_string().parse()
    }

    /// The duration unless the person chooses one: an hour for a role (AWS grants more only if its maximum was raised),
    /// twelve for a user or a federated user, which is STS's own default, and 15 minutes for a root session, which is
    /// its maximum.
    #[must_use]
    pub fn usual(kind: TargetKind) -> Self {
        Self(match kind {
            TargetKind::Role | TargetKind::IdentityPool => 3600,
            TargetKind::User | TargetKind::FederatedUser => 43_200,
            TargetKind::Root => 900,
        })
    }

    /// The shortest that lasts for this time, within the bounds.
    #[must_use]
    pub fn at_least(least: LeastDuration) -> Self {
        Self(least.seconds().clamp(900, 129_600))
    }

    /// The longest that ends within so many seconds, or else the shortest.
    #[must_use]
    pub fn within(seconds: u32) -> Self {
        Self(seconds.clamp(900, 129_600))
    }

    /// The longest that STS grants.
    #[must_use]
    pub fn longest(kind: TargetKind) -> Self {
        Self(match kind {
            TargetKind::Role => 43_200,
            // Cognito grants an hour and has no parameter for it.
            TargetKind::IdentityPool => 3600,
            TargetKind::User | TargetKind::FederatedUser => 129_600,
            TargetKind::Root => 900,
        })
    }
}

impl Default for SessionDuration {
    /// One hour, which is AWS's default for a role.
    fn default() -> Self {
        Self(3600)
    }
}

impl FromStr for SessionDuration {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        match seconds(text) {
            // The service's own documents count in hours.
            Some(seconds) if (900..=129_600).contains(&seconds) && !text.ends_with('d') => Ok(Self(seconds)),
            _ => Err(NameError::new(NameKind::Duration, text, Self::EXPECTED)),
        }
    }
}

/// `1d`, `2h`, `90m`, `3600s` or `3600`.
fn seconds(text: &str) -> Option<u32> {
    let (number, unit) = match text.strip_suffix(['d', 'h', 'm', 's']) {
        Some(number) => (number, &text[number.len()..]),
        None => (text, "s"),
    };
    let factor = match unit {
        "d" => 86_400,
        "h" => 3600,
        "m" => 60,
        _ => 1,
    };
    number.trim().parse::<u32>().ok()?.checked_mul(factor)
}

/// How long something has to last from now on: a minute to 90 days. Written as a [`SessionDuration`], or in days: `2d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "DurationText", into = "String")]
pub struct LeastDuration(u32);

impl LeastDuration {
    /// The form that it has, as a sentence for the person.
    pub const EXPECTED: &'static str = "write a time from 1m to 90d, such as 90m, 2h or 1d";

    /// A minute and a half.
    pub const MINUTE_AND_A_HALF: Self = Self(90);

    /// A quarter of an hour.
    pub const QUARTER_HOUR: Self = Self(900);

    /// Whole seconds.
    #[must_use]
    pub fn seconds(self) -> u32 {
        self.0
    }

    /// The same as a span of time.
    #[must_use]
    pub fn span(self) -> TimeDelta {
        TimeDelta::seconds(self.0.into())
    }
}

impl FromStr for LeastDuration {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        match seconds(text) {
            Some(seconds) if (60..=90 * 86_400).contains(&seconds) => Ok(Self(seconds)),
            _ => Err(NameError::new(NameKind::Duration, text, Self::EXPECTED)),
        }
    }
}

impl TryFrom<DurationText> for LeastDuration {
    type Error = NameError;
    fn try_from(text: DurationText) -> Result<Self, NameError> {
        match text {
            DurationText::Seconds(seconds) => seconds.to_string().parse(),
            DurationText::Text(text) => text.parse(),
        }
    }
}

impl fmt::Display for LeastDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        in_units(self.0, f)
    }
}

impl From<LeastDuration> for String {
    fn from(duration: LeastDuration) -> String {
        duration.to_string()
    }
}

impl TryFrom<DurationText> for SessionDuration {
    type Error = NameError;
    fn try_from(text: DurationText) -> Result<Self, NameError> {
        match text {
            DurationText::Seconds(seconds) => seconds.to_string().parse(),
            DurationText::Text(text) => text.parse(),
        }
    }
}

/// How long the AWS console is to stay signed in: 900 s to 43,200 s
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "SessionDuration", into = "SessionDuration")]
pub struct ConsoleDuration(SessionDuration);

impl ConsoleDuration {
    /// The longest that AWS allows.
    pub const LONGEST: u32 = 43_200;

    /// Whole seconds.
    #[must_use]
    pub fn seconds(self) -> u32 {
        self.0.seconds()
    }

    /// As long as credentials last in all, to the minute, within the bounds.
    #[must_use]
    pub fn of_credentials(life: TimeDelta) -> Self {
        let minutes = (life.num_seconds() + 59) / 60;
        let seconds = (minutes * 60).clamp(900, i64::from(Self::LONGEST));
        Self(SessionDuration(u32::try_from(seconds).unwrap_or(Self::LONGEST)))
    }
}

impl TryFrom<SessionDuration> for ConsoleDuration {
    type Error = NameError;
    fn try_from(duration: SessionDuration) -> Result<Self, NameError> {
        match duration.seconds() {
            0..=Self::LONGEST => Ok(Self(duration)),
            _ => Err(NameError::new(NameKind::Duration, &duration.to_string(), CONSOLE_EXPECTED)),
        }
    }
}

impl FromStr for ConsoleDuration {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let duration: SessionDuration =
            text.parse().map_err(|_| NameError::new(NameKind::Duration, text, CONSOLE_EXPECTED))?;
        duration.try_into()
    }
}

impl From<ConsoleDuration> for SessionDuration {
    fn from(duration: ConsoleDuration) -> Self {
        duration.0
    }
}

impl fmt::Display for ConsoleDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

const CONSOLE_EXPECTED: &str = "the console stays signed in for 15m to 12h";

impl fmt::Display for SessionDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        in_units(self.0, f)
    }
}

fn in_units(seconds: u32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match seconds {
        s if s % 3600 == 0 => write!(f, "{}h", s / 3600),
        s if s % 60 == 0 => write!(f, "{}m", s / 60),
        s => write!(f, "{s}s"),
    }
}

impl From<SessionDuration> for String {
    fn from(duration: SessionDuration) -> String {
        duration.to_string()
    }
}
