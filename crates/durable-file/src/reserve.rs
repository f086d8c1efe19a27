//! Proof that a file can be written, before something is done that can't be done twice.

use std::path::Path;

use crate::error::Error;
use crate::lock::lock;
use crate::place::Snapshot;
use crate::temporary::Temporary;

/// What the next version may be longer than this one.
const GROWTH: usize = 2048;

/// Room on the disk for the next version of a file, until this is dropped. Drop it right before the edit.
#[must_use = "the room is free again as soon as it is dropped"]
pub struct Reservation {
    _room: Temporary,
}

/// Writes and flushes a file as long as the next version of `path` beside it, the way [`edit`](crate::edit) does, and
/// keeps it there to hold the room. An edit of the same file frees the room too.
///
/// # Errors
/// What the edit would fail with: no space, no permission, a read-only disk, a lock that is held for too long.
pub fn reserve(path: &Path) -> Result<Reservation, Error> {
    let lock = lock(path)?;
    let real = lock.path();
    let length = Snapshot::take(real)?.map_or(0, |old| old.content.len());
    Ok(Reservation { _room: Temporary::write(real, &vec![0; length + GROWTH], None, 0o600)? })
}
