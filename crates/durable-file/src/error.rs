//! What can go wrong with a file, said so that the person can mend it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why [`edit`](crate::edit) did not change a file.
#[derive(Debug, thiserror::Error)]
pub enum EditError<E> {
    /// The caller's own change refused; the file is as it was.
    #[error(transparent)]
    Change(E),
    /// The file could not be read, locked or written.
    #[error(transparent)]
    File(#[from] Error),
}

/// A file could not be read, locked or written. Unless the variant says otherwise, it is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused this user.
    #[error(
        "permission denied when {operation} {}: check who owns it and its folder, and that you may write there",
        path.display()
    )]
    PermissionDenied {
        /// The file or folder.
        path: PathBuf,
        /// What was being done to it.
        operation: Operation,
        /// The operating system's words.
        source: io::Error,
    },
    /// The file system that holds the file is mounted read-only.
    #[error(
        "{} is on a read-only file system ({operation} it failed): mount it writable, or choose another place",
        path.display()
    )]
    ReadOnly {
        /// The file or folder.
        path: PathBuf,
        /// What was being done to it.
        operation: Operation,
        /// The operating system's words.
        source: io::Error,
    },
    /// No space, no inodes, or the user's quota is used up.
    #[error(
        "the disk is full (or your quota used up) when {operation} {}: free some space and try again; the file is as it was",
        path.display()
    )]
    DiskFull {
        /// The file or folder.
        path: PathBuf,
        /// What was being done to it.
        operation: Operation,
        /// The operating system's words.
        source: io::Error,
    },
    /// A folder, device, pipe or socket stands where the file should be.
    #[error("{} is {what}, not a file: move it away, or choose another path", path.display())]
    NotAFile {
        /// What stands at this path.
        path: PathBuf,
        /// "a folder", for example.
        what: &'static str,
    },
    /// The path ends in `/`, `..` or nothing.
    #[error("{path:?} does not name a file: give a path that ends in a file name")]
    NoFileName {
        /// The path as given.
        path: PathBuf,
    },
    /// Symbolic links lead in a circle, or through more than 40 steps.
    #[error("the symbolic links at {} lead in a circle: point the link at a real file", path.display())]
    SymlinkLoop {
        /// Where following began.
        path: PathBuf,
    },
    /// The file is a mount point of its own, as in a container: it cannot be replaced.
    #[error(
        "{} is a mount point and cannot be replaced: mount its folder instead of the single file",
        path.display()
    )]
    MountPoint {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        source: io::Error,
    },
    /// Another program held the lock for as long as we were willing to wait.
    #[error(
        "another program has kept {} locked for {} s: end it and try again (the lock is {})",
        path.display(), waited.as_secs(), lock_file.display()
    )]
    Locked {
        /// The file that the lock belongs to.
        path: PathBuf,
        /// The lock file.
        lock_file: PathBuf,
        /// How long we waited.
        waited: Duration,
    },
    /// Somebody else changed the file each time that we were about to.
    #[error("another program changes {} all the time ({attempts} attempts): try again when it is done", path.display())]
    Contended {
        /// The file.
        path: PathBuf,
        /// How often it was tried.
        attempts: u32,
    },
    /// Two programs replaced the file within the same microseconds, so that no order could be told.
    /// The later version is in place, the other one is kept.
    #[error(
        "two other programs replaced {} in the same instant: the later version is in place, the other one is kept in {}",
        path.display(), kept.display()
    )]
    Collision {
        /// The file.
        path: PathBuf,
        /// Where the version is that is not in place.
        kept: PathBuf,
    },
    /// A line with a line break in it was to be appended.
    #[error("what was to be appended to {} has a line break in it: append it line by line", path.display())]
    NotOneLine {
        /// The file.
        path: PathBuf,
    },
    /// Any other error of the operating system.
    #[error("{operation} {} failed: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was being done to it.
        operation: Operation,
        /// The operating system's words.
        source: io::Error,
    },
}

impl Error {
    /// A stable word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::PermissionDenied { operation: Operation::Read, .. } => "file-not-readable",
            Self::PermissionDenied { .. } | Self::ReadOnly { .. } | Self::MountPoint { .. } => "file-not-writable",
            Self::DiskFull { .. } => "disk-full",
            Self::NotAFile { .. } | Self::NoFileName { .. } | Self::SymlinkLoop { .. } => "not-a-file",
            Self::Locked { .. } => "file-locked",
            Self::Contended { .. } | Self::Collision { .. } => "file-contended",
            Self::NotOneLine { .. } => "not-one-line",
            Self::Io { .. } => "file-error",
        }
    }

    pub(crate) fn new(operation: Operation, path: &Path, source: io::Error) -> Self {
        use io::ErrorKind as Kind;
        let path = path.to_owned();
        match source.kind() {
            Kind::PermissionDenied => Self::PermissionDenied { path, operation, source },
            Kind::ReadOnlyFilesystem => Self::ReadOnly { path, operation, source },
            Kind::StorageFull | Kind::QuotaExceeded => Self::DiskFull { path, operation, source },
            Kind::IsADirectory => Self::NotAFile { path, what: "a folder" },
            Kind::ResourceBusy if operation == Operation::Replace => Self::MountPoint { path, source },
            _ => Self::Io { path, operation, source },
        }
    }

    /// Whether the folder of the file does not exist (so the file does not either).
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }

    /// Whether this place can be read at most.
    pub(crate) fn is_unwritable(&self) -> bool {
        matches!(self, Self::PermissionDenied { .. } | Self::ReadOnly { .. } | Self::DiskFull { .. })
    }
}

/// What was being done when an [`Error`] came up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// Following symbolic links, or looking at what is there.
    Inspect,
    /// Reading the content.
    Read,
    /// Taking the lock.
    Lock,
    /// Making the folder.
    CreateFolder,
    /// Writing the temporary file (or the backup).
    Write,
    /// Bringing the data to the disk.
    Sync,
    /// Putting the new version in place.
    Replace,
    /// Deleting the file.
    Remove,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Inspect => "looking at",
            Self::Read => "reading",
            Self::Lock => "locking",
            Self::CreateFolder => "creating the folder",
            Self::Write => "writing",
            Self::Sync => "syncing to disk",
            Self::Replace => "replacing",
            Self::Remove => "removing",
        })
    }
}

/// Attaches operation and path to an error of the operating system.
pub(crate) trait At<T> {
    fn at(self, operation: Operation, path: &Path) -> Result<T, Error>;
}

impl<T, E: Into<io::Error>> At<T> for Result<T, E> {
    fn at(self, operation: Operation, path: &Path) -> Result<T, Error> {
        self.map_err(|error| Error::new(operation, path, error.into()))
    }
}
