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
pub struct Entries(pub(crate) BTreeMap<Arc<str>, Arc<SecretString>>);

impl Entries {
    /// The secret of this name.
    pub fn get(&self, name: &str) -> Option<&SecretString> {
        self.0.get(name).map(Arc::as_ref)
    }

    /// Stores `secret` under `name`, and replaces what was there.
    pub fn set(&mut self, name: impl Into<String>, secret: impl Into<SecretString>) {
        self.0.insert(name.into().into(), Arc::new(secret.into()));
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
            .map(|(name, _)| name.as_ref())
            .take_while(move |name| name.starts_with(prefix))
    }

    /// How many secrets there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it's empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the secret of this name is the same in both.
    pub fn is_as_in(&self, other: &Entries, name: &str) -> bool {
        match (self.0.get(name), other.0.get(name)) {
            (Some(one), Some(another)) => same(one, another),
            (one, another) => one.is_none() && another.is_none(),
        }
    }

    /// Whether names and secrets are the same, so that there is nothing to write.
    pub(crate) fn same_as(&self, other: &Entries) -> bool {
        self.0.len() == other.0.len()
            && self
                .0
                .iter()
                .zip(&other.0)
                .all(|((name, secret), (other_name, other_secret))| name == other_name && same(secret, other_secret))
    }

    /// The names whose secrets aren't those of `before`, with what they are now; `None` for those that are gone.
    pub(crate) fn changed_since<'a>(
        &'a self,
        before: &'a Entries,
    ) -> impl Iterator<Item = (&'a str, Option<&'a Arc<SecretString>>)> {
        let set = self.0.iter().filter(|(name, _)| !self.is_as_in(before, name));
        let gone = before.0.keys().filter(|name| !self.0.contains_key(*name));
        set.map(|(name, secret)| (name.as_ref(), Some(secret))).chain(gone.map(|name| (name.as_ref(), None)))
    }

    /// Stores a secret that another one of these holds too, or removes it.
    pub(crate) fn set_shared(&mut self, name: &str, secret: Option<&Arc<SecretString>>) {
        match secret {
            Some(secret) => drop(self.0.insert(name.into(), Arc::clone(secret))),
            None => drop(self.0.remove(name)),
        }
    }

    /// Adds what `others` hold, which replaces what was there.
    pub(crate) fn add_all(&mut self, others: &Entries) {
        self.0.extend(others.0.iter().map(|(name, secret)| (name.clone(), Arc::clone(secret))));
    }
}

fn same(one: &Arc<SecretString>, other: &Arc<SecretString>) -> bool {
    Arc::ptr_eq(one, other) || one.expose_secret() == other.expose_secret()
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
