//! AWS's terms as types that can't hold a wrong value. Each is parsed once, where text comes in.

mod arn_mistake;
mod duration;
mod kind;
mod partition;
mod role_arn;
mod target;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use arn_mistake::mistake_in_arn;
pub use duration::{ConsoleDuration, LeastDuration, SessionDuration};
pub use kind::NameKind;
pub use partition::Partition;
pub use role_arn::RoleArn;
pub use target::{Target, TargetKind};

/// A text that does not have the form it must have. Says which form is expected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what} {text:?} isn't valid: {expected}")]
pub struct NameError {
    /// What the text was meant to be.
    pub what: NameKind,
    /// The text as given, cut to 200 characters.
    pub text: String,
    /// The form that is expected, as a sentence for the person.
    pub expected: &'static str,
}

impl NameError {
    fn new(what: NameKind, text: &str, expected: &'static str) -> Self {
        Self { what, text: text.chars().take(200).collect(), expected }
    }
}

/// A newtype over a checked string: parsing, display and serde through its `check` function.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $what:ident, $example:literal, $expected:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS)]
        #[serde(try_from = "String", into = "String")]
        #[ts(type = "string")]
        pub struct $name(String);

        impl $name {
            /// The form that it has, as a sentence for the person.
            pub const EXPECTED: &'static str = $expected;

            /// One that can be used, for forms and messages.
            #[must_use]
            pub fn example() -> Self {
                Self($example.to_owned())
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                let check: fn(&str) -> bool = $check;
                if check(text) { Ok(Self(text.to_owned())) } else { Err(NameError::new(NameKind::$what, text, Self::EXPECTED)) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

checked_text!(
    /// The name of an identity in `config.toml`: what the person calls it.
    IdentityName,
    Identity,
    "acme",
    "use 1 to 64 letters, digits, '-', '_' or '.', and start with a letter or digit",
    |t| (1..=64).contains(&t.len())
        && t.starts_with(|c: char| c.is_ascii_alphanumeric())
        && t.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
);

checked_text!(
    /// The name of a shared catalog in `config.toml`: what the person calls it.
    CatalogName,
    Catalog,
    "acme",
    "use 1 to 32 lower-case letters, digits and '-', and start with a letter or digit",
    |t| (1..=32).contains(&t.len())
        && !t.starts_with('-')
        && t.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
);

checked_text!(
    /// A 12-digit AWS account id. Leading zeros count, so it is never a number.
    AccountId,
    Account,
    "123456789012",
    "an AWS account ID has exactly 12 digits",
    |t| t.len() == 12 && t.bytes().all(|b| b.is_ascii_digit())
);

checked_text!(
    /// What people call an account: AWS's own name for it, or the person's.
    AccountName,
    AccountName,
    "Shop – production",
    "use 1 to 100 characters on one line, without invisible ones and without blanks at either end",
    |t| (1..=100).contains(&t.chars().count()) && t.trim() == t && matches!(crate::text::shown(t), Cow::Borrowed(_))
);

checked_text!(
    /// A folder that the person puts accounts in.
    FolderName,
    Folder,
    "Customer A",
    "use 1 to 60 characters on one line, without invisible ones and without blanks at either end",
    is_short_line
);

checked_text!(
    /// The name of a filter of the list of roles.
    FilterName,
    Filter,
    "Production",
    "use 1 to 60 characters on one line, without invisible ones and without blanks at either end",
    is_short_line
);

fn is_short_line(text: &str) -> bool {
    (1..=60).contains(&text.chars().count())
        && text.trim() == text
        && matches!(crate::text::shown(text), Cow::Borrowed(_))
}

checked_text!(
    /// A short name for an account, for typing.
    AccountAlias,
    AccountAlias,
    "shop-prod",
    "use 1 to 63 letters, digits, '-', '_' or '.', and start with a letter or digit. 12 digits are an account ID",
    |t| (1..=63).contains(&t.len())
        && t.starts_with(|c: char| c.is_ascii_alphanumeric())
        && t.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        && t.parse::<AccountId>().is_err()
);

checked_text!(
    /// A region's code, e.g. `eu-central-1`. The form is checked, not the list: AWS adds regions.
    Region,
    Region,
    "us-east-1",
    "a region looks like eu-central-1: lower-case letters, digits and '-', ending in a number",
    |t| (5..=32).contains(&t.len())
        && t.contains('-')
        && t.starts_with(|c: char| c.is_ascii_lowercase())
        && t.ends_with(|c: char| c.is_ascii_digit())
        && !t.contains("--")
        && t.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
);

checked_text!(
    /// The name of an AWS profile, the word between the brackets in the credentials file.
    ProfileName,
    Profile,
    "default",
    "use 1 to 128 characters without line breaks, brackets, quotes, '#', ';' or spaces at either end",
    |t| t.len() <= 128
        && !t.contains(['[', '"', '\'', '#', ';', '\\'])
        // U+2028 and its like end a line for some readers.
        && !t.contains(|c: char| c != ' ' && c.is_whitespace())
        && aws_files::ProfileName::parse(t).is_ok()
);

checked_text!(
    /// `RoleSessionName`: 2 to 64 characters of `[\w+=,.@-]`
    /// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>).
    SessionName,
    RoleSession,
    "ann@example.com",
    "AWS allows 2 to 64 characters: letters, digits and _ + = , . @ -",
    |t| (2..=64).contains(&t.len()) && t.chars().all(is_session_name_char)
);

/// Whether a role session name may have this character in it.
#[must_use]
pub fn is_session_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
