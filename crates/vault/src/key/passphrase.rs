//! The key beside the vault, sealed with a passphrase.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use age::{DecryptError, Decryptor, Encryptor, scrypt};
use durable_file::{Change, EditError};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::store::{KeyStore, PassphraseNeed, PassphrasePrompt};
use super::vault_key::{Key, line_of, parse_stored};
use crate::error::VaultError;

/// scrypt's cost, N = 2^17 with r = 8 and p = 1, as OWASP's Password Storage Cheat Sheet recommends. It takes 128 MiB
/// and about 0.3 s, once per process.
const LOG_N: u8 = 17;

/// The largest cost that we accept when opening, 4 GiB, so that a manipulated file cannot take the machine down.
const MAX_LOG_N: u8 = 22;

/// How often the person may type the passphrase.
const TRIES: u8 = 3;

/// `<vault>.key.age`, an age file that holds the key, sealed with the passphrase.
pub(super) struct PassphraseSealedKey {
    path: PathBuf,
    prompt: PassphrasePrompt,
    /// Whether the person had all tries. A command reads the vault several times, and asks only the first time.
    is_over: AtomicBool,
}

impl PassphraseSealedKey {
    pub(super) fn beside(vault: &Path, prompt: PassphrasePrompt) -> Self {
        let mut path = vault.as_os_str().to_owned();
        path.push(".key.age");
        PassphraseSealedKey { path: path.into(), prompt, is_over: AtomicBool::new(false) }
    }

    fn damaged(&self, what: &'static str) -> VaultError {
        VaultError::Damaged { path: self.path.clone(), what }
    }

    fn wrong(&self) -> VaultError {
        VaultError::PassphraseWrong { path: self.path.clone() }
    }

    fn read(&self) -> Result<Option<Vec<u8>>, VaultError> {
        Ok(durable_file::read(&self.path)?)
    }

    /// The key, if this is its passphrase.
    fn unseal(&self, sealed: &[u8], passphrase: SecretString) -> Result<Key, VaultError> {
        let mut identity = scrypt::Identity::new(passphrase);
        identity.set_max_work_factor(MAX_LOG_N);
        let mut reader = self.decryptor(sealed)?.decrypt(std::iter::once(&identity as &dyn age::Identity)).map_err(
            |err| match err {
                DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed | DecryptError::NoMatchingKeys => {
                    self.wrong()
                }
                _ => self.damaged("its header was changed"),
            },
        )?;
        let mut text = Zeroizing::new(Vec::with_capacity(sealed.len()));
        reader.read_to_end(&mut text).map_err(|_| self.damaged("its content was changed or cut short"))?;
        parse_stored(&text, || self.describe())
    }

    fn decryptor<'a>(&self, sealed: &'a [u8]) -> Result<Decryptor<&'a [u8]>, VaultError> {
        let decryptor = Decryptor::new_buffered(sealed).map_err(|_| self.damaged("it is not a whole age file"))?;
        if decryptor.is_scrypt() { Ok(decryptor) } else { Err(self.damaged("it is not sealed with a passphrase")) }
    }

    fn seal(&self, key: &Key, passphrase: SecretString) -> std::io::Result<Vec<u8>> {
        let mut recipient = scrypt::Recipient::new(passphrase);
        recipient.set_work_factor(LOG_N);
        let encryptor = Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient))
            .map_err(std::io::Error::other)?;
        let mut sealed = Vec::new();
        let mut writer = encryptor.wrap_output(&mut sealed)?;
        writer.write_all(&line_of(key))?;
        writer.finish()?;
        Ok(sealed)
    }
}

impl KeyStore for PassphraseSealedKey {
    fn fetch(&self) -> Result<Option<Key>, VaultError> {
        let Some(sealed) = self.read()? else {
            return Ok(None);
        };
        // Before asking the person, check that there is something to open.
        self.decryptor(&sealed)?;
        if self.is_over.load(Ordering::Relaxed) {
            return Err(self.wrong());
        }
        for left in (1..=TRIES).rev() {
            let need = if left == TRIES { PassphraseNeed::Existing } else { PassphraseNeed::Again { left } };
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
        let passphrase = (self.prompt)(PassphraseNeed::New)?;
        if passphrase.expose_secret().is_empty() {
            return Err(VaultError::PassphraseEmpty);
        }
        let sealed =
            self.seal(key, passphrase).map_err(|source| VaultError::Seal { path: self.path.clone(), source })?;
        let mut stored = false;
        durable_file::edit(&self.path, &durable_file::Options::default(), |there| {
            stored = there.is_none();
            Ok(match there {
                Some(_) => Change::Keep,
                None => Change::Replace(sealed.clone()),
            })
        })
        .map_err(|err| match err {
            EditError::Change(err) | EditError::File(err) => VaultError::Write(err),
        })?;
        if stored {
            return Ok(key.clone());
        }
        // Another process stored a key meanwhile. That one counts, and has its own passphrase.
        self.fetch()?.ok_or_else(|| VaultError::KeyInvalid { key: self.describe() })
    }

    fn probe(&self) -> Result<(), VaultError> {
        // Opening it would ask for the passphrase.
        self.read().map(drop)
    }

    fn describe(&self) -> String {
        format!("the passphrase-sealed key {}", self.path.display())
    }
}
