//! One sealed file on disk, and what was in it when it was last read or written.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};

use crate::entries::Entries;
use crate::error::VaultError;

/// SHA-256 of a file's sealed bytes.
pub(crate) type SealedDigest = [u8; 32];

/// One sealed file. What is in it is remembered, because hashing it is a small part of opening and parsing it.
pub(crate) struct SealedFile {
    path: PathBuf,
    remembered: Mutex<Option<Remembered>>,
}

struct Remembered {
    /// Only of a file that can't be replaced without looking different.
    version: Option<FileVersion>,
    /// The file itself, open: while it is, no other file gets its inode number.
    #[cfg(unix)]
    _open: Option<File>,
    digest: SealedDigest,
    entries: Arc<Entries>,
}

impl SealedFile {
    pub(crate) fn new(path: PathBuf) -> SealedFile {
        SealedFile { path, remembered: Mutex::new(None) }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What is in the file now; `None` if there is none. An unchanged file costs one `stat`. If its bytes aren't known,
    /// `open` opens them.
    pub(crate) fn read(
        &self,
        open: impl FnOnce(&[u8]) -> Result<Arc<Entries>, VaultError>,
    ) -> Result<Option<Arc<Entries>>, VaultError> {
        match std::fs::metadata(&self.path) {
            Ok(metadata) => {
                if let Some(known) = &*self.remembered()
                    && known.version == Some(FileVersion::of(&metadata))
                {
                    return Ok(Some(known.entries.clone()));
                }
            }
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.unreadable(source)),
        }
        self.read_bytes(open)
    }

    fn read_bytes(
        &self,
        open: impl FnOnce(&[u8]) -> Result<Arc<Entries>, VaultError>,
    ) -> Result<Option<Arc<Entries>>, VaultError> {
        // Version and content belong together, because both are of the open file, which is replaced but never
        // written to.
        let mut file = match durable_file::open(&self.path) {
            Ok(file) => file,
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.unreadable(source)),
        };
        let version = file.metadata().map(|metadata| FileVersion::of(&metadata)).map_err(|err| self.unreadable(err))?;
        let mut sealed = Vec::new();
        file.read_to_end(&mut sealed).map_err(|err| self.unreadable(err))?;
        let digest = digest(&sealed);
        let entries = match self.entries_of(&digest) {
            Some(known) => known,
            None => open(&sealed)?,
        };
        *self.remembered() = Some(Remembered::unseen(digest, entries.clone()).seen(version, file));
        Ok(Some(entries))
    }

    /// The entries in bytes with this digest, if they are remembered.
    pub(crate) fn entries_of(&self, digest: &SealedDigest) -> Option<Arc<Entries>> {
        self.remembered().as_ref().filter(|known| known.digest == *digest).map(|known| known.entries.clone())
    }

    /// Remembers what was just written.
    pub(crate) fn wrote(&self, sealed: &[u8], entries: Arc<Entries>) {
        *self.remembered() = Some(Remembered::unseen(digest(sealed), entries));
    }

    /// Wipes what is remembered.
    pub(crate) fn forget(&self) {
        *self.remembered() = None;
    }

    fn remembered(&self) -> MutexGuard<'_, Option<Remembered>> {
        // A panic cannot leave it half changed, because each change is one assignment.
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unreadable(&self, source: io::Error) -> VaultError {
        VaultError::Read { path: self.path.clone(), source }
    }
}

impl Remembered {
    fn unseen(digest: SealedDigest, entries: Arc<Entries>) -> Remembered {
        Remembered {
            version: None,
            #[cfg(unix)]
            _open: None,
            digest,
            entries,
        }
    }

    /// With the file that it was read from.
    #[cfg(unix)]
    fn seen(self, version: FileVersion, file: File) -> Remembered {
        Remembered { version: Some(version), _open: Some(file), ..self }
    }

    /// File times advance in steps (2 s on FAT), so two versions of the same moment may look the same. A file that has
    /// just changed is read again until it is older than the coarsest step. (An open file could not be replaced here.)
    #[cfg(not(unix))]
    fn seen(self, version: FileVersion, _: File) -> Remembered {
        const COARSEST_STEP: std::time::Duration = std::time::Duration::from_secs(2);
        let is_settled =
            version.modified.and_then(|modified| modified.elapsed().ok()).is_some_and(|age| age > COARSEST_STEP);
        Remembered { version: is_settled.then_some(version), ..self }
    }
}

/// The digest of a file's content.
pub(crate) fn digest(sealed: &[u8]) -> SealedDigest {
    Sha256::digest(sealed).into()
}

/// Tells versions of the file apart without reading it. Each version is a new file, which is never written to.
#[derive(PartialEq)]
struct FileVersion {
    length: u64,
    modified: Option<SystemTime>,
    /// Device, inode, and when the inode last changed.
    #[cfg(unix)]
    place: (u64, u64, i64, i64),
}

impl FileVersion {
    fn of(metadata: &Metadata) -> FileVersion {
        FileVersion {
            length: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            place: {
                use std::os::unix::fs::MetadataExt as _;
                (metadata.dev(), metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
            },
        }
    }
}
