//! Proves that a file can be written, before an action that can't be repeated.

use std::path::Path;

use crate::error::Error;
use crate::lock::lock;
use crate::place::Snapshot;
use crate::temporary::Temporary;

/// What the next version may be longer than this one.
const GROWTH: usize = 16 * 1024;

/// Room on the disk for the next version of a file, until this is dropped. Keep it until the edit is done: the edit
/// writes into this room, so another user who fills the disk can't take it in between.
#[must_use = "the room is free again as soon as it is dropped"]
pub struct Reservation {
    _room: Temporary,
}

/// Writes and flushes a file as long as the next version of `path` beside it, the way [`edit`](crate::edit) does, and
/// keeps it there to hold the room. The next edit of the same file by this process takes it. An edit by another process
/// frees it, because that process can't tell it from what a killed one left behind.
///
/// # Errors
/// What the edit would fail with: no space, no permission, a read-only disk, a lock that is held for too long.
pub fn reserve(path: &Path) -> Result<Reservation, Error> {
    let lock = lock(path)?;
    let real = lock.path();
    let length = Snapshot::take(real)?.map_or(0, |old| old.content.len());
    Ok(Reservation { _room: Temporary::reserve(real, length + GROWTH)? })
}
