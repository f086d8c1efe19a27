//! The vault: the sealed file, its key, and the copies of both in memory.

use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use durable_file::{Change, EditError, Reservation};
use sha2::{Digest as _, Sha256};

use crate::entries::Entries;
use crate::error::{FoundKey, VaultError};
use crate::health::{Health, HealthState};
use crate::key::{Key, KeySource, KeyStore};
use crate::sealed::{self, OpenError};

/// The sealed file that holds every secret. Cheap to clone; clones share key and cache.
///
/// Any number of threads and processes may use one file. Its calls block: on the disk, on the keyring and its prompt, and
/// in [`Vault::update`] on other updates.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    path: PathBuf,
    store: Arc<dyn KeyStore>,
    /// Locked while the key is fetched, so that the person is asked only once, however many threads want it.
    key: Mutex<Option<Key>>,
    cache: Mutex<Option<Cached>>,
}

/// What was in the file when it was last read or written. Opening and parsing it takes as long as it has sessions, and
/// hashing it is a small part of that.
struct Cached {
    /// Only of a file that can't be replaced without looking different.
    version: Option<FileVersion>,
    /// The file itself, open: while it is, no other file gets its inode number.
    #[cfg(unix)]
    _open: Option<File>,
    /// SHA-256 of the sealed bytes.
    digest: [u8; 32],
    entries: Arc<Entries>,
}

impl Cached {
    fn unseen(digest: [u8; 32], entries: Arc<Entries>) -> Cached {
        Cached {
            version: None,
            #[cfg(unix)]
            _open: None,
            digest,
            entries,
        }
    }

    /// With the file that it was read from.
    #[cfg(unix)]
    fn seen(self, version: FileVersion, file: File) -> Cached {
        Cached { version: Some(version), _open: Some(file), ..self }
    }

    /// File times advance in steps (2 s on FAT), so two versions of the same moment may look the same. A file that has
    /// just changed is read again until it is older than the coarsest step. (An open file could not be replaced here.)
    #[cfg(not(unix))]
    fn seen(self, version: FileVersion, _: File) -> Cached {
        const COARSEST_STEP: std::time::Duration = std::time::Duration::from_secs(2);
        let is_settled =
            version.modified.and_then(|modified| modified.elapsed().ok()).is_some_and(|age| age > COARSEST_STEP);
        Cached { version: is_settled.then_some(version), ..self }
    }
}

impl Vault {
    /// The vault in this file, which need not exist. Does no I/O.
    pub fn new(path: impl Into<PathBuf>, key: KeySource) -> Vault {
        let path = path.into();
        let store = key.into_store(&path);
        Vault::with_key_store(path, store)
    }

    /// Like [`Vault::new`], with a key store of the caller's.
    pub fn with_key_store(path: impl Into<PathBuf>, store: Arc<dyn KeyStore>) -> Vault {
        Vault(Arc::new(Inner { path: path.into(), store, key: Mutex::new(None), cache: Mutex::new(None) }))
    }

    /// The vault file, as given.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// All secrets, as they are in the file now, including the changes of other processes.
    ///
    /// If there is no file there are no secrets, and this neither asks for the key nor creates anything. An unchanged
    /// file costs one `stat`.
    ///
    /// # Errors
    /// If the file exists but does not open, or the key source fails.
    pub fn read(&self) -> Result<Arc<Entries>, VaultError> {
        match std::fs::metadata(self.path()) {
            Ok(metadata) => {
                if let Some(cached) = &*locked(&self.0.cache)
                    && cached.version == Some(FileVersion::of(&metadata))
                {
                    return Ok(cached.entries.clone());
                }
            }
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(Arc::default()),
            Err(source) => return Err(self.unreadable(source)),
        }
        self.read_file().map(Option::unwrap_or_default)
    }

