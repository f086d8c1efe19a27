//! The vault's health, for `daypass doctor`.

use std::fmt;
use std::path::PathBuf;

use crate::error::VaultError;

/// What [`Vault::check`](crate::Vault::check) found. Its `Display` is a sentence for the person.
#[derive(Debug)]
pub struct Health {
    /// The vault file.
    pub path: PathBuf,
    /// Where its key is, in words.
    pub key: String,
    /// Whether it opens.
    pub state: HealthState,
}

/// Whether the vault opens.
#[derive(Debug)]
pub enum HealthState {
    /// The file doesn't exist yet, because there was no secret to store. The key source works.
    NoFileYet,
    /// It opens.
    Opens {
        /// How many secrets it holds.
        entries: usize,
    },
    /// It does not open, or could not be created. [`VaultError::advice`] says what to do.
    Fails(VaultError),
}

impl Health {
    /// Whether the vault is usable.
    pub fn is_usable(&self) -> bool {
        !matches!(self.state, HealthState::Fails(_))
    }

    /// The state's name for programs: `vault-empty`, `vault-opens`, or the error's.
    pub fn code(&self) -> &'static str {
        match &self.state {
            HealthState::NoFileYet => "vault-empty",
            HealthState::Opens { .. } => "vault-opens",
            HealthState::Fails(err) => err.code(),
        }
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.state {
            HealthState::NoFileYet => {
                write!(f, "{path} doesn't exist yet; the first secret creates it, with its key in {}", self.key)
            }
            HealthState::Opens { entries: 1 } => {
                write!(f, "{path} opens and holds 1 secret; its key is in {}", self.key)
            }
            HealthState::Opens { entries } => {
                write!(f, "{path} opens and holds {entries} secrets; its key is in {}", self.key)
            }
            HealthState::Fails(err) => err.fmt(f),
        }
    }
}
