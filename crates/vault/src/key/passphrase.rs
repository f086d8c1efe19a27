//! The key beside the vault, sealed with a passphrase.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use durable_file::{Change, EditError};
use secrecy::{ExposeSecret as _, SecretString};

use super::file::remove_file;
use super::store::{KeyStore, PassphraseNeed, PassphrasePrompt};
use super::vault_key::{Key, line_of, parse_stored};
use crate::error::VaultError;
use crate::passphrase_file::{self, Unopened};

/// How often the person may type the passphrase.
const TRIES: u8 = 3;

/// `<vault>.key.age`, an age file that holds the key, sealed with the passphrase.
pub(super) struct PassphraseSealedKey {
    path: PathBuf,
    prompt: PassphrasePrompt,
    /// How often the person may type it.
    tries: u8,
    /// Whether the person had all tries. A command reads the vault several times, and asks only the first time.
    is_over: AtomicBool,
}

impl PassphraseSealedKey {
    pub(super) fn beside(vault: &Path, prompt: PassphrasePrompt) -> Self {
        let mut path = vault.as_os_str().to_owned();
        path.push(".key.age");
        PassphraseSealedKey { path: path.into(), prompt, tries: TRIES, is_over: AtomicBool::new(false) }
    }

    /// The same, with a passphrase that the person has typed already.
    pub(super) fn with_typed(vault: &Path, typed: SecretString) -> Self {
        PassphraseSealedKey { tries: 1, ..PassphraseSealedKey::beside(vault, Arc::new(move |_| Ok(typed.clone()))) }
    }

    fn wrong(&self) -> VaultError {
        VaultError::PassphraseWrong { path: self.path.clone() }
    }

    fn read(&self) -> Result<Option<Vec<u8>>, VaultError> {
        Ok(durable_file::read(&self.path)?)
    }

    /// The key, if this is its passphrase.
    fn unseal(&self, sealed: &[u8], passphrase: SecretString) -> Result<Key, VaultError> {
        let text = passphrase_file::open(sealed, passphrase).map_err(|why| self.unopened(why))?;
        parse_stored(&text, || self.describe())
    }

    fn unopened(&self, why: Unopened) -> VaultError {
        match why {
            Unopened::WrongPassphrase => self.wrong(),
            Unopened::Damaged(what) => VaultError::Damaged { path: self.path.clone(), what },
        }
    }

    /// Seals the key with a passphrase that the person chooses. Returns whether it was written: `is_written` decides,
    /// knowing whether there is a key.
    fn write(&self, key: &Key, is_written: impl Fn(bool) -> bool) -> Result<bool, VaultError> {
        let passphrase = (self.prompt)(PassphraseNeed::New)?;
        if passphrase.expose_secret().is_empty() {
            return Err(VaultError::PassphraseEmpty);
        }
        let sealed = passphrase_file::seal(&line_of(key), passphrase)
            .map_err(|source| VaultError::Seal { path: self.path.clone(), source })?;
        let mut written = false;
        durable_file::edit(&self.path, &durable_file::Options::default(), |there| {
            written = is_written(there.is_some());
            Ok(if written { Change::Replace(sealed.clone()) } else { Change::Keep })
        })
        .map_err(|err| match err {
            EditError::Change(err) | EditError::File(err) => VaultError::Write(err),
        })?;
        Ok(written)
    }
}

impl KeyStore for PassphraseSealedKey {
    fn fetch(&self) -> Result<Option<Key>, VaultError> {
        let Some(sealed) = self.read()? else {
            return Ok(None);
        };
        // Before asking the person, check that there is something to open.
        passphrase_file::check(&sealed).map_err(|why| self.unopened(why))?;
        if self.is_over.load(Ordering::Relaxed) {
            return Err(self.wrong());
        }
        for left in (1..=self.tries).rev() {
            let need = if left == self.tries { PassphraseNeed::Existing } else { PassphraseNeed::Again { left } };
            let passphrase = (self.prompt)(need)?;
            if passphrase.expose_secret().is_empty() {
                continue;
            }
            match self.unseal(&sealed, passphrase) {
                Err(VaultError::PassphraseWrong { .. }) => {}
                outcome => return outcome.map(Some),
            }
        }
        self.is_over.store(true, Ordering::Relaxed);
        Err(self.wrong())
    }

    fn keep(&self, key: &Key) -> Result<Key, VaultError> {
        if let Some(there) = self.fetch()? {
            return Ok(there);
        }
        if self.write(key, |there| !there)? {
            return Ok(key.clone());
        }
        // Another process stored a key meanwhile. That one counts, and has its own passphrase.
        self.fetch()?.ok_or_else(|| VaultError::KeyInvalid { key: self.describe() })
    }

    fn install(&self, key: &Key) -> Result<Key, VaultError> {
        self.write(key, |_| true)?;
        self.is_over.store(false, Ordering::Relaxed);
        Ok(key.clone())
    }

    fn remove(&self) -> Result<(), VaultError> {
        remove_file(&self.path)
    }

    fn probe(&self) -> Result<(), VaultError> {
        // Opening it would ask for the passphrase.
        self.read().map(drop)
    }

    fn describe(&self) -> String {
        format!("the passphrase-sealed key {}", self.path.display())
    }
}