    /// Whether the file's key is in memory, so that neither [`Vault::read`] nor [`Vault::update`] asks for it.
    pub fn is_open(&self) -> bool {
        locked(&self.0.key).is_some()
    }

    /// Changes the secrets, under the lock that all processes share, and makes the change durable.
    ///
    /// `change` may run several times, each time on the current secrets, and the last run counts. So it should only
    /// change them, and must not use this vault. Nothing is written if it fails or changes nothing. The first secret
    /// creates the key, if the source has none.
    ///
    /// # Errors
    /// The error of `change`; or if the file does not open, the key source fails, or the file cannot be locked or
    /// written. The file is then unchanged.
    pub fn update<T, E: From<VaultError>>(&self, mut change: impl FnMut(&mut Entries) -> Result<T, E>) -> Result<T, E> {
        // First without the lock. If this asks the person for the key, no other process has to wait for the answer,
        // and if there is nothing to write, it creates no lock, no folder and no key.
        let before = self.read()?;
        let mut entries = Entries::clone(&before);
        let mut value = change(&mut entries)?;
        if entries.same_as(&before) {
            return Ok(value);
        }
        let mut written = None;

        // Not `durable_file::edit`, which may run the change without a lock if the folder is missing: two processes
        // would create two keys.
        durable_file::lock(self.path())
            .map_err(VaultError::Write)?
            .edit(&durable_file::Options::default(), |content| -> Result<Change, E> {
                let (before, key) = match content {
                    Some(sealed) => self.opened(sealed).map(|(entries, key)| (entries, Some(key)))?,
                    None => (Arc::default(), None),
                };
                let mut entries = Entries::clone(&before);
                value = change(&mut entries)?;
                if entries.same_as(&before) {
                    written = None;
                    return Ok(Change::Keep);
                }
                // Seal with the key that opened the file, whatever the source has by now.
                let key = key.map_or_else(|| self.key_for_new_file(), Ok)?;
                let sealed = sealed::seal(&entries, &key)
                    .map_err(|source| VaultError::Seal { path: self.0.path.clone(), source })?;
                written = Some(Cached::unseen(digest(&sealed), Arc::new(entries)));
                Ok(Change::Replace(sealed))
            })
            .map_err(|err| match err {
                EditError::Change(err) => err,
                EditError::File(err) => VaultError::Write(err).into(),
            })?;
        if written.is_some() {
            *locked(&self.0.cache) = written;
        }
        Ok(value)
    }

    /// Proves that the vault can be written, and holds the room for its next version until the result is dropped. For
    /// what can't be done twice: a token that is spent as soon as it is sent.
    ///
    /// # Errors
    /// If the file does not open or cannot be written.
    pub fn reserve(&self) -> Result<Reservation, VaultError> {
        self.read()?;
        durable_file::reserve(self.path()).map_err(VaultError::Write)
    }

    /// Whether the vault opens. Reads and opens the file again, and may ask the person for the key.
    pub fn check(&self) -> Health {
        *locked(&self.0.cache) = None;
        let state = match self.read_file() {
            Ok(Some(entries)) => HealthState::Opens { entries: entries.len() },
            Ok(None) => match self.0.store.probe() {
                Ok(()) => HealthState::NoFileYet,
                Err(err) => HealthState::Fails(err),
            },
            Err(err) => HealthState::Fails(err),
        };
        Health { path: self.0.path.clone(), key: self.0.store.describe(), state }
    }

    /// Locks the vault: wipes its key and all secrets from memory. The next use asks for the key again. Does not affect
    /// secrets that callers hold.
    pub fn forget_key(&self) {
        *locked(&self.0.key) = None;
        *locked(&self.0.cache) = None;
    }

