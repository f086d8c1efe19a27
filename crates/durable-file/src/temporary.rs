//! The temporary file that becomes the new version.

#[cfg(unix)]
use std::fs::OpenOptions;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{At, Error, Operation};
use crate::patience;
use crate::place::{self, Snapshot};

const ENDING: &str = ".tmp";
/// What the name of a file says that only holds room.
const ROOM: &str = "room-";

/// A file beside the real one; removed when dropped.
pub(crate) struct Temporary {
    path: PathBuf,
}

impl Temporary {
    /// Writes and flushes `content`, with the mode, owner and group of `old`, or with `mode_when_new`.
    pub(crate) fn write(
        real: &Path,
        content: &[u8],
        old: Option<&Snapshot>,
        mode_when_new: u32,
    ) -> Result<Self, Error> {
        // Errors name the file that the person knows, not the temporary one.
        let (temporary, mut file) = match Self::from_room(real) {
            Some(room) => room,
            None => Self::create(real, "", narrowest(old, mode_when_new))?,
        };
        file.write_all(content).at(Operation::Write, real)?;
        // The room is longer. A shorter file needs no space, so this can't fail on a full disk.
        file.set_len(content.len() as u64).at(Operation::Write, real)?;
        give_access(&file, real, old, mode_when_new).at(Operation::Write, real)?;
        file.sync_all().at(Operation::Sync, real)?;
        Ok(temporary)
    }

    /// Writes and flushes a file of this length, which the next [`Temporary::write`] of this process takes.
    pub(crate) fn reserve(real: &Path, length: usize) -> Result<Self, Error> {
        let (room, mut file) = Self::create(real, ROOM, 0o600)?;
        file.write_all(&vec![0; length]).at(Operation::Write, real)?;
        file.sync_all().at(Operation::Sync, real)?;
        Ok(room)
    }

