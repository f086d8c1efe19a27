//! The sealed file that holds every secret of Daypass: refresh tokens, session credentials, access keys.
//!
//! The file is an ordinary [age](https://age-encryption.org/v1) file, sealed to one X25519 key; its plaintext is
//! `{"version":1,"entries":{name: secret}}`. The key is in the OS keyring, or, if the person
//! chooses so, in a key file or beside the vault under a passphrase ([`KeySource`]). Sessions are in files of the same
//! kind in the folder beside it, so that renewing one of many doesn't seal them all.
//!
//! Invariants:
//! - Nothing is ever written unsealed, and a failing key source never falls back to another one.
//! - A file that does not open is never overwritten, whatever the reason. A wrong key and a damaged file are different
//!   errors ([`VaultError::WrongKey`], [`VaultError::Damaged`]).
//! - A vault that was never written costs nothing: reading it does not touch the keyring and creates no file.
//! - Secrets are wiped from memory when dropped, and appear in no `Debug`, error or log.
//!
//! This crate has no async code and no network. Calls may block while the keyring shows its prompt, so async code
//! calls it from a blocking thread.

mod entries;
mod error;
mod health;
mod key;
pub mod memory;
pub mod passphrase_file;
mod sealed;
mod sealed_file;
mod shards;
mod vault;

pub use entries::Entries;
pub use error::{FoundKey, VaultError};
pub use health::{Health, HealthState};
pub use key::{Key, KeySource, KeyStore, PassphraseNeed, PassphrasePrompt};
pub use vault::{Moved, Vault};
