//! The mistake that every kind of identity has: a field that can't be used.

use thiserror::Error;

use super::field::SettingField;
use crate::problem::{Problem, ProblemKind};

/// A value is as long as this at most in a message.
const LONGEST: usize = 200;

/// A field of an identity's settings that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{field} {value:?} can't be used: {why}")]
pub struct BadSetting {
    /// The field.
    pub field: SettingField,
    /// What it holds, cut to 200 characters; `…` for an address with a user name or a password in it.
    pub value: String,
    /// What is wrong with it, and what to write instead.
    pub why: String,
}

impl BadSetting {
    /// A field, the value in it, and what is wrong with that.
    pub fn new(field: SettingField, value: &str, why: impl Into<String>) -> Self {
        let value = if has_user(value) { "…".to_owned() } else { value.chars().take(LONGEST).collect() };
        Self { field, value, why: why.into() }
    }
}

impl From<&BadSetting> for Problem {
    fn from(bad: &BadSetting) -> Self {
        Self::new(ProblemKind::Invalid, bad.field.code(), bad.to_string())
            .hint(format!("correct {} of the identity", bad.field))
    }
}

impl From<BadSetting> for Problem {
    fn from(bad: BadSetting) -> Self {
        Self::from(&bad)
    }
}

/// Whether it has the form of `scheme://USER@host`.
fn has_user(text: &str) -> bool {
    let authority = text.split_once("://").and_then(|(_, rest)| rest.split(['/', '?', '#']).next());
    authority.is_some_and(|authority| authority.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::ProblemCode;

    #[test]
    fn a_value_is_shown_but_for_passwords_and_not_without_end() {
        let shown = |value: &str| BadSetting::new(SettingField::Url, value, "no").value;
        assert_eq!(shown("ldaps://ldap.example.com/a@b"), "ldaps://ldap.example.com/a@b");
        assert_eq!(shown("https://ann:PLANTED@login.example.com/x"), "…");
        assert_eq!(shown(&"é".repeat(300)), "é".repeat(200));
        let problem = Problem::from(BadSetting::new(SettingField::StartUrl, "x", "no"));
        assert_eq!((problem.code, problem.kind), (ProblemCode::BadStartUrl, ProblemKind::Invalid));
    }
}