    fn create(real: &Path, kind: &str, mode: u32) -> Result<(Self, File), Error> {
        loop {
            let path = Self::free_name(real, kind);
            match place::create_new(&path, mode) {
                Ok(file) => return Ok((Self { path }, file)),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::new(Operation::Write, real, error)),
            }
        }
    }

    /// A file that this process reserved, if there is one. To write over it needs no space. The caller holds the lock of
    /// `real`.
    #[cfg(unix)]
    fn from_room(real: &Path) -> Option<(Self, File)> {
        let start = start_of_rooms(real);
        let start = start.file_name()?.as_encoded_bytes();
        let entries = fs::read_dir(place::folder(real)).ok()?.flatten();
        let mut rooms = entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(start));
        rooms.find_map(|entry| Self::take_room(real, &entry.path()))
    }

    /// Gives the file a name of its own, or its [`Reservation`](crate::Reservation) could remove it in the middle of an
    /// edit.
    #[cfg(unix)]
    fn take_room(real: &Path, room: &Path) -> Option<(Self, File)> {
        use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
        let taken = Self::unused(real);
        fs::rename(room, &taken.path).ok()?;
        // Where others can write to the folder, the name could be theirs: a link, a pipe, or a file that they have open.
        let safely = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        let file = OpenOptions::new().write(true).custom_flags(safely.bits().cast_signed()).open(&taken.path).ok()?;
        let facts = file.metadata().ok()?;
        let is_only_ours = facts.is_file()
            && facts.nlink() == 1
            && facts.uid() == rustix::process::geteuid().as_raw()
            && facts.mode() & 0o077 == 0;
        is_only_ours.then_some((taken, file))
    }

    #[cfg(not(unix))]
    fn from_room(_real: &Path) -> Option<(Self, File)> {
        None
    }

    /// A free name to move a file to.
    pub(crate) fn unused(real: &Path) -> Self {
        loop {
            let path = Self::free_name(real, "");
            if fs::symlink_metadata(&path).is_err() {
                return Self { path };
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Moves the file to a permanent name.
    pub(crate) fn rename_to(self, permanent: &Path) -> Result<(), Error> {
        patience::rename(&self.path, permanent).at(Operation::Write, permanent)
    }

    fn free_name(real: &Path, kind: &str) -> PathBuf {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        place::beside(real, ".", &format!(".daypass-{kind}{}-{number}{ENDING}", process::id()))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // After a rename there is nothing left to remove, and that is fine.
        let _ = fs::remove_file(&self.path);
    }
}

/// How the names of the files begin that this process reserved for `real`.
fn start_of_rooms(real: &Path) -> PathBuf {
    place::beside(real, ".", &format!(".daypass-{ROOM}{}-", process::id()))
}

/// Removes what killed processes left behind while editing `real`. The caller holds the lock, so every
/// such file is a leftover, except what this process reserved for the edit.
pub(crate) fn sweep(real: &Path) {
    let start = place::beside(real, ".", ".daypass-");
    let Some(start) = start.file_name().map(|name| name.as_encoded_bytes().to_owned()) else {
        return;
    };
    let rooms = start_of_rooms(real);
    let rooms = if cfg!(unix) { rooms.file_name() } else { None };
    let is_room = |name: &[u8]| rooms.is_some_and(|rooms| name.starts_with(rooms.as_encoded_bytes()));
    // If a leftover cannot be removed, the edit itself will say what is wrong.
    let Ok(entries) = fs::read_dir(place::folder(real)) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if name.starts_with(&start) && name.ends_with(ENDING.as_bytes()) && !is_room(name) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// No wider than the final mode, and only for us until owner and group are right.
#[cfg(unix)]
fn narrowest(old: Option<&Snapshot>, mode_when_new: u32) -> u32 {
    old.map_or(mode_when_new, |old| place::access(&old.metadata).0) & 0o600
}

#[cfg(windows)]
fn narrowest(old: Option<&Snapshot>, mode_when_new: u32) -> u32 {
    // That of the old version follows, before another program can open the file.
    if old.is_some() { 0o600 } else { mode_when_new }
}

#[cfg(unix)]
fn give_access(file: &File, _: &Path, old: Option<&Snapshot>, mode_when_new: u32) -> std::io::Result<()> {
    use rustix::fs::{Gid, Mode, Uid, fchmod, fchown};
    let Some(old) = old else {
        fchmod(file, Mode::from_raw_mode(mode_when_new as _))?;
        return Ok(());
    };
    let (mut mode, uid, gid) = place::access(&old.metadata);
    let (_, our_uid, our_gid) = place::access(&file.metadata()?);
    // Only root can change the owner, and others can only choose a group of their own. If the change is
    // refused, the new version is ours.
    if uid != our_uid {
        let _ = fchown(file, Some(Uid::from_raw(uid)), None);
    }
    let is_of_group = gid == our_gid || fchown(file, None, Some(Gid::from_raw(gid))).is_ok();
    if !has_attributes_of(file, old, is_of_group)? {
        // Our group does not get the permissions of the old one. And where an ACL is lost, the bits of the group were
        // its mask.
        mode &= !0o2070;
    }
    fchmod(file, Mode::from_raw_mode(mode as _))?;
    Ok(())
}

/// Gives the file the ACL and the other attributes of the old version. Returns whether they say the same about who may
/// open it. An ACL has permissions for the group, too, so it isn't given where that is another one.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn has_attributes_of(file: &File, old: &Snapshot, is_of_group: bool) -> std::io::Result<bool> {
    if !is_of_group {
        return Ok(false);
    }
    crate::attributes::Attributes::of(&old.file).give(file)
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android", target_vendor = "apple"))))]
fn has_attributes_of(_file: &File, _old: &Snapshot, is_of_group: bool) -> std::io::Result<bool> {
    Ok(is_of_group)
}

/// A new file has its access list since it was made.
#[cfg(windows)]
fn give_access(file: &File, real: &Path, old: Option<&Snapshot>, _mode_when_new: u32) -> std::io::Result<()> {
    let Some(old) = old else { return Ok(()) };
    windows_access::give_list_of(real, file)?;
    file.set_permissions(old.metadata.permissions())
}
