//! The key in a file that the person named.

use std::path::{Path, PathBuf};

use durable_file::{Change, EditError};

use super::{Key, KeyStore, line_of, parse_kept};
use crate::error::VaultError;

/// A key file as `age-keygen` writes it. Made with mode 0600; refused when its group or others may read it.
///
/// On Windows a file's access list is not looked at: there a new file inherits that of its folder.
pub(super) struct KeyFile {
    pub(super) path: PathBuf,
}

impl KeyStore for KeyFile {
    fn fetch(&self) -> Result<Option<Key>, VaultError> {
        // Looked at before it is read: a key that others can read is not to be used even once.
        refuse_open_to_others(&self.path)?;
        match durable_file::read(&self.path)?.map(zeroize::Zeroizing::new) {
            Some(text) => parse_kept(&text, || self.describe()).map(Some),
            None => Ok(None),
        }
    }

    fn create(&self) -> Result<Key, VaultError> {
        // The lock of the key file, besides that of the vault: several vaults may share one key file.
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
        // What is missing or no file is the reader's to report.
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn refuse_open_to_others(_path: &Path) -> Result<(), VaultError> {
    Ok(())
}
