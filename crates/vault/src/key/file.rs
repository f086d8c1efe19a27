//! The key in a file of the person's choice.

use std::path::{Path, PathBuf};

use durable_file::{Change, EditError};

use super::store::KeyStore;
use super::vault_key::{Key, line_of, parse_stored};
use crate::error::VaultError;

/// A key file as `age-keygen` writes it. Created with mode 0600, and refused if its mode gives others any access, or if
/// it belongs to a user other than you and root.
///
/// On Windows we do not check the file's access list, which a new file inherits from its folder.
pub(super) struct KeyFile {
    pub(super) path: PathBuf,
}

impl KeyStore for KeyFile {
    fn fetch(&self) -> Result<Option<Key>, VaultError> {
        // Before reading it: a key that others can read or chose must not be used even once.
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
    use std::os::unix::fs::MetadataExt as _;

    let metadata = match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => metadata,
        // Reading it reports a missing file, or something that is not a file.
        Ok(_) | Err(_) => return Ok(()),
    };
    if metadata.mode() & 0o077 != 0 {
        return Err(VaultError::KeyFileOpenToOthers { path: path.to_owned(), mode: metadata.mode() & 0o7777 });
    }
    if !is_trusted_owner(metadata.uid(), rustix::process::geteuid().as_raw()) {
        return Err(VaultError::KeyFileOfAnother { path: path.to_owned(), owner: metadata.uid() });
    }
    Ok(())
}

/// Whether an owner is this user or root. For root, that is only root.
#[cfg(unix)]
fn is_trusted_owner(owner: u32, ours: u32) -> bool {
    const ROOT: u32 = 0;
    owner == ours || owner == ROOT
}

#[cfg(not(unix))]
fn refuse_open_to_others(_path: &Path) -> Result<(), VaultError> {
    Ok(())
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, clippy::disallowed_methods)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, chown};

    use super::*;

    #[test]
    fn only_a_file_of_this_user_or_root_is_used() {
        assert!(is_trusted_owner(1000, 1000) && is_trusted_owner(0, 1000) && is_trusted_owner(0, 0));
        assert!(!is_trusted_owner(1001, 1000) && !is_trusted_owner(1000, 0));

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault.key");
        fs::write(&path, "x").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        refuse_open_to_others(&path).unwrap();
        // Only root can give a file away.
        if rustix::process::geteuid().is_root() {
            chown(&path, Some(12_345), None).unwrap();
            let refused = refuse_open_to_others(&path).unwrap_err();
            assert_eq!(refused.code(), "key-file-open-to-others");
            assert!(refused.to_string().contains("12345"), "{refused}");
            assert!(refused.advice().unwrap().contains("chown"), "{refused}");
        }
    }
}
