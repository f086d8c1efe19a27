//! What can go wrong with the vault.

use std::io;
use std::path::PathBuf;

/// Why the vault could not be read or changed. In every case the vault file is left as it was.
///
/// The messages name files, the key's source and what to do; they never contain a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The vault file looks whole, but the key source has another key, or none.
    #[error(
        "the vault {} is sealed with another key: {key} {found}. Bring back the key it was sealed with \
         (from a backup, or by setting `[settings.vault] key` as it was), or move the vault away and sign in again; \
         it was left as it is", path.display()
    )]
    WrongKey {
        /// The vault file.
        path: PathBuf,
        /// Where the key was looked for, in words.
        key: String,
        /// What was there instead.
        found: FoundKey,
    },

    /// The file is not what Daypass wrote: cut short, changed, or another file altogether.
    #[error(
        "{} is damaged: {what}. Restore it from a backup, or move it away and sign in again; it was left as it is",
        path.display()
    )]
    Damaged {
        /// The vault file, or the passphrase-sealed key beside it.
        path: PathBuf,
        /// What was seen.
        what: &'static str,
    },

    /// The vault was written by a newer Daypass.
    #[error(
        "the vault {} has format version {version}, and this Daypass knows versions up to {known}: update Daypass \
         (the desktop app and the command); the vault was left as it is", path.display()
    )]
    Newer {
        /// The vault file.
        path: PathBuf,
        /// Its version.
        version: u64,
        /// The newest version that this program knows.
        known: u64,
    },

    /// Where the key is cannot be told, so nothing is opened and nothing is made.
    #[error("where the vault's key is cannot be told: {why}")]
    KeyUnknown {
        /// Why not.
        why: String,
    },

    /// The key source holds something that is no vault key.
    #[error(
        "{key} holds something else than a vault key (`AGE-SECRET-KEY-1…`). Bring the key back, or remove what is there \
         so that a new one can be made; nothing was changed"
    )]
    KeyInvalid {
        /// Where the key was looked for, in words.
        key: String,
    },

    /// The keyring is there but gave no access: it is locked, and unlocking was dismissed or is not possible here.
    #[error("the keyring is locked ({reason}). Unlock it and try again. {KEYRING_ALTERNATIVES}")]
    KeyringLocked {
        /// What the keyring said.
        reason: String,
    },

    /// No keyring can be reached: no Secret Service, or no D-Bus session, as on servers and over SSH.
    #[error("there is no keyring to keep the vault's key in ({reason}). {KEYRING_ALTERNATIVES}")]
    KeyringAbsent {
        /// What was missing.
        reason: String,
    },

    /// The keyring took the question and did not answer, most likely because its prompt still waits for an answer.
    #[error(
        "the keyring did not answer within {seconds} seconds. Answer its prompt, if one is open, and try again. \
         {KEYRING_ALTERNATIVES}"
    )]
    KeyringUnanswered {
        /// How long it was waited for.
        seconds: u64,
    },

    /// The keyring answered with an error of its own.
    #[error("the keyring failed: {reason}. Try again after signing in to the desktop anew. {KEYRING_ALTERNATIVES}")]
    KeyringFailed {
        /// What the keyring said.
        reason: String,
    },

    /// The key file can be read by others than its owner.
    #[error(
        "the key file {} can be read by others (mode {mode:04o}): run `chmod 600 {}`. If others may have read it, \
         move the vault away, remove the key file and sign in again", path.display(), path.display()
    )]
    KeyFileOpenToOthers {
        /// The key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },

    /// The passphrase did not open the key. A damaged key cannot be told from a wrong passphrase.
    #[error("the passphrase does not open {}: try again. If it is surely right, the file is damaged: restore it from a backup", path.display())]
    PassphraseWrong {
        /// The passphrase-sealed key beside the vault.
        path: PathBuf,
    },

    /// An empty passphrase was chosen.
    #[error("the passphrase is empty: choose one that is hard to guess")]
    PassphraseEmpty,

    /// The person did not want to give the passphrase now. For a [`PassphrasePrompt`](crate::PassphrasePrompt).
    #[error("no passphrase was given, so the vault stays sealed")]
    PassphraseDeclined,

    /// There is no way to ask for the passphrase here. For a [`PassphrasePrompt`](crate::PassphrasePrompt).
    #[error("the vault needs its passphrase, and there is no way to ask for it here: {hint}")]
    PassphraseNeeded {
        /// What to do, such as which command to run first.
        hint: String,
    },

    /// A file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },

    /// Sealing failed, which only a failing random generator or memory can cause.
    #[error("cannot seal {}: {source}", path.display())]
    Seal {
        /// The vault file, or the passphrase-sealed key beside it.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },

    /// A file could not be locked or written. The message is the one of `durable-file`, which names the file.
    #[error(transparent)]
    Write(#[from] durable_file::Error),
}

/// The sentence that ends every keyring error: what else can hold the key.
const KEYRING_ALTERNATIVES: &str = "Without a keyring, seal the vault with a passphrase or a key file: in config.toml, \
     `[settings.vault] key = \"passphrase\"` or `key = \"file:/path\"` (the keyring is `key = \"keyring\"`)";

/// What a key source had instead of the vault's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundKey {
    /// No key at all.
    None,
    /// A key, but not the one that the vault is sealed with.
    Another,
}

impl std::fmt::Display for FoundKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            FoundKey::None => "holds no key",
            FoundKey::Another => "holds a different one",
        })
    }
}

impl VaultError {
    /// The error's name for programs; it stays the same when messages change.
    pub fn code(&self) -> &'static str {
        match self {
            VaultError::WrongKey { .. } => "vault-wrong-key",
            VaultError::Damaged { .. } => "vault-damaged",
            VaultError::Newer { .. } => "vault-newer",
            VaultError::KeyUnknown { .. } => "vault-key-unknown",
            VaultError::KeyInvalid { .. } => "vault-key-invalid",
            VaultError::KeyringLocked { .. } => "keyring-locked",
            VaultError::KeyringAbsent { .. } => "keyring-absent",
            VaultError::KeyringUnanswered { .. } => "keyring-unanswered",
            VaultError::KeyringFailed { .. } => "keyring-failed",
            VaultError::KeyFileOpenToOthers { .. } => "key-file-open-to-others",
            VaultError::PassphraseWrong { .. } => "passphrase-wrong",
            VaultError::PassphraseEmpty => "passphrase-empty",
            VaultError::PassphraseDeclined => "passphrase-declined",
            VaultError::PassphraseNeeded { .. } => "passphrase-needed",
            VaultError::Read { .. } => "vault-unreadable",
            VaultError::Seal { .. } => "vault-seal-failed",
            VaultError::Write(_) => "vault-unwritable",
        }
    }
}
