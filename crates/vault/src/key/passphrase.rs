//! The key beside the vault, sealed with a passphrase.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

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

/// `<vault>.key.age`, an age file that holds the key, sealed with the passphrase.
pub(super) struct PassphraseSealedKey {
    path: PathBuf,
    prompt: PassphrasePrompt,
}

impl PassphraseSealedKey {
    pub(super) fn beside(vault: &Path, prompt: PassphrasePrompt) -> Self {
        let mut path = vault.as_os_str().to_owned();
        path.push(".key.age");
        PassphraseSealedKey { path: path.into(), prompt }
    }

    fn damaged(&self, what: &'static str) -> VaultError {
        VaultError::Damaged { path: self.path.clone(), what }
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
        let Some(sealed) = durable_file::read(&self.path)? else {
            return Ok(None);
        };
        // Before asking the person, check that there is something to open.
        let decryptor = Decryptor::new_buffered(&sealed[..]).map_err(|_| self.damaged("it is not a whole age file"))?;
        if !decryptor.is_scrypt() {
            return Err(self.damaged("it is not sealed with a passphrase"));
        }

        let mut identity = scrypt::Identity::new((self.prompt)(PassphraseNeed::Existing)?);
        identity.set_max_work_factor(MAX_LOG_N);
        let mut reader =
            decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity)).map_err(|err| match err {
                DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed | DecryptError::NoMatchingKeys => {
                    VaultError::PassphraseWrong { path: self.path.clone() }
                }
                _ => self.damaged("its header was changed"),
            })?;
        let mut text = Zeroizing::new(Vec::with_capacity(sealed.len()));
        reader.read_to_end(&mut text).map_err(|_| self.damaged("its content was changed or cut short"))?;
        parse_stored(&text, || self.describe()).map(Some)
    }

    fn create(&self) -> Result<Key, VaultError> {
        let passphrase = (self.prompt)(PassphraseNeed::New)?;
        if passphrase.expose_secret().is_empty() {
            return Err(VaultError::PassphraseEmpty);
        }
        let key = Key::generate();
        let sealed =
            self.seal(&key, passphrase).map_err(|source| VaultError::Seal { path: self.path.clone(), source })?;
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
            return Ok(key);
        }
        // Another process stored a key meanwhile. That one counts, and has its own passphrase.
        self.fetch()?.ok_or_else(|| VaultError::KeyInvalid { key: self.describe() })
    }

    fn probe(&self) -> Result<(), VaultError> {
        // Opening it would ask for the passphrase.
        durable_file::read(&self.path).map(drop).map_err(VaultError::Write)
    }

    fn describe(&self) -> String {
        format!("the passphrase-sealed key {}", self.path.display())
    }
}
