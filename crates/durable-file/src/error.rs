//! What can go wrong with a file: what happened, and what the person can do about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why [`edit`](crate::edit) did not change a file.
#[derive(Debug, thiserror::Error)]
pub enum EditError<E> {
    /// The caller's own function returned an error; the file is unchanged.
    #[error(transparent)]
    Change(E),
    /// The file could not be read, locked or written.
    #[error(transparent)]
    File(#[from] Error),
}

/// A file could not be read, locked or written. Unless the variant says otherwise, it is unchanged.
///
/// `Display` says what happened to which file; [`Error::advice`] says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused this user.
    #[error("permission denied while {operation} {}", path.display())]
    PermissionDenied {
        /// The file or folder.
        path: PathBuf,
        /// What was being done to it.
        operation: Operation,
        /// The operating system's error.
        source: io::Error,
    },
    /// The file system that holds the file is mounted read-only.
    #[error("{operation} {} failed because its file system is read-only", path.display())]
    ReadOnly {
        /// The file or folder.
        path: PathBuf,
        /// What was being done to it.
        operation: Operation,
        /// The operating system's error.
        source: io::Error,
    },
    /// No space, no inodes, or the user's quota is used up.
    #[error("the disk is full, or your quota is used up, while {operation} {}", path.display())]
    DiskFull {
        /// The file or folder.
        path: PathBuf,
        /// What was being done to it.
        operation: Operation,
        /// The operating system's error.
        source: io::Error,
    },
    /// The path leads to a folder, device, pipe or socket.
    #[error("{} is {what}, not a file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// "a folder", for example.
        what: &'static str,
    },
    /// The path ends in `/`, `..` or nothing.
    #[error("{path:?} doesn't name a file")]
    NoFileName {
        /// The path as given.
        path: PathBuf,
    },
    /// Symbolic links form a loop, or a chain of more than 40.
    #[error("the symbolic links at {} form a loop", path.display())]
    SymlinkLoop {
        /// The first link.
        path: PathBuf,
    },
    /// The file itself is a mount point, as in some containers, and cannot be replaced.
    #[error("{} is a mount point and can't be replaced", path.display())]
    MountPoint {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// Another program held the lock for as long as we were willing to wait.
    #[error(
        "another program has kept {} locked for {} s (lock file: {})",
        path.display(), waited.as_secs(), lock_file.display()
    )]
    Locked {
        /// The locked file.
        path: PathBuf,
        /// The lock file.
        lock_file: PathBuf,
        /// How long we waited.
        waited: Duration,
    },
    /// Another program changed the file each time we were about to.
    #[error("another program keeps changing {} (tried {attempts} times)", path.display())]
    Contended {
        /// The file.
        path: PathBuf,
        /// How often we tried.
        attempts: u32,
    },
    /// Two programs replaced the file within the same microseconds, and we cannot tell which came first.
    /// Both versions still exist.
    #[error(
        "two other programs replaced {} at the same moment; one version is in place, the other is saved as {}",
        path.display(), other_version.display()
    )]
    Collision {
        /// The file.
        path: PathBuf,
        /// Where the version is that is not in place.
        other_version: PathBuf,
    },
    /// The line to append contains a line break.
    #[error("the line to append to {} contains a line break", path.display())]
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
        /// The operating system's error.
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

    /// What to do about it, if we know: a phrase that begins in lower case and ends without a full stop.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        Some(match self {
            Self::PermissionDenied { operation: Operation::Read | Operation::Inspect, .. } => {
                "check that you can read the file and open its folder"
            }
            Self::PermissionDenied { .. } => "check who owns the file and its folder, and that you may write there",
            Self::ReadOnly { .. } => "mount the file system writable, or choose another place",
            Self::DiskFull { .. } => "free some space and try again; the file is unchanged",
            Self::NotAFile { .. } => "move it away, or choose another path",
            Self::NoFileName { .. } => "give a path that ends in a file name",
            Self::SymlinkLoop { .. } => "point the link at a real file",
            Self::MountPoint { .. } => "mount its folder instead of the single file",
            Self::Locked { .. } => "close the other program and try again",
            Self::Contended { .. } => "wait until the other program has finished, then try again",
            Self::Collision { .. } => "compare the two versions, and keep what you need in the one in place",
            Self::NotOneLine { .. } => "append each line separately",
            Self::Io { .. } => return None,
        })
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

    /// Whether we cannot write here, although we may be able to read.
    pub(crate) fn is_unwritable(&self) -> bool {
        matches!(self, Self::PermissionDenied { .. } | Self::ReadOnly { .. } | Self::DiskFull { .. })
    }
}

/// What was being done when an [`Error`] occurred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Following symbolic links, or looking at the target.
    Inspect,
    /// Reading the content.
    Read,
    /// Taking the lock.
    Lock,
    /// Making the folder.
    CreateFolder,
    /// Writing the temporary file (or the backup).
    Write,
    /// Flushing the data to the disk.
    Sync,
    /// Putting the new version in place.
    Replace,
    /// Giving the file another name.
    Rename,
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
            Self::Sync => "flushing to disk",
            Self::Replace => "replacing",
            Self::Rename => "renaming",
            Self::Remove => "removing",
        })
    }
}

/// Adds operation and path to an error of the operating system.
pub(crate) trait At<T> {
    fn at(self, operation: Operation, path: &Path) -> Result<T, Error>;
}

impl<T, E: Into<io::Error>> At<T> for Result<T, E> {
    fn at(self, operation: Operation, path: &Path) -> Result<T, Error> {
        self.map_err(|error| Error::new(operation, path, error.into()))
    }
}
