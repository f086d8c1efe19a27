//! What can go wrong with the vault.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

/// Why the vault could not be read or changed. The vault file is always unchanged.
///
/// `Display` says what happened, to which file or key; [`VaultError::advice`] says what to do about it. Neither
/// contains a secret.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The vault file looks whole, but the key source has another key, or none.
    #[error("the vault {} is encrypted with another key: {key} {found}", path.display())]
    WrongKey {
        /// The vault file.
        path: PathBuf,
        /// Where the key should be, in words.
        key: String,
        /// What was found instead.
        found: FoundKey,
    },

    /// The file is not what Daypass wrote: cut short, changed, or another file altogether.
    #[error("{} is damaged: {what}", path.display())]
    Damaged {
        /// The vault file, or the passphrase-sealed key beside it.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },

    /// A newer version of Daypass wrote the vault.
    #[error(
        "the vault {} has format version {version}, but this Daypass only supports versions up to {known}", path.display()
    )]
    Newer {
        /// The vault file.
        path: PathBuf,
        /// Its version.
        version: u64,
        /// The newest version that this program knows.
        known: u64,
    },

    /// We do not know where the key is, so we open nothing and create nothing.
    #[error("Daypass doesn't know where the vault's key is: {why}")]
    KeyUnknown {
        /// Why not.
        why: String,
    },

    /// This process forgot the key and every secret, and opens the vault no more until it is unlocked.
    #[error("the vault is locked")]
    Locked,

    /// The key source contains something that isn't a vault key.
    #[error("{key} contains something that isn't a vault key (`AGE-SECRET-KEY-1…`)")]
    KeyInvalid {
        /// Where the key should be, in words.
        key: String,
    },

    /// The keyring denied access: it is locked, and its prompt was dismissed or cannot be shown here.
    #[error("the keyring is locked ({reason})")]
    KeyringLocked {
        /// What the keyring said.
        reason: String,
    },

    /// The keyring is missing: no Secret Service, or no D-Bus session, as on servers and over SSH.
    #[error("this machine doesn't have a keyring for the vault's key ({reason})")]
    KeyringAbsent {
        /// What is missing.
        reason: String,
    },

    /// The keyring did not answer, most likely because its prompt is still open.
    #[error("the keyring didn't answer within {seconds} seconds")]
    KeyringUnanswered {
        /// How long we waited.
        seconds: u64,
    },

    /// The keyring answered with an error of its own.
    #[error("the keyring failed: {reason}")]
    KeyringFailed {
        /// What the keyring said.
        reason: String,
    },

    /// Users other than the owner can read the key file.
    #[error("other users can read the key file {} ({how})", path.display())]
    KeyFileOpenToOthers {
        /// The key file.
        path: PathBuf,
        /// What lets them: its mode, or its access list on Windows.
        how: String,
    },

    /// The key file belongs to another user, who knows the key or can change it.
    #[error("the key file {} belongs to another user (user id {owner})", path.display())]
    KeyFileOfAnother {
        /// The key file.
        path: PathBuf,
        /// The user id of its owner.
        owner: String,
    },

    /// Another user can change what is in the folder for a new key file, which is most likely theirs.
    #[error(
        "the key file {} couldn't be created: {} belongs to another user (user id {owner})",
        path.display(), folder.display()
    )]
    KeyFolderOfAnother {
        /// The key file.
        path: PathBuf,
        /// The folder, or the nearest one above it that exists.
        folder: PathBuf,
        /// The user id of its owner.
        owner: u32,
    },

    /// The folder for a new key file doesn't exist.
    #[error("the key file {} couldn't be created: the folder {} doesn't exist", path.display(), folder.display())]
    KeyFolderMissing {
        /// The key file.
        path: PathBuf,
        /// The folder.
        folder: PathBuf,
    },

    /// What a key source reports, with the file that chose this source.
    #[error("{error}")]
    Chosen {
        /// The source's error.
        error: Box<VaultError>,
        /// `config.toml`.
        config: PathBuf,
    },

    /// The passphrase did not open the key. A damaged key looks the same as a wrong passphrase.
    #[error("the passphrase doesn't open {}", path.display())]
    PassphraseWrong {
        /// The passphrase-sealed key beside the vault.
        path: PathBuf,
    },

    /// The new passphrase is empty.
    #[error("the passphrase is empty")]
    PassphraseEmpty,

    /// The person did not give the passphrase. For a [`PassphrasePrompt`](crate::PassphrasePrompt).
    #[error("the vault can't be opened without its passphrase")]
    PassphraseDeclined,

    /// We cannot ask for the passphrase here. For a [`PassphrasePrompt`](crate::PassphrasePrompt).
    #[error("the vault needs its passphrase")]
    PassphraseNeeded {
        /// What to do, such as which command to run first.
        hint: String,
    },

    /// A file could not be read.
    #[error("can't read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },

    /// Sealing failed, which only happens if the random generator or memory fails.
    #[error("can't seal {}: {source}", path.display())]
    Seal {
        /// The vault file, or the passphrase-sealed key beside it.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },

    /// A file could not be locked or written. `durable-file` says which.
    #[error(transparent)]
    Write(#[from] durable_file::Error),
}

/// What a key source has instead of the vault's key.
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
    /// The error's name for programs. It stays the same when messages change.
    pub fn code(&self) -> &'static str {
        match self {
            VaultError::WrongKey { .. } => "vault-wrong-key",
            VaultError::Damaged { .. } => "vault-damaged",
            VaultError::Newer { .. } => "vault-newer",
            VaultError::KeyUnknown { .. } => "vault-key-unknown",
            VaultError::Locked => "vault-locked",
            VaultError::KeyInvalid { .. } => "vault-key-invalid",
            VaultError::KeyringLocked { .. } => "keyring-locked",
            VaultError::KeyringAbsent { .. } => "keyring-absent",
            VaultError::KeyringUnanswered { .. } => "keyring-unanswered",
            VaultError::KeyringFailed { .. } => "keyring-failed",
            VaultError::KeyFileOpenToOthers { .. }
            | VaultError::KeyFileOfAnother { .. }
            | VaultError::KeyFolderOfAnother { .. } => "key-file-open-to-others",
            VaultError::KeyFolderMissing { .. } => "vault-unwritable",
            VaultError::Chosen { error, .. } => error.code(),
            VaultError::PassphraseWrong { .. } => "passphrase-wrong",
            VaultError::PassphraseEmpty => "passphrase-empty",
            VaultError::PassphraseDeclined => "passphrase-declined",
            VaultError::PassphraseNeeded { .. } => "passphrase-needed",
            VaultError::Read { .. } => "vault-unreadable",
            VaultError::Seal { .. } => "vault-seal-failed",
            VaultError::Write(_) => "vault-unwritable",
        }
    }

    /// What to do about it, if we know: one or more phrases. The first begins in lower case, the last ends without a
    /// full stop.
    pub fn advice(&self) -> Option<Cow<'static, str>> {
        let advice = match self {
            VaultError::WrongKey { .. } => {
                "bring back the key it was sealed with (from a backup, or by setting `[settings.vault] key` back), \
                 or move the vault away and sign in again"
            }
            VaultError::Damaged { .. } => "restore it from a backup, or move it away and sign in again",
            VaultError::Newer { .. } => "update Daypass, both the desktop app and the command",
            VaultError::KeyUnknown { .. } => "fix the mistake in config.toml",
            VaultError::Locked => "unlock it and try again",
            VaultError::KeyInvalid { .. } => {
                "restore the key from a backup. If you don't have one, move the file and the vault away and sign in again"
            }
            VaultError::KeyringLocked { .. } => "unlock it and try again",
            VaultError::KeyringAbsent { .. } => "keep the vault's key elsewhere",
            VaultError::KeyringUnanswered { .. } => "if its prompt is open, answer it and try again",
            VaultError::KeyringFailed { .. } => "sign out of the desktop and in again, then try again",
            VaultError::KeyFolderOfAnother { .. } => "choose a path that you own",
            VaultError::KeyFolderMissing { folder, .. } => {
                return Some(Cow::Owned(format!(
                    "if the folder {} is yours, create it yourself: Daypass only creates folders in your home",
                    folder.display()
                )));
            }
            VaultError::Chosen { error, config } => return error.advice_with(config),
            VaultError::KeyFileOpenToOthers { path, .. } => {
                #[cfg(windows)]
                let close = windows_access::how_to_close(path);
                #[cfg(not(windows))]
                let close = format!("run `chmod 600 {}`", path.display());
                return Some(Cow::Owned(format!(
                    "{close}. If another user may have read it, move the vault away, remove the key file and sign in again"
                )));
            }
            VaultError::KeyFileOfAnother { path, .. } => {
                return Some(Cow::Owned(format!(
                    "that user can read the vault: move the vault and {} away and sign in again. If you put the file \
                     there yourself, make yourself its owner",
                    path.display()
                )));
            }
            VaultError::PassphraseWrong { .. } => {
                "try again. If you're sure of the passphrase, the file is damaged: restore it from a backup. If you \
                 forgot it, the vault can't be opened: move vault.age and vault.age.key.age away and sign in again"
            }
            VaultError::PassphraseEmpty => "choose one that is hard to guess",
            VaultError::PassphraseNeeded { hint } => return Some(Cow::Owned(hint.clone())),
            VaultError::PassphraseDeclined | VaultError::Read { .. } | VaultError::Seal { .. } => return None,
            VaultError::Write(error) => return error.advice().map(Cow::Borrowed),
        };
        Some(Cow::Borrowed(advice))
    }

    /// Whether the way out is another place for the key, so that a face can offer to change the setting.
    pub fn asks_for_another_place(&self) -> bool {
        match self {
            VaultError::Chosen { error, .. } => error.asks_for_another_place(),
            VaultError::KeyringLocked { .. }
            | VaultError::KeyringAbsent { .. }
            | VaultError::KeyringUnanswered { .. }
            | VaultError::KeyringFailed { .. }
            | VaultError::KeyFolderOfAnother { .. }
            | VaultError::KeyFolderMissing { .. } => true,
            _ => false,
        }
    }

    /// The same again, if the person refused the keyring's question or didn't answer it.
    #[must_use]
    pub fn refusal(&self) -> Option<Self> {
        match self {
            VaultError::KeyringLocked { reason } => Some(VaultError::KeyringLocked { reason: reason.clone() }),
            VaultError::KeyringUnanswered { seconds } => Some(VaultError::KeyringUnanswered { seconds: *seconds }),
            VaultError::Chosen { error, config } => {
                Some(VaultError::Chosen { error: Box::new(error.refusal()?), config: config.clone() })
            }
            _ => None,
        }
    }

    /// The advice, with the settings of this file that keep the key elsewhere.
    fn advice_with(&self, config: &Path) -> Option<Cow<'static, str>> {
        let first = self.advice()?;
        if !self.asks_for_another_place() {
            return Some(first);
        }
        Some(Cow::Owned(format!(
            "{first}. In the table `[settings.vault]` of {}, `key = \"passphrase\"` asks you for a passphrase, and \
             `key = \"file:~/.config/daypass/vault.key\"` keeps the key in a file of yours",
            config.display()
        )))
    }
}
