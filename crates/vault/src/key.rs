//! The vault's key, and where it can be.

mod file;
mod keyring;
mod passphrase;
mod store;
mod vault_key;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::SecretString;

pub use store::{KeyStore, PassphraseNeed, PassphrasePrompt};
pub use vault_key::Key;

/// Where the vault's key is, as the person chose in `[settings.vault] key`.
#[derive(Clone)]
pub enum KeySource {
    /// `"keyring"`: one item in the keyring of the OS (Secret Service, macOS Keychain, Windows Credential Manager).
    ///
    /// An item holds one key, so vaults of different homes need different accounts.
    Keyring {
        /// The item's service, `Daypass`.
        service: String,
        /// The item's account.
        account: String,
    },
    /// `"passphrase"`: in `<vault>.key.age` beside the vault, sealed with a passphrase (age's scrypt recipient).
    Passphrase(PassphrasePrompt),
    /// The same, with a passphrase that the person has typed already: to open the key, or for a new one.
    TypedPassphrase(SecretString),
    /// `"file:/path"`: in this file, which only its owner can read. Missing folders are made.
    KeyFile(PathBuf),
    /// The same outside of the person's home, where the folder must exist: a missing one may be a colleague's home, or on
    /// a disk that isn't mounted.
    KeyFileElsewhere(PathBuf),
}

impl KeySource {
    /// The store, for a [`KeyStore`] that chooses its source late.
    pub fn into_store(self, vault: &Path) -> Arc<dyn KeyStore> {
        match self {
            KeySource::Keyring { service, account } => Arc::new(keyring::KeyringItem::new(service, account)),
            KeySource::Passphrase(prompt) => Arc::new(passphrase::PassphraseSealedKey::beside(vault, prompt)),
            KeySource::TypedPassphrase(typed) => Arc::new(passphrase::PassphraseSealedKey::with_typed(vault, typed)),
            KeySource::KeyFile(path) => Arc::new(file::KeyFile { path, makes_folders: true }),
            KeySource::KeyFileElsewhere(path) => Arc::new(file::KeyFile { path, makes_folders: false }),
        }
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeySource::Keyring { service, account } => {
                f.debug_struct("Keyring").field("service", service).field("account", account).finish()
            }
            KeySource::Passphrase(_) | KeySource::TypedPassphrase(_) => f.write_str("Passphrase"),
            KeySource::KeyFile(path) => f.debug_tuple("KeyFile").field(path).finish(),
            KeySource::KeyFileElsewhere(path) => f.debug_tuple("KeyFileElsewhere").field(path).finish(),
        }
    }
}
