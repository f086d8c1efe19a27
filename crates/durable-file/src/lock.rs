//! Locks, so that only one thread of one process changes a file at a time.
//!
//! The lock is `flock` on an empty file `.NAME.daypass-lock` beside the real file, which exists
//! only while the lock is held. The file itself cannot be locked, because an edit replaces it. Nor can
//! its folder: `config` and `credentials` would wait for each other, and NFS refuses to lock a folder.
//!
//! After locking we check that the name still leads to the file we locked. The previous holder removes
//! the name while it still holds the lock, and a lock on a removed file protects nothing.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::change::Options;
use crate::error::{Error, Operation};
use crate::place;

/// How long [`lock`] and [`edit`](crate::edit) wait for another holder to finish.
pub const LOCK_PATIENCE: Duration = Duration::from_secs(30);

/// An edit takes a few milliseconds, so we try again quickly at first. Later tries are rare and cheap.
const FIRST_PAUSE: Duration = Duration::from_micros(500);
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// The exclusive lock of one file, until it is dropped (or the process ends, however it ends).
///
/// It also excludes other threads of this process, and a second lock by the same thread. While you hold
/// it, edit the file with [`Lock::edit`], not with [`edit`](crate::edit). Locks of different files never
/// wait for each other, even in one folder.
#[derive(Debug)]
#[must_use = "the lock is released as soon as it is dropped"]
pub struct Lock {
    path: PathBuf,
    lock_file: PathBuf,
    held: File,
}

/// Takes the lock of `path`, which need not exist. Creates its folder (0700) if that is missing.
///
/// # Errors
/// [`Error::Locked`] if it is held for longer than [`LOCK_PATIENCE`]; at once if the folder cannot be
/// written to.
pub fn lock(path: &Path) -> Result<Lock, Error> {
    place::create_folder(&place::real_path(path)?, Options::default().folder_mode_when_new)?;
    Lock::wait(path, LOCK_PATIENCE)
}

/// Like [`lock`], but returns None at once if the lock is held.
///
/// # Errors
/// If the folder cannot be written to.
pub fn try_lock(path: &Path) -> Result<Option<Lock>, Error> {
    let real = place::real_path(path)?;
    place::create_folder(&real, Options::default().folder_mode_when_new)?;
    Lock::attempt(&real)
}

impl Lock {
    /// The locked file, after following all symbolic links.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it still keeps others out. It doesn't once its lock file, or the folder around it, was removed: then
    /// any process can make a new one. (On Windows an open file can't be removed.)
    #[must_use]
    pub fn is_in_place(&self) -> bool {
        still_named(&self.held, &self.lock_file).unwrap_or(false)
    }

    pub(crate) fn wait(path: &Path, patience: Duration) -> Result<Self, Error> {
        let started = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            // Every time, because a link may point elsewhere by now.
            let real = place::real_path(path)?;
            if let Some(lock) = Self::attempt(&real)? {
                if place::real_path(path)? == real {
                    return Ok(lock);
                }
                continue;
            }
            let waited = started.elapsed();
            if waited >= patience {
                return Err(Error::Locked { lock_file: lock_file_of(&real), path: real, waited });
            }
            thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// None if it is held.
    fn attempt(real: &Path) -> Result<Option<Self>, Error> {
        let lock_file = lock_file_of(real);
        let failed = |error| Error::new(Operation::Lock, real, error);
        let held = match open(&lock_file) {
            Ok(file) => file,
            // A lock file that belongs to another user and that we may not open: that user holds the lock.
            Err(error) if error.kind() == ErrorKind::PermissionDenied && fs::symlink_metadata(&lock_file).is_ok() => {
                return Ok(None);
            }
            Err(error) => return Err(failed(error)),
        };
        match held.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        // The previous holder may have removed the name after we opened it and before we locked it.
        if !still_named(&held, &lock_file).map_err(failed)? {
            return Ok(None);
        }
        Ok(Some(Self { path: real.to_owned(), lock_file, held }))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // While we still hold the lock, so that we never remove the file of another holder. If it cannot
        // be removed, a harmless empty file stays. On Windows it always stays, because there a name that
        // is being removed cannot be opened for a while.
        // If another program removed ours, the file at this name is another holder's.
        if cfg!(unix) && self.is_in_place() {
            let _ = fs::remove_file(&self.lock_file);
        }
    }
}

fn lock_file_of(real: &Path) -> PathBuf {
    place::beside(real, ".", ".daypass-lock")
}

pub(crate) fn open(lock_file: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let no_follow = rustix::fs::OFlags::NOFOLLOW.bits();
        options.mode(0o600).custom_flags(no_follow.cast_signed());
    }
    options.open(lock_file)
}

#[cfg(unix)]
fn still_named(held: &File, lock_file: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let ours = held.metadata()?;
    match fs::symlink_metadata(lock_file) {
        Ok(named) => Ok((named.dev(), named.ino()) == (ours.dev(), ours.ino())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(not(unix))]
fn still_named(_held: &File, _lock_file: &Path) -> io::Result<bool> {
    Ok(true)
}
