//! Puts a new version in place without losing one that another program wrote meanwhile.
//!
//! A plain rename cannot tell what it replaced. After an exchange, the replaced version is still there
//! under the temporary name, and can be compared with what we read. Linux calls it `renameat2` with
//! `RENAME_EXCHANGE`, macOS `renameatx_np` with `RENAME_SWAP`. Where a file system cannot do it (some
//! network and FUSE ones), we compare right before a plain rename, which leaves a gap of microseconds.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::backup;
use crate::change::Outcome;
use crate::error::{At, Error, Operation};
use crate::patience;
use crate::place::{self, Snapshot};
use crate::temporary::Temporary;

pub(crate) enum Attempt {
    /// Done, except for flushing the folder.
    Done(Outcome),
    /// Another program changed the file first, and its version is in place.
    Overtaken,
}

/// Replaces `old` with `new`.
pub(crate) fn replace(real: &Path, old: &Snapshot, new: &[u8]) -> Result<Attempt, Error> {
    let temporary = Temporary::write(real, new, Some(old), 0)?;
    // A cheap check first, so that we rarely have to take our version back.
    if !old.seems_unchanged(real) {
        return Ok(Attempt::Overtaken);
    }
    match rename(temporary.path(), real, How::Exchange) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Attempt::Overtaken),
        Err(error) if is_unsupported(&error) => {
            return replace_unless_changed(real, old, &temporary);
        }
        Err(error) => return Err(Error::new(Operation::Replace, real, error)),
    }
    match old.is_at(temporary.path()) {
        Ok(true) => Ok(Attempt::Done(Outcome::Written)),
        // It is another version, or we cannot read it: put it back.
        displaced => {
            take_back(real, new, temporary)?;
            displaced.map(|_| Attempt::Overtaken)
        }
    }
}

/// Creates the file with the content `new`.
pub(crate) fn create(real: &Path, new: &[u8], mode: u32) -> Result<Attempt, Error> {
    let temporary = Temporary::write(real, new, None, mode)?;
    match rename_to_free(temporary.path(), real) {
        Ok(()) => Ok(Attempt::Done(Outcome::Written)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Attempt::Overtaken),
        Err(error) => Err(Error::new(Operation::Replace, real, error)),
    }
}

/// Removes the file. Moves it aside first, and back if it turns out not to be `old`.
pub(crate) fn remove(real: &Path, old: &Snapshot) -> Result<Attempt, Error> {
    if !old.seems_unchanged(real) {
        return Ok(Attempt::Overtaken);
    }
    let aside = Temporary::unused(real);
    match patience::rename(real, aside.path()) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Attempt::Overtaken),
        Err(error) => return Err(Error::new(Operation::Remove, real, error)),
    }
    match old.is_at(aside.path()) {
        Ok(true) => Ok(Attempt::Done(Outcome::Removed)),
        removed => match rename_to_free(aside.path(), real) {
            Ok(()) => removed.map(|_| Attempt::Overtaken),
            Err(_) => Err(collision(real, aside)),
        },
    }
}

/// Undoes an exchange that displaced another program's version.
fn take_back(real: &Path, new: &[u8], temporary: Temporary) -> Result<(), Error> {
    if let Err(error) = rename(temporary.path(), real, How::Exchange) {
        return match error.kind() {
            // Our version was removed meanwhile, so the name is free for theirs.
            ErrorKind::NotFound => rename_to_free(temporary.path(), real).map_err(|_| collision(real, temporary)),
            _ => Err(collision(real, temporary)),
        };
    }
    match place::has_content(temporary.path(), new) {
        Ok(true) => Ok(()),
        // A third version, made from ours in that instant. It is the latest, so it stays.
        _ => {
            rename(temporary.path(), real, How::Exchange).at(Operation::Replace, real)?;
            Err(collision(real, temporary))
        }
    }
}

/// Two versions, and no telling which is later. Saves the one at the temporary name for the person.
fn collision(real: &Path, other: Temporary) -> Error {
    let path = real.to_owned();
    let other_version = backup::free_name(real);
    match other.rename_to(&other_version) {
        Ok(()) => Error::Collision { path, other_version },
        Err(error) => error,
    }
}

/// For file systems without exchange.
fn replace_unless_changed(real: &Path, old: &Snapshot, temporary: &Temporary) -> Result<Attempt, Error> {
    match old.is_at(real) {
        Ok(true) => {}
        Err(error) if !error.is_missing() => return Err(error),
        Ok(false) | Err(_) => return Ok(Attempt::Overtaken),
    }
    patience::rename(temporary.path(), real).at(Operation::Replace, real)?;
    Ok(Attempt::Done(Outcome::Written))
}

/// A rename that fails with `AlreadyExists` rather than replacing something.
pub(crate) fn rename_to_free(from: &Path, to: &Path) -> io::Result<()> {
    match rename(from, to, How::ToFree) {
        Err(error) if is_unsupported(&error) => {}
        done => return done,
    }
    // A hard link never replaces anything either. Without hard links we can only look first.
    match fs::hard_link(from, to) {
        Ok(()) => patience::remove_file(from),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
        Err(_) if fs::symlink_metadata(to).is_ok() => Err(ErrorKind::AlreadyExists.into()),
        Err(_) => patience::rename(from, to),
    }
}

enum How {
    Exchange,
    ToFree,
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn rename(from: &Path, to: &Path, how: How) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    let flags = match how {
        How::Exchange => RenameFlags::EXCHANGE,
        How::ToFree => RenameFlags::NOREPLACE,
    };
    Ok(renameat_with(CWD, from, CWD, to, flags)?)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn rename(_from: &Path, _to: &Path, _how: How) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// EINVAL (the file system), ENOSYS (the kernel, or a sandbox), ENOTSUP (macOS).
fn is_unsupported(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported)
}
