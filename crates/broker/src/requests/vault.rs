//! The requests about the agent's vault.

use serde::{Deserialize, Serialize};

use super::given::SecretText;

/// Whether the agent's vault is locked or open.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GetVaultState;

/// Why the vault was locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LockReason {
    /// The person wanted it.
    Asked,
    /// They made no request for as long as `vault.lock_after_idle` says.
    Idle,
    /// The screen was locked.
    Screen,
    /// The machine was about to sleep.
    Sleep,
}

/// Whether the vault of an agent is locked or open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultState {
    /// Why it is locked, if it is.
    pub locked: Option<LockReason>,
    /// Whether its key is in the agent's memory.
    pub open: bool,
}

/// Lock the vault: forget its key and every secret. Returns whether there was something to lock.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LockVault;

/// Open the vault again, or learn that its key is elsewhere by now.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UnlockVault {
    /// What the person typed, if the key is under a passphrase.
    pub passphrase: Option<SecretText>,
}
