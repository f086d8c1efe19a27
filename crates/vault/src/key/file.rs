//! The key in a file that the person chooses.

use std::convert::Infallible;
use std::path::{Path, PathBuf};

use durable_file::{Change, EditError};

use super::store::KeyStore;
use super::vault_key::{Key, line_of, parse_stored};
use crate::error::VaultError;

/// A key file as `age-keygen` writes it. Created for its owner alone, and refused if its mode or its access list gives others
/// any access, or if it belongs to a user other than you and root. It is not made in another user's folder. (On Windows,
/// only a missing folder is refused.)
pub(super) struct KeyFile {
    pub(super) path: PathBuf,
    /// Whether missing folders are made.
    pub(super) makes_folders: bool,
}

impl KeyFile {
    /// Refuses a place for a new key where another user could replace it, or that is most likely a mistake: a shared
    /// `config.toml` may name a path in a colleague's home, and root could make it.
    #[cfg(unix)]
    fn refuse_place(&self) -> Result<(), VaultError> {
        use std::os::unix::fs::MetadataExt as _;
        let path = &self.path;
        for folder in path.ancestors().skip(1) {
            match std::fs::metadata(folder) {
                Ok(facts) if is_trusted_owner(facts.uid(), rustix::process::geteuid().as_raw()) => return Ok(()),
                Ok(facts) => {
                    let (path, folder, owner) = (path.clone(), folder.to_owned(), facts.uid());
                    return Err(VaultError::KeyFolderOfAnother { path, folder, owner });
                }
                Err(err) if err.kind() == std::io::ErrorKind::NotFound && self.makes_folders => {}
                Err(err) if err.kind() == std::io::ErrorKind::NotFound => {
                    return Err(VaultError::KeyFolderMissing { path: path.clone(), folder: folder.to_owned() });
                }
                // Making the file reports it.
                Err(_) => return Ok(()),
            }
        }
        Ok(())
    }

    #[cfg(not(unix))]
    fn refuse_place(&self) -> Result<(), VaultError> {
        match self.path.parent() {
            Some(folder) if !self.makes_folders && !folder.exists() => {
                Err(VaultError::KeyFolderMissing { path: self.path.clone(), folder: folder.to_owned() })
            }
            _ => Ok(()),
        }
    }
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

    fn keep(&self, key: &Key) -> Result<Key, VaultError> {
        if let Some(there) = self.fetch()? {
            return Ok(there);
        }
        self.refuse_place()?;
        // This takes the lock of the key file, besides the vault's: several vaults may share one key file.
        durable_file::edit(&self.path, &durable_file::Options::default(), |there| {
            Ok(match there {
                Some(_) => Change::Keep,
                None => Change::Replace(line_of(key).to_vec()),
            })
        })
        .map_err(|err| match err {
            EditError::Change(err) | EditError::File(err) => VaultError::Write(err),
        })?;
        self.fetch()?.ok_or_else(|| VaultError::KeyInvalid { key: self.describe() })
    }

    fn remove(&self) -> Result<(), VaultError> {
        remove_file(&self.path)
    }

    fn probe(&self) -> Result<(), VaultError> {
        match self.fetch()? {
            Some(_) => Ok(()),
            None => self.refuse_place(),
        }
    }

    fn describe(&self) -> String {
        format!("the key file {}", self.path.display())
    }
}

/// Removes a file with a key, if it exists.
pub(super) fn remove_file(path: &Path) -> Result<(), VaultError> {
    durable_file::edit(path, &durable_file::Options::default(), |_| Ok::<_, Infallible>(Change::Remove))
        .map(drop)
        .map_err(|err| match err {
            EditError::File(err) => VaultError::Write(err),
            EditError::Change(never) => match never {},
        })
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
        let how = format!("mode {:04o}", metadata.mode() & 0o7777);
        return Err(VaultError::KeyFileOpenToOthers { path: path.to_owned(), how });
    }
    if !is_trusted_owner(metadata.uid(), rustix::process::geteuid().as_raw()) {
        return Err(VaultError::KeyFileOfAnother { path: path.to_owned(), owner: metadata.uid().to_string() });
    }
    Ok(())
}

/// Whether an owner is this user or root. For root, that is only root.
#[cfg(unix)]
fn is_trusted_owner(owner: u32, ours: u32) -> bool {
    const ROOT: u32 = 0;
    owner == ours || owner == ROOT
}

#[cfg(windows)]
fn refuse_open_to_others(path: &Path) -> Result<(), VaultError> {
    use windows_access::{CHANGE, READ, of_file, own_user};

    // A link is as good as what it leads to. Reading reports a missing file.
    let Ok(real) = path.canonicalize() else { return Ok(()) };
    let path = path.to_owned();
    let (list, me) = match (of_file(&real), own_user()) {
        (Ok(list), Ok(me)) => (list, me),
        (Err(source), _) | (_, Err(source)) => return Err(VaultError::Read { path, source }),
    };
    if list.lets_others(READ | CHANGE, &me) {
        return Err(VaultError::KeyFileOpenToOthers { path, how: "by its access list".to_owned() });
    }
    if list.is_of_another(&me) {
        return Err(VaultError::KeyFileOfAnother { path, owner: list.owner });
    }
    Ok(())
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, clippy::disallowed_methods)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, chown};

    use super::*;

    #[test]
    fn a_new_key_is_made_in_no_folder_of_another_user_and_outside_of_home_in_no_missing_one() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str, makes_folders| KeyFile { path: folder.path().join(name), makes_folders };
        at("home/a/vault.key", true).create().unwrap();
        let missing = at("home/bob/vault.key", false).create().unwrap_err();
        assert!(matches!(&missing, VaultError::KeyFolderMissing { folder, .. } if folder.ends_with("home/bob")));
        assert!(at("home/bob/vault.key", false).probe().is_err());
        assert!(!folder.path().join("home/bob").exists(), "nothing was made");
        at("home/a/other.key", false).create().unwrap();

        // Only root can give a folder away.
        if rustix::process::geteuid().is_root() {
            chown(folder.path().join("home/a"), Some(12_345), None).unwrap();
            for (name, makes_folders) in [("home/a/new.key", false), ("home/a/b/c/new.key", true)] {
                let refused = at(name, makes_folders).create().unwrap_err();
                assert_eq!(refused.code(), "key-file-open-to-others");
                assert!(refused.to_string().contains("12345") && refused.to_string().contains(name), "{refused}");
            }
            assert!(!folder.path().join("home/a/b").exists(), "nothing was made");
        }
    }

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
            assert!(refused.advice().unwrap().contains("its owner"), "{refused}");
        }
    }
}
