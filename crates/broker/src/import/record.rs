//! What leads back from an import. It is kept in the vault: it has the keys that left a file.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use daypass_core::names::{AccountId, IdentityName, Target};
use daypass_core::settings::IdentitySettings;
use daypass_deliver::generated::FileRecord;
use daypass_vault::Entries;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

/// Its name in the vault.
const ENTRY: &str = "import/undo";
/// The version of its form.
const VERSION: u32 = 1;

/// What one import changed.
#[derive(Serialize, Deserialize)]
pub(crate) struct ImportRecord {
    version: u32,
    /// When it was made.
    pub(crate) at: DateTime<Utc>,
    /// What changed in `config.toml`.
    pub(crate) config: Option<ConfigRecord>,
    /// What changed in the AWS files.
    pub(crate) files: Vec<FileRecord>,
}

/// What changed in `config.toml`.
#[derive(Serialize, Deserialize)]
pub(crate) struct ConfigRecord {
    /// The file.
    pub(crate) file: PathBuf,
    /// Its text before, if there was one.
    pub(crate) before: Option<String>,
    /// SHA-256 of its text after.
    pub(crate) after: String,
    /// The identities that are new, as they were written.
    pub(crate) identities: Vec<(IdentityName, IdentitySettings)>,
    /// The roles that are new, of other identities.
    pub(crate) roles: Vec<(IdentityName, Target)>,
    /// The accounts of which something is said that wasn't before.
    pub(crate) accounts: Vec<AccountId>,
}

impl ImportRecord {
    pub(crate) fn new(at: DateTime<Utc>) -> Self {
        Self { version: VERSION, at, config: None, files: Vec::new() }
    }

    /// The record of the last import, if there is one.
    pub(crate) fn read(entries: &Entries) -> Option<Self> {
        let record: Self = serde_json::from_str(entries.get(ENTRY)?.expose_secret()).ok()?;
        (record.version == VERSION).then_some(record)
    }

    pub(crate) fn write(&self, entries: &mut Entries) {
        // Its own types are always JSON.
        if let Ok(text) = serde_json::to_string(self) {
            entries.set(ENTRY.to_owned(), text);
        }
    }

    pub(crate) fn forget(entries: &mut Entries) {
        entries.remove(ENTRY);
    }
}
