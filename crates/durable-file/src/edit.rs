//! Reads a file, changes it and puts the new version in place; starts over if another program changed
//! it meanwhile.

use std::fs::Metadata;
use std::path::Path;

use crate::change::{Change, Options, Outcome};
use crate::error::{EditError, Error};
use crate::lock::{LOCK_PATIENCE, Lock};
use crate::place::{self, Snapshot};
use crate::swap::{self, Attempt};
use crate::temporary;

/// How often we start over before giving up.
const ATTEMPTS: u32 = 16;

/// Changes the file at `path` to what `change` makes of its current content (None if there is no
/// file). `change` runs once more for each edit that another program makes meanwhile.
///
/// # Errors
/// [`EditError::Change`] with the error of `change`; [`EditError::File`] if the file cannot be read,
/// locked (within [`LOCK_PATIENCE`]) or written. The file is then unchanged.
pub fn edit<E>(
    path: &Path,
    options: &Options,
    mut change: impl FnMut(Option<&[u8]>) -> Result<Change, E>,
) -> Result<Outcome, EditError<E>> {
    match Lock::wait(path, LOCK_PATIENCE) {
        Ok(lock) => lock.edit(options, change),
        Err(error) if error.is_missing() || error.is_unwritable() => {
            // We cannot write without the lock. If there is nothing to write, we need neither the lock
            // nor the folder.
            let real = place::real_path(path)?;
            let before = Snapshot::take(&real)?;
            let content = before.as_ref().map(|before| before.content.as_slice());
            let wanted = change(content).map_err(EditError::Change)?;
            if wanted.changes_nothing(content) {
                return Ok(Outcome::Unchanged);
            }
            if !error.is_missing() {
                return Err(error.into());
            }
            place::create_folder(&real, options.folder_mode_when_new)?;
            Lock::wait(path, LOCK_PATIENCE)?.edit(options, change)
        }
        Err(error) => Err(error.into()),
    }
}

impl Lock {
    /// Like [`edit`](crate::edit), under the lock you already hold.
    ///
    /// # Errors
    /// As [`edit`](crate::edit).
    pub fn edit<E>(
        &self,
        options: &Options,
        change: impl FnMut(Option<&[u8]>) -> Result<Change, E>,
    ) -> Result<Outcome, EditError<E>> {
        edit_while_locked(self.path(), options, change)
    }
}

/// The content of the file, or None if it doesn't exist.
///
/// # Errors
/// If the file exists but cannot be read.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    Ok(Snapshot::take(path)?.map(|snapshot| snapshot.content))
}

/// Like [`read`], with what the system says about the very file that was read, even if its name leads to another one by
/// now.
///
/// # Errors
/// As [`read`].
pub fn read_with_facts(path: &Path) -> Result<Option<(Vec<u8>, Metadata)>, Error> {
    Ok(Snapshot::take(path)?.map(|snapshot| (snapshot.content, snapshot.metadata)))
}

/// The edit itself. The caller holds the lock of `real`.
fn edit_while_locked<E>(
    real: &Path,
    options: &Options,
    mut change: impl FnMut(Option<&[u8]>) -> Result<Change, E>,
) -> Result<Outcome, EditError<E>> {
    temporary::sweep(real);
    for _ in 0..ATTEMPTS {
        let before = Snapshot::take(real)?;
        let content = before.as_ref().map(|before| before.content.as_slice());
        let wanted = change(content).map_err(EditError::Change)?;
        if wanted.changes_nothing(content) {
            return Ok(Outcome::Unchanged);
        }
        let attempt = match (wanted, &before) {
            (Change::Replace(new), Some(old)) => swap::replace(real, old, &new)?,
            (Change::Replace(new), None) => swap::create(real, &new, options.mode_when_new)?,
            (Change::Remove, Some(old)) => swap::remove(real, old)?,
            (Change::Keep, _) | (Change::Remove, None) => return Ok(Outcome::Unchanged),
        };
        if let Attempt::Done(outcome) = attempt {
            place::sync_folder(real)?;
            return Ok(outcome);
        }
    }
    Err(Error::Contended { path: real.to_owned(), attempts: ATTEMPTS }.into())
}
