//! The sealed file that holds every secret of Daypass: refresh tokens, session credentials, access keys.
//!
//! The file is an ordinary [age](https://age-encryption.org/v1) file, sealed to one X25519 key; its plaintext is
//! `{"version":1,"entries":{name: secret}}`. The key lives in the OS keyring, or, where there is none and the person
//! says so, in a key file or beside the vault under a passphrase ([`KeySource`]).
//!
//! What holds at all times:
//! - Nothing is ever written unsealed, and no failure of the key source falls back to another one.
//! - A file that does not open is never overwritten, whatever the reason; a wrong key and a damaged file are told
//!   apart ([`VaultError::WrongKey`], [`VaultError::Damaged`]).
//! - A vault that was never written costs nothing: reading it asks no keyring and creates no file.
//! - Secrets are wiped from memory when dropped, and appear in no `Debug`, error or log.
//!
//! This crate does no async work and knows no network. Calls may block on the keyring's own prompt, so async code
//! calls it from a blocking thread.

mod entries;
mod error;
mod health;
mod key;
mod sealed;
mod vault;

pub use entries::Entries;
pub use error::{FoundKey, VaultError};
pub use health::{Health, HealthState};
pub use key::{Key, KeySource, KeyStore, PassphraseNeed, PassphrasePrompt};
pub use vault::Vault;
