//! What is in the vault: names and secrets.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

/// The secrets of a vault, by name, such as `identity/corp/refresh-token` or `session/dev`.
///
/// Names are not secret: they appear in `Debug` and may be logged. Values are wiped from memory when dropped. Clones
/// share them.
#[derive(Clone, Default)]
pub struct Entries(pub(crate) BTreeMap<String, Arc<SecretString>>);

impl Entries {
    /// The secret of this name.
    pub fn get(&self, name: &str) -> Option<&SecretString> {
        self.0.get(name).map(Arc::as_ref)
    }

    /// Stores `secret` under `name`, and replaces what was there.
    pub fn set(&mut self, name: impl Into<String>, secret: impl Into<SecretString>) {
        self.0.insert(name.into(), Arc::new(secret.into()));
    }

    /// Removes and returns the secret of this name; `None` if there was none.
    pub fn remove(&mut self, name: &str) -> Option<Arc<SecretString>> {
        self.0.remove(name)
    }

    /// Removes every entry whose name starts with `prefix`, and returns how many there were.
    pub fn remove_under(&mut self, prefix: &str) -> usize {
        let before = self.0.len();
        self.0.retain(|name, _| !name.starts_with(prefix));
        before - self.0.len()
    }

    /// The names that start with `prefix`, in order. End the prefix with `/` to match only whole parts of a name.
    pub fn names_under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
            .map(|(name, _)| name.as_str())
            .take_while(move |name| name.starts_with(prefix))
    }

    /// How many secrets there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no secret at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether names and secrets are the same, so that there is nothing to write.
    pub(crate) fn same_as(&self, other: &Entries) -> bool {
        self.0.len() == other.0.len()
            && self.0.iter().zip(&other.0).all(|((name, secret), (other_name, other_secret))| {
                name == other_name
                    && (Arc::ptr_eq(secret, other_secret) || secret.expose_secret() == other_secret.expose_secret())
            })
    }
}

impl fmt::Debug for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.keys().map(|name| (name, "[redacted]"))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Entries;

    #[test]
    fn names_under_a_prefix_are_only_those() {
        let mut entries = Entries::default();
        for name in ["identity/a/x", "identity/ab/x", "identity/a/y", "session/a"] {
            entries.set(name, "s");
        }
        assert_eq!(entries.names_under("identity/a/").collect::<Vec<_>>(), ["identity/a/x", "identity/a/y"]);
        assert_eq!(entries.names_under("").count(), 4);
        assert_eq!(entries.remove_under("identity/a/"), 2);
        assert_eq!(entries.names_under("").collect::<Vec<_>>(), ["identity/ab/x", "session/a"]);
    }

    #[test]
    fn debug_names_entries_and_hides_secrets() {
        let mut entries = Entries::default();
        entries.set("session/dev", "PLANTED");
        assert_eq!(format!("{entries:?}"), r#"{"session/dev": "[redacted]"}"#);
    }
}
