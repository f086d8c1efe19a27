//! What holds the key.

use std::sync::Arc;

use secrecy::SecretString;

use super::vault_key::Key;
use crate::error::VaultError;

/// Asks the person for the vault's passphrase. It may block; it must not use the vault.
///
/// Without a passphrase it returns [`VaultError::PassphraseDeclined`] or [`VaultError::PassphraseNeeded`].
pub type PassphrasePrompt = Arc<dyn Fn(PassphraseNeed) -> Result<SecretString, VaultError> + Send + Sync>;

/// What the passphrase is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassphraseNeed {
    /// There is none yet: the person chooses one (and types it twice).
    New,
    /// To unseal the existing key.
    Existing,
    /// To unseal the existing key, because the passphrase before was wrong.
    Again {
        /// How many tries are left, with this one.
        left: u8,
    },
}

/// Holds the vault's key. [`KeySource`] lists the three of the product; tests have their own.
pub trait KeyStore: Send + Sync {
    /// The key, or `None` if there is none yet. May ask the person.
    fn fetch(&self) -> Result<Option<Key>, VaultError>;

    /// Stores this key unless there is one already, and returns the one that is stored. May ask the person.
    fn keep(&self, key: &Key) -> Result<Key, VaultError>;

    /// Replaces the current key with this one, and returns the stored key. Where the current one
    /// may be of another vault too, that one stays. May ask the person.
    fn install(&self, key: &Key) -> Result<Key, VaultError> {
        self.keep(key)
    }

    /// Removes the key that is stored, if there is one.
    fn remove(&self) -> Result<(), VaultError>;

    /// Creates and stores a new key, and returns the stored one, which is an older one if there is one after all.
    /// Called under the vault's lock, when the vault file doesn't exist.
    fn create(&self) -> Result<Key, VaultError> {
        self.keep(&Key::generate())
    }

    /// Whether the store works. Avoids asking the person if it can.
    fn probe(&self) -> Result<(), VaultError> {
        self.fetch().map(drop)
    }

    /// The place in words, as the subject of a sentence, such as `the key file /a/b`.
    fn describe(&self) -> String;
}
