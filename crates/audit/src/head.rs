//! The end of the log, kept where only Daypass can write: in a small file beside the log, under a code that needs a key
//! of the vault. In the vault itself each line of the log would seal all of its secrets again.

use std::path::PathBuf;

use daypass_vault::{Vault, VaultError};
use durable_file::Change;
use hmac::{Hmac, Mac as _};
use rand::RngCore as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::line::FIRST;

/// How far the log goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// How many lines it has had, in all its files.
    pub lines: usize,
    /// SHA-256 of the last one.
    pub hash: String,
    /// How many lines came while the vault was closed, so that only their own chain vouches for them.
    pub unsealed: usize,
    /// What was removed of it, because it was older than the log is kept.
    pub removed: Removed,
}

/// The lines that are gone from the log's beginning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// How many.
    pub lines: usize,
    /// SHA-256 of the last of them.
    pub hash: String,
    /// The number of the last file that went with them.
    pub files: u32,
}

impl Default for Removed {
    fn default() -> Self {
        Self { lines: 0, hash: FIRST.to_owned(), files: 0 }
    }
}

/// What is known of the head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnownHead {
    /// There is none yet, or it can't be read without asking the person for a key.
    None,
    /// It is as Daypass left it.
    Whole(Head),
    /// There was one, and it is gone or was changed.
    Broken,
}

/// Where the head of the log is kept.
pub trait HeadStore: Send + Sync {
    /// The head.
    fn head(&self) -> KnownHead;

    /// Keeps a head. What cannot be kept is made up for with the next line.
    fn keep(&self, head: &Head);

    /// Removes the head: the log begins again.
    fn forget(&self);
}

/// Keeps the head in a file, with a code that only the key in the vault can make. It works only while the vault is
/// open: a line of the log must not make Daypass ask the person for a key.
pub struct HeadFile {
    file: PathBuf,
    vault: Vault,
}

const KEY: &str = "audit/key";

#[derive(Serialize, Deserialize)]
struct Written {
    #[serde(flatten)]
    head: Head,
    /// HMAC-SHA256 of the rest, in hex.
    code: String,
}

impl HeadFile {
    /// The head of the log at this path.
    #[must_use]
    pub fn of(log: &std::path::Path, vault: Vault) -> Self {
        Self { file: log.with_extension("head"), vault }
    }

    fn key(&self) -> Option<SecretString> {
        if !self.vault.is_open() {
            return None;
        }
        self.vault.read().ok()?.get(KEY).cloned()
    }

    fn change(&self, change: impl Fn() -> Change) {
        let done = durable_file::edit(&self.file, &durable_file::Options::default(), |_| {
            Ok::<_, std::convert::Infallible>(change())
        });
        if let Err(error) = done {
            tracing::warn!(file = %self.file.display(), %error, "the head of the audit log wasn't kept");
        }
    }

    fn new_key(&self) -> Option<SecretString> {
        let mut bytes = [0; 32];
        rand::rngs::OsRng.fill_bytes(&mut bytes);
        let new: SecretString = hex::encode(bytes).into();
        self.vault
            .update(|entries| {
                // Another process may have made one meanwhile.
                if entries.get(KEY).is_none() {
                    entries.set(KEY, new.clone());
                }
                Ok::<_, VaultError>(entries.get(KEY).cloned())
            })
            .ok()?
    }
}

impl HeadStore for HeadFile {
    fn head(&self) -> KnownHead {
        let Some(key) = self.key() else {
            // With the vault (or its key to this code) gone, nothing vouches for a head that is still there.
            let is_gone = self.vault.is_open() || !self.vault.path().exists();
            return if is_gone && self.file.exists() { KnownHead::Broken } else { KnownHead::None };
        };
        let Ok(Some(bytes)) = durable_file::read(&self.file) else { return KnownHead::Broken };
        match serde_json::from_slice::<Written>(&bytes) {
            Ok(Written { head, code }) if is_code_of(&code, &head, &key) => KnownHead::Whole(head),
            _ => KnownHead::Broken,
        }
    }

    fn keep(&self, head: &Head) {
        let Some(key) = self.key().or_else(|| self.vault.is_open().then(|| self.new_key()).flatten()) else { return };
        let written = Written { head: head.clone(), code: hex::encode(code(head, &key).finalize().into_bytes()) };
        let Ok(text) = serde_json::to_vec(&written) else { return };
        self.change(|| Change::Replace(text.clone()));
    }

    fn forget(&self) {
        self.change(|| Change::Remove);
    }
}

fn is_code_of(written: &str, head: &Head, key: &SecretString) -> bool {
    hex::decode(written).is_ok_and(|bytes| code(head, key).verify_slice(&bytes).is_ok())
}

fn code(head: &Head, key: &SecretString) -> Hmac<Sha256> {
    let Head { lines, hash, unsealed, removed } = head;
    // HMAC takes keys of every length (RFC 2104, section 2).
    #[allow(clippy::expect_used)]
    let mut code = Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes()).expect("a key of any length");
    let Removed { lines: gone, hash: start, files } = removed;
    code.update(format!("daypass audit head {lines} {unsealed} {hash} {gone} {files} {start}").as_bytes());
    code
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::disallowed_methods)]
mod tests {
    use super::*;
    use daypass_vault::KeySource;

    #[test]
    fn a_head_that_is_gone_or_changed_is_broken_and_none_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::new(folder.path().join("vault.age"), KeySource::KeyFile(folder.path().join("vault.key")));
        let heads = HeadFile::of(&folder.path().join("audit.jsonl"), vault.clone());
        let head = Head { lines: 3, hash: "ab".into(), unsealed: 0, removed: Removed::default() };
        heads.keep(&head);
        assert_eq!(heads.head(), KnownHead::None, "a line of the log makes no vault");
        assert!(!vault.path().exists());

        vault
            .update(|entries| {
                entries.set("x", "y");
                Ok::<_, VaultError>(())
            })
            .unwrap();
        assert_eq!(heads.head(), KnownHead::None);
        heads.keep(&head);
        assert_eq!(heads.head(), KnownHead::Whole(head));
        let file = folder.path().join("audit.head");
        let text = std::fs::read_to_string(&file).unwrap();
        let removed = text.replace("\"files\":0", "\"files\":1");
        let less = text.replace("\"unsealed\":0", "\"unsealed\":1");
        for changed in
            [text.replace("\"lines\":3", "\"lines\":2"), text.replace("\"ab", "\"cd"), less, removed, String::new()]
        {
            assert_ne!(changed, text);
            std::fs::write(&file, changed).unwrap();
            assert_eq!(heads.head(), KnownHead::Broken);
        }
        std::fs::write(&file, &text).unwrap();
        assert!(matches!(heads.head(), KnownHead::Whole(_)));
        vault.forget_key();
        assert_eq!(heads.head(), KnownHead::None, "the vault is closed");
        std::fs::rename(vault.path(), folder.path().join("away")).unwrap();
        assert_eq!(heads.head(), KnownHead::Broken, "the vault is gone");
        std::fs::remove_file(&file).unwrap();
        assert_eq!(heads.head(), KnownHead::None, "and so is everything else");
        std::fs::rename(folder.path().join("away"), vault.path()).unwrap();
        vault.read().unwrap();
        assert_eq!(heads.head(), KnownHead::Broken);
    }
}
