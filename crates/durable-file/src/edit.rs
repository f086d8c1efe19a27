//! Read, change, put in place: again, until nobody came in between.

use std::path::Path;

use crate::error::{EditError, Error};
use crate::lock::{LOCK_PATIENCE, Lock};
use crate::place::{self, Snapshot};
use crate::swap::{self, Attempt};
use crate::temporary;

/// How often a change is made on top of somebody else's before giving up.
const ATTEMPTS: u32 = 16;

/// Change the file at `path` to what `change` makes of its present content (None: there is no
/// file). `change` may run several times: once more for each edit that somebody else made in
/// between.
///
/// # Errors
/// [`EditError::Change`] with what `change` returned; [`EditError::File`] when the file cannot be
/// read, locked (for [`LOCK_PATIENCE`]) or written. The file is then as it was.
pub fn edit<E>(
    path: &Path,
    options: &Options,
    mut change: impl FnMut(Option<&[u8]>) -> Result<Change, E>,
) -> Result<Outcome, EditError<E>> {
    match Lock::wait(path, LOCK_PATIENCE) {
        Ok(lock) => lock.edit(options, change),
        Err(error) if error.is_missing() || error.is_unwritable() => {
            // Without a lock nothing can be written, but where nothing needs to be, that is no error,
            // and no folder needs to be made.
            let real = place::real_path(path)?;
            let before = Snapshot::take(&real)?;
            let content = before.as_ref().map(|before| before.content.as_slice());
            let wanted = change(content).map_err(EditError::Change)?;
            if wanted.is_needless(content) {
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

/// What `change` wants done with a file.
pub enum Change {
    /// Leave it alone.
    Keep,
    /// Give it this content; create it if there is none.
    Replace(Vec<u8>),
    /// Delete the file.
    Remove,
}

impl Change {
    fn is_needless(&self, content: Option<&[u8]>) -> bool {
        match (self, content) {
            (Self::Keep, _) | (Self::Remove, None) => true,
            (Self::Replace(new), Some(old)) => new == old,
            _ => false,
        }
    }
}

/// What [`edit`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The file is as it was: nothing needed to be changed.
    Unchanged,
    /// The file has new content, and it is on the disk.
    Written,
    /// The file is gone.
    Removed,
}

/// For what is not there yet. On Windows modes mean nothing: there a new file inherits from its folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Permission bits of a new file, whatever the umask. 0600 by default.
    pub mode_when_new: u32,
    /// Permission bits (less the umask) of folders that have to be made. 0700 by default.
    pub folder_mode_when_new: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { mode_when_new: 0o600, folder_mode_when_new: 0o700 }
    }
}

/// The content of the file; None: there is no file.
///
/// # Errors
/// When it is there but cannot be read.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    Ok(Snapshot::take(path)?.map(|snapshot| snapshot.content))
}

/// The edit itself, for the holder of the lock of `real`.
pub(crate) fn edit_in_turn<E>(
    real: &Path,
    options: &Options,
    mut change: impl FnMut(Option<&[u8]>) -> Result<Change, E>,
) -> Result<Outcome, EditError<E>> {
    temporary::sweep(real);
    for _ in 0..ATTEMPTS {
        let before = Snapshot::take(real)?;
        let content = before.as_ref().map(|before| before.content.as_slice());
        let wanted = change(content).map_err(EditError::Change)?;
        if wanted.is_needless(content) {
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
