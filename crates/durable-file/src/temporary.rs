//! The temporary file that becomes the new version.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{At, Error, Operation};
use crate::place::{self, Snapshot};

const ENDING: &str = ".tmp";

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
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, narrowest(old, mode_when_new));
        #[cfg(not(unix))]
        let _ = mode_when_new;
        // Errors name the file that the person knows, not the temporary one.
        let (temporary, mut file) = loop {
            let path = Self::free_name(real);
            match options.open(&path) {
                Ok(file) => break (Self { path }, file),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::new(Operation::Write, real, error)),
            }
        };
        file.write_all(content).at(Operation::Write, real)?;
        give_access(&file, old, mode_when_new).at(Operation::Write, real)?;
        file.sync_all().at(Operation::Sync, real)?;
        Ok(temporary)
    }

    /// A free name to move a file to.
    pub(crate) fn unused(real: &Path) -> Self {
        loop {
            let path = Self::free_name(real);
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
        fs::rename(&self.path, permanent).at(Operation::Write, permanent)
    }

    fn free_name(real: &Path) -> PathBuf {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        place::beside(real, ".", &format!(".daypass-{}-{number}{ENDING}", process::id()))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // After a rename there is nothing left to remove, and that is fine.
        let _ = fs::remove_file(&self.path);
    }
}

/// Removes what killed processes left behind while editing `real`. The caller holds the lock, so every
/// such file is a leftover.
pub(crate) fn sweep(real: &Path) {
    let start = place::beside(real, ".", ".daypass-");
    let Some(start) = start.file_name().map(|name| name.as_encoded_bytes().to_owned()) else {
        return;
    };
    // If a leftover cannot be removed, the edit itself will say what is wrong.
    let Ok(entries) = fs::read_dir(place::folder(real)) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if name.starts_with(&start) && name.ends_with(ENDING.as_bytes()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// No wider than the final mode, and only for us until owner and group are right.
#[cfg(unix)]
fn narrowest(old: Option<&Snapshot>, mode_when_new: u32) -> u32 {
    old.map_or(mode_when_new, |old| place::access(&old.metadata).0) & 0o600
}

#[cfg(unix)]
fn give_access(file: &File, old: Option<&Snapshot>, mode_when_new: u32) -> std::io::Result<()> {
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
    if gid != our_gid && fchown(file, None, Some(Gid::from_raw(gid))).is_err() {
        // Our group does not get the permissions of the old one.
        mode &= !0o2070;
    }
    fchmod(file, Mode::from_raw_mode(mode as _))?;
    Ok(())
}

#[cfg(not(unix))]
fn give_access(file: &File, old: Option<&Snapshot>, _mode_when_new: u32) -> std::io::Result<()> {
    old.map_or(Ok(()), |old| file.set_permissions(old.metadata.permissions()))
}