    /// Reads the file, and opens it unless its content is the one in memory. `None` if there is no file.
    fn read_file(&self) -> Result<Option<Arc<Entries>>, VaultError> {
        // Version and content belong together, because both are of the open file, which is replaced but never
        // written to.
        let mut file = match File::open(self.path()) {
            Ok(file) => file,
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.unreadable(source)),
        };
        let version = file.metadata().map(|metadata| FileVersion::of(&metadata)).map_err(|err| self.unreadable(err))?;
        let mut sealed = Vec::new();
        file.read_to_end(&mut sealed).map_err(|err| self.unreadable(err))?;
        let entries = self.opened(&sealed)?.0;
        let cached = Cached::unseen(digest(&sealed), entries.clone());
        *locked(&self.0.cache) = Some(cached.seen(version, file));
        Ok(Some(entries))
    }

    /// The entries in the file's content, and the key that opens it. Takes both from memory if it is the same content.
    fn opened(&self, sealed: &[u8]) -> Result<(Arc<Entries>, Key), VaultError> {
        let known =
            locked(&self.0.cache).as_ref().filter(|it| it.digest == digest(sealed)).map(|it| it.entries.clone());
        let key = locked(&self.0.key).clone();
        match (known, key) {
            (Some(entries), Some(key)) => Ok((entries, key)),
            _ => self.open(sealed).map(|(entries, key)| (Arc::new(entries), key)),
        }
    }

    /// Opens the file's content. Also returns the key that opened it.
    fn open(&self, sealed: &[u8]) -> Result<(Entries, Key), VaultError> {
        // Before asking for a key, check that there is something to open.
        sealed::check_header(sealed).map_err(|err| self.did_not_open(err))?;
        let remembered = locked(&self.0.key).clone();
        if let Some(key) = remembered {
            match sealed::open(sealed, &key) {
                // Another process may have created a new vault with a new key, so ask the source again.
                Err(OpenError::OtherKey) => *locked(&self.0.key) = None,
                Err(err) => return Err(self.did_not_open(err)),
                Ok(entries) => return Ok((entries, key)),
            }
        }
        let key = self.key()?;
        match sealed::open(sealed, &key) {
            Ok(entries) => Ok((entries, key)),
            Err(err) => {
                if err == OpenError::OtherKey {
                    // Don't remember it: the right one may be back any time.
                    *locked(&self.0.key) = None;
                }
                Err(self.did_not_open(err))
            }
        }
    }

    /// The key of the existing file.
    fn key(&self) -> Result<Key, VaultError> {
        let mut remembered = locked(&self.0.key);
        if let Some(key) = &*remembered {
            return Ok(key.clone());
        }
        let key = self.0.store.fetch()?.ok_or_else(|| self.wrong_key(FoundKey::None))?;
        Ok(remembered.insert(key).clone())
    }

    /// The key for a new file. It comes from the source, because a remembered key may no longer be there.
    fn key_for_new_file(&self) -> Result<Key, VaultError> {
        let mut remembered = locked(&self.0.key);
        let key = match self.0.store.fetch()? {
            Some(key) => key,
            None => self.0.store.create()?,
        };
        Ok(remembered.insert(key).clone())
    }

    fn did_not_open(&self, err: OpenError) -> VaultError {
        let path = self.0.path.clone();
        match err {
            OpenError::OtherKey => self.wrong_key(FoundKey::Another),
            OpenError::Damaged(what) => VaultError::Damaged { path, what },
            OpenError::Newer(version) => VaultError::Newer { path, version, known: sealed::VERSION },
        }
    }

    fn wrong_key(&self, found: FoundKey) -> VaultError {
        VaultError::WrongKey { path: self.0.path.clone(), key: self.0.store.describe(), found }
    }

    fn unreadable(&self, source: io::Error) -> VaultError {
        VaultError::Read { path: self.0.path.clone(), source }
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault")
            .field("path", &self.0.path)
            .field("key", &self.0.store.describe())
            .finish_non_exhaustive()
    }
}

fn digest(sealed: &[u8]) -> [u8; 32] {
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

/// The mutex's content. A panic cannot leave it half changed, because each change is one assignment.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
