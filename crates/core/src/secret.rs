//! Secrets on their way from the person to the vault: typed or piped, never shown again.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::problem::{Problem, ProblemCode, ProblemKind};

/// What you typed into the fields of a form, by the names of the fields. It goes one way: from the terminal or the
/// window to the broker, over the agent's socket if there is an agent.
#[derive(Clone, Default)]
pub struct TypedSecrets(BTreeMap<String, SecretString>);

impl TypedSecrets {
    /// No secrets.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The same with one more.
    #[must_use]
    pub fn and(mut self, field: &str, secret: SecretString) -> Self {
        self.0.insert(field.to_owned(), secret);
        self
    }

    /// The text that was typed into a field, if any.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&SecretString> {
        self.0.get(field).filter(|secret| !secret.expose_secret().is_empty())
    }

    /// Whether something was typed into the field, even if that emptied it.
    pub fn touches(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// As [`TypedSecrets::get`].
    ///
    /// # Errors
    ///
    /// `nothing-typed`, naming the field.
    pub fn need(&self, field: &str, label: &str) -> Result<&SecretString, Problem> {
        self.get(field).ok_or_else(|| {
            Problem::new(ProblemKind::Invalid, ProblemCode::NothingTyped, format!("the {label} is missing"))
                .hint(format!("type the {label}, or give it on standard input"))
        })
    }

    /// Whether nothing was typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was typed, by field.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SecretString)> {
        self.0.iter().map(|(field, secret)| (field.as_str(), secret))
    }
}

/// Names of fields only.
impl fmt::Debug for TypedSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// For the agent's socket, which is the owner's alone.
impl Serialize for TypedSecrets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(field, secret)| (field, secret.expose_secret())))
    }
}

impl<'de> Deserialize<'de> for TypedSecrets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(BTreeMap::deserialize(deserializer)?))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_crosses_the_socket_and_is_never_shown() {
        let given = TypedSecrets::none().and("password", "PLANTED".into()).and("empty", "".into());
        assert!(!format!("{given:?}").contains("PLANTED"));
        let sent: TypedSecrets = serde_json::from_str(&serde_json::to_string(&given).unwrap()).unwrap();
        assert_eq!(sent.get("password").unwrap().expose_secret(), "PLANTED");
        assert!(sent.get("empty").is_none() && sent.get("other").is_none());
        assert_eq!(sent.need("code", "MFA code").unwrap_err().code, ProblemCode::NothingTyped);
    }
}
