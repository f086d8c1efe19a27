//! The end of the log, kept where only Daypass can write.

use daypass_vault::Vault;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

/// How far the log goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// How many lines it has.
    pub lines: usize,
    /// SHA-256 of the last one.
    pub hash: String,
    /// How many lines the logs before it had, which were moved away.
    #[serde(default)]
    pub earlier: usize,
}

/// Where the head of the log is kept.
pub trait HeadStore: Send + Sync {
    /// The head, if there is one and it can be read without the person.
    fn head(&self) -> Option<Head>;

    /// Keeps a head. What cannot be kept is made up for with the next line.
    fn keep(&self, head: &Head);
}

const ENTRY: &str = "audit/head";

/// Only while the vault is open: a line of the log is no reason to ask the person for a key.
impl HeadStore for Vault {
    fn head(&self) -> Option<Head> {
        if !self.is_open() {
            return None;
        }
        let entries = self.read().ok()?;
        serde_json::from_str(entries.get(ENTRY)?.expose_secret()).ok()
    }

    fn keep(&self, head: &Head) {
        if !self.is_open() {
            return;
        }
        let Ok(text) = serde_json::to_string(head) else { return };
        let kept = self.update(|entries| {
            entries.set(ENTRY, text.clone());
            Ok::<_, daypass_vault::VaultError>(())
        });
        if let Err(error) = kept {
            tracing::debug!(%error, "the head of the audit log was not kept");
        }
    }
}
