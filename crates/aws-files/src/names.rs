//! Names, keys and values that every AWS tool reads back unchanged.

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

use crate::error::Error;

/// The name of a profile, as in `AWS_PROFILE`.
///
/// It is not empty, has no blanks around it and no control characters, and none of `[ ] " ' \ # ;`, which
/// end a header, quote or start a comment in some tool. It is not `DEFAULT`, whose values botocore gives to
/// every profile, and does not begin with the words `profile`, `sso-session` or `services`, which are kinds
/// of section.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProfileName(String);

impl ProfileName {
    /// # Errors
    /// [`Error::BadProfileName`], which says what is wrong.
    pub fn parse(name: &str) -> Result<Self, Error> {
        match fault_of_name(name) {
            None => Ok(Self(name.to_owned())),
            Some(why) => Err(Error::BadProfileName { name: name.to_owned(), why }),
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn fault_of_name(name: &str) -> Option<&'static str> {
    let first_word = name.split(char::is_whitespace).next().unwrap_or_default();
    if name.is_empty() {
        Some("is empty")
    } else if name.contains(['\n', '\r']) {
        Some("contains a line break")
    } else if name.contains(char::is_control) {
        Some("contains a control character")
    } else if name.trim() != name {
        Some("begins or ends with a blank")
    } else if name.contains(['[', ']']) {
        Some("contains a square bracket, which would end the section's header")
    } else if name.contains(['"', '\'', '\\', '#', ';']) {
        Some("contains a quote, backslash, # or ;, which tools read differently")
    } else if name == "DEFAULT" {
        Some("is DEFAULT in capitals, and the AWS CLI gives the values of that to every profile")
    } else if first_word != name && matches!(first_word, "profile" | "sso-session" | "services") {
        Some("begins with a word for another kind of section")
    } else {
        None
    }
}

impl FromStr for ProfileName {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::parse(name)
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The left side of a line, such as `aws_access_key_id`. Only `a-z 0-9 _ - .`, because botocore turns keys
/// into lower case and ends them at `:` as well as at `=`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(String);

impl Key {
    /// # Errors
    /// [`Error::BadKey`], which says what is wrong.
    pub fn parse(key: &str) -> Result<Self, Error> {
        let allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '_' | '-' | '.');
        let why = if key.is_empty() {
            "is empty"
        } else if !key.chars().all(allowed) {
            "contains a character that a key can't have"
        } else {
            return Ok(Self(key.to_owned()));
        };
        Err(Error::BadKey { key: key.to_owned(), why })
    }

    /// The key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The right side of a line. Wiped from memory when dropped, and never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Value(Zeroizing<String>);

impl Value {
    /// `key` is only for the error.
    ///
    /// # Errors
    /// [`Error::BadValue`] if it contains control characters (a line break would inject lines), has blanks
    /// around it (they would be lost), or has a `#` or `;` at its start or after a blank (the SDKs for Rust,
    /// Go and JavaScript take the rest for a comment).
    pub fn parse(key: &Key, value: &str) -> Result<Self, Error> {
        match fault_of_value(value) {
            None => Ok(Self(Zeroizing::new(value.to_owned()))),
            Some(why) => Err(Error::BadValue { key: key.as_str().to_owned(), why }),
        }
    }

    /// The value itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

fn fault_of_value(value: &str) -> Option<&'static str> {
    if value.contains(['\n', '\r']) {
        return Some("contains a line break");
    }
    if value.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        return Some("contains a control character");
    }
    if value.trim() != value {
        return Some("begins or ends with a blank");
    }
    let mut before = ' ';
    for c in value.chars() {
        if matches!(c, '#' | ';') && before.is_whitespace() {
            return Some("has a # or ; at its start or after a blank, where some SDKs see a comment");
        }
        before = c;
    }
    None
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value(redacted)")
    }
}

/// One line of a profile.
///
/// # Errors
/// [`Error::BadKey`] or [`Error::BadValue`].
pub fn entry(key: &str, value: &str) -> Result<(Key, Value), Error> {
    let key = Key::parse(key)?;
    let value = Value::parse(&key, value)?;
    Ok((key, value))
}
