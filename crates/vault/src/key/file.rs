//! The key in a file of the person's choice.

use std::path::{Path, PathBuf};

use durable_file::{Change, EditError};

use super::store::KeyStore;
use super::vault_key::{Key, line_of, parse_stored};
use crate::error::VaultError;

/// A key file as `age-keygen` writes it. Created with mode 0600, and refused if its mode gives others any access.
///
/// On Windows we do not check the file's access list, which a new file inherits from its folder.
pub(super) struct KeyFile {
    pub(super) path: PathBuf,
}

impl KeyStore for KeyFile {
    fn fetch(&self) -> Result<Option<Key>, VaultError> {
        // Before reading it: a key that others can read must not be used even once.
        refuse_open_to_others(&self.path)?;
        match durable_file::read(&self.path)?.map(zeroize::Zeroizing::new) {
            Some(text) => parse_stored(&text, || self.describe()).map(Some),
            None => Ok(None),
        }
    }

    fn create(&self) -> Result<Key, VaultError> {
        // This takes the lock of the key file, besides the vault's: several vaults may share one key file.
        durable_file::edit(&self.path, &durable_file::Options::default(), |there| {
            Ok(match there {
                Some(_) => Change::Keep,
                None => Change::Replace(line_of(&Key::generate()).to_vec()),
            })
        })
        .map_err(|err| match err {
            EditError::Change(err) | EditError::File(err) => VaultError::Write(err),
        })?;
        self.fetch()?.ok_or_else(|| VaultError::KeyInvalid { key: self.describe() })
    }

    fn describe(&self) -> String {
        format!("the key file {}", self.path.display())
    }
}

#[cfg(unix)]
fn refuse_open_to_others(path: &Path) -> Result<(), VaultError> {
    use std::os::unix::fs::PermissionsExt as _;

    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() && metadata.permissions().mode() & 0o077 != 0 => {
            Err(VaultError::KeyFileOpenToOthers { path: path.to_owned(), mode: metadata.permissions().mode() & 0o7777 })
        }
        // Reading it reports a missing file, or something that is not a file.
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn refuse_open_to_others(_path: &Path) -> Result<(), VaultError> {
    Ok(())
}
