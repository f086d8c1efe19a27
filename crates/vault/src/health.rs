//! How the vault fares, for `daypass doctor`.

use std::fmt;
use std::path::PathBuf;

use crate::error::VaultError;

/// What [`Vault::check`](crate::Vault::check) found. Its `Display` is a sentence for people, with what to do.
#[derive(Debug)]
pub struct Health {
    /// The vault file.
    pub path: PathBuf,
    /// Where its key is kept, in words.
    pub key: String,
    /// How it fares.
    pub state: HealthState,
}

/// How the vault fares.
#[derive(Debug)]
pub enum HealthState {
    /// No secret was ever kept. The key source was reached, and a key can be had when the first one is.
    NoFileYet,
    /// It opens.
    Opens {
        /// How many secrets it holds.
        entries: usize,
    },
    /// It does not open, or would not if there were one yet. The error says what to do.
    Fails(VaultError),
}

impl Health {
    /// Whether the vault can be used.
    pub fn is_well(&self) -> bool {
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
                write!(f, "no secret is kept yet; the first one makes {path}, its key kept in {}", self.key)
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
