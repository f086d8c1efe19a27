//! When the vault is locked.

use crate::names::LeastDuration;

/// What `[settings.vault]` of `config.toml` says about locking.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LockSettings {
    /// After so much time without a request by the person.
    pub after_idle: Option<LeastDuration>,
    /// When the screen is locked, and before the machine sleeps.
    pub with_screen: bool,
    /// Whether the profiles of sessions leave the credentials file meanwhile. Otherwise they stay until they expire.
    pub removes_profiles: bool,
}
