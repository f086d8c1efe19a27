//! The key itself, and its form in a file or keyring.

use std::fmt;

use age::x25519;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use crate::error::VaultError;

/// The key that a vault is sealed with: an X25519 identity of age. Wiped from memory when dropped.
#[derive(Clone)]
pub struct Key {
    identity: x25519::Identity,
    fingerprint: String,
}

impl Key {
    /// A new key from the random generator of the OS.
    pub fn generate() -> Key {
        Key::from(x25519::Identity::generate())
    }

    /// Parses a key as `age-keygen` writes it: one `AGE-SECRET-KEY-1…` line, with `#` comments and blank lines around
    /// it. `None` for anything else.
    pub fn parse(text: &str) -> Option<Key> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let (Some(line), None) = (lines.next(), lines.next()) else {
            return None;
        };
        line.parse::<x25519::Identity>().ok().map(Key::from)
    }

    /// The key in the form that [`Key::parse`] reads, for a [`KeyStore`](crate::KeyStore) to store.
    pub fn expose(&self) -> SecretString {
        self.identity.to_string()
    }

    pub(crate) fn identity(&self) -> &x25519::Identity {
        &self.identity
    }

    /// 32 hex digits that identify the key without revealing it, or its public half.
    pub(crate) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

impl From<x25519::Identity> for Key {
    fn from(identity: x25519::Identity) -> Key {
        let digest = Sha256::digest(format!("daypass vault key {}", identity.to_public()));
        let fingerprint = digest[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        Key { identity, fingerprint }
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        self.fingerprint == other.fingerprint
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.fingerprint)
    }
}

/// The text of `bytes` as a key. `key` describes where it came from.
pub(super) fn parse_stored(bytes: &[u8], key: impl FnOnce() -> String) -> Result<Key, VaultError> {
    std::str::from_utf8(bytes).ok().and_then(Key::parse).ok_or_else(|| VaultError::KeyInvalid { key: key() })
}

/// The content of a key file.
pub(super) fn line_of(key: &Key) -> zeroize::Zeroizing<Vec<u8>> {
    let exposed = key.expose();
    let mut line = zeroize::Zeroizing::new(Vec::with_capacity(exposed.expose_secret().len() + 1));
    line.extend_from_slice(exposed.expose_secret().as_bytes());
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use secrecy::ExposeSecret as _;

    use super::Key;

    #[test]
    fn a_key_is_read_as_age_keygen_writes_it() {
        let key = Key::generate();
        let text = key.expose();
        let text = text.expose_secret();
        assert_eq!(Key::parse(text), Some(key.clone()));
        let keygen = format!("# created: 2026-11-22T00:00:00Z\n# public key: age1xyz\n{text}\r\n\n");
        assert_eq!(Key::parse(&keygen), Some(key));
        for wrong in ["", "# only a comment", &format!("{text}\n{text}"), &text[..70], "AGE-SECRET-KEY-PQ-1QQ"] {
            assert_eq!(Key::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn debug_shows_neither_half_of_the_key() {
        let key = Key::generate();
        let shown = format!("{key:?}");
        assert_eq!(shown.len(), "Key()".len() + 32);
        assert!(!shown.contains(&key.identity().to_public().to_string()));
    }
}
