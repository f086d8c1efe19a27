//! A backup copy of a file.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::error::{At, Error, Operation};
use crate::place::{self, Snapshot};

/// Copies the file, byte for byte, to `NAME.daypass-backup-YYYYMMDDTHHMMSSZ` beside it (UTC, with `-2`
/// and so on appended if that name is taken). Only the owner can read the copy (0600). Never overwrites
/// anything.
///
/// If `path` is a link, the copy is beside the link: its target may be in a repository that is pushed.
///
/// # Errors
/// If the file doesn't exist, or the copy can't be written. It doesn't leave a partial copy.
pub fn backup(path: &Path) -> Result<PathBuf, Error> {
    let Some(snapshot) = Snapshot::take(path)? else {
        return Err(Error::new(Operation::Read, path, ErrorKind::NotFound.into()));
    };
    loop {
        let copy = free_name(path);
        let mut file = match place::create_new(&copy, 0o600) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(Error::new(Operation::Write, &copy, error)),
        };
        let written = file
            .write_all(&snapshot.content)
            .at(Operation::Write, &copy)
            .and_then(|()| file.sync_all().at(Operation::Sync, &copy))
            .and_then(|()| place::sync_folder(&copy));
        if let Err(error) = written {
            let _ = fs::remove_file(&copy);
            return Err(error);
        }
        return Ok(copy);
    }
}

/// A free name for a backup copy.
pub(crate) fn free_name(path: &Path) -> PathBuf {
    let stamp = chrono::Utc::now().format("%Y%m%dT%H%M%SZ");
    let mut name = place::beside(path, "", &format!(".daypass-backup-{stamp}"));
    let mut number = 2;
    while fs::symlink_metadata(&name).is_ok() {
        name = place::beside(path, "", &format!(".daypass-backup-{stamp}-{number}"));
        number += 1;
    }
    name
}
