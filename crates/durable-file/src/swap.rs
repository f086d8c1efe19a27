//! Putting a version in place without losing one that somebody else put there meanwhile.
//!
//! A plain rename cannot tell what it replaced. An exchange can: what was at the name is now at the
//! temporary name, whole, and can be compared with what was read. Linux has it as `renameat2` with
//! `RENAME_EXCHANGE`, macOS as `renameatx_np` with `RENAME_SWAP`; a file system that has it not
//! (some network and FUSE ones) gets the comparison right before a plain rename, which leaves a gap
//! of microseconds.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::backup;
use crate::edit::Outcome;
use crate::error::{At, Error, Operation};
use crate::place::{self, Snapshot};
use crate::temporary::Temporary;

pub(crate) enum Attempt {
    /// Done; the folder is still to be synced.
    Done(Outcome),
    /// Somebody else was there first; the file is theirs.
    Overtaken,
}

/// Puts `new` in the place of `old`.
pub(crate) fn replace(real: &Path, old: &Snapshot, new: &[u8]) -> Result<Attempt, Error> {
    let temporary = Temporary::write(real, new, Some(old), 0)?;
    // A cheap look first: so our version hardly ever has to be taken back.
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
        // Theirs, or something that cannot be read: back with it.
        displaced => {
            take_back(real, new, temporary)?;
            displaced.map(|_| Attempt::Overtaken)
        }
    }
}

/// Puts `new` where there is no file.
pub(crate) fn create(real: &Path, new: &[u8], mode: u32) -> Result<Attempt, Error> {
    let temporary = Temporary::write(real, new, None, mode)?;
    match rename_to_free(temporary.path(), real) {
        Ok(()) => Ok(Attempt::Done(Outcome::Written)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Attempt::Overtaken),
        Err(error) => Err(Error::new(Operation::Replace, real, error)),
    }
}

/// Removes the file: aside first, and back if it turns out to be another than `old`.
pub(crate) fn remove(real: &Path, old: &Snapshot) -> Result<Attempt, Error> {
    if !old.seems_unchanged(real) {
        return Ok(Attempt::Overtaken);
    }
    let aside = Temporary::unused(real);
    match fs::rename(real, aside.path()) {
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

/// Undoes an exchange that displaced somebody else's version.
fn take_back(real: &Path, new: &[u8], temporary: Temporary) -> Result<(), Error> {
    if let Err(error) = rename(temporary.path(), real, How::Exchange) {
        return match error.kind() {
            // Ours was removed in the meantime: theirs takes the free name.
            ErrorKind::NotFound => rename_to_free(temporary.path(), real).map_err(|_| collision(real, temporary)),
            _ => Err(collision(real, temporary)),
        };
    }
    match place::has_content(temporary.path(), new) {
        Ok(true) => Ok(()),
        // A third version, made on top of ours in that instant. It is the latest: it stays.
        _ => {
            rename(temporary.path(), real, How::Exchange).at(Operation::Replace, real)?;
            Err(collision(real, temporary))
        }
    }
}

/// Two versions that cannot be put in order: the one at the temporary name is kept for the person.
fn collision(real: &Path, other: Temporary) -> Error {
    let path = real.to_owned();
    let kept = backup::free_name(real);
    match other.keep_as(&kept) {
        Ok(()) => Error::Collision { path, kept },
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
    fs::rename(temporary.path(), real).at(Operation::Replace, real)?;
    Ok(Attempt::Done(Outcome::Written))
}

/// A rename that fails with `AlreadyExists` rather than replace something.
fn rename_to_free(from: &Path, to: &Path) -> io::Result<()> {
    match rename(from, to, How::ToFree) {
        Err(error) if is_unsupported(&error) => {}
        done => return done,
    }
    // A hard link never replaces anything either. Where there are no hard links, looking must do.
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
        Err(_) if fs::symlink_metadata(to).is_ok() => Err(ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(from, to),
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
