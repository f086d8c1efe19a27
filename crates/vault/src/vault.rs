//! The vault: the sealed file, its key, and what of both is in memory.

use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use durable_file::{Change, EditError};

use crate::entries::Entries;
use crate::error::{FoundKey, VaultError};
use crate::health::{Health, HealthState};
use crate::key::{Key, KeySource, KeyStore};
use crate::sealed::{self, OpenError};

/// The sealed file that holds every secret. Cheap to clone; clones share key and cache.
///
/// Any number of threads and processes may use one file. Its calls block: on the disk, on the keyring and whatever
/// prompt it shows, and in [`Vault::update`] on whoever is updating.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    path: PathBuf,
    store: Arc<dyn KeyStore>,
    /// Held while the key is fetched, so that the person is asked once, however many threads want it.
    key: Mutex<Option<Key>>,
    cache: Mutex<Option<Cached>>,
}

struct Cached {
    version: FileVersion,
    entries: Arc<Entries>,
}

impl Vault {
    /// The vault in this file, which need not exist. Does no IO.
    pub fn new(path: impl Into<PathBuf>, key: KeySource) -> Vault {
        let path = path.into();
        let store = key.into_store(&path);
        Vault::with_key_store(path, store)
    }

    /// As [`Vault::new`], with the key in a place of the caller's own.
    pub fn with_key_store(path: impl Into<PathBuf>, store: Arc<dyn KeyStore>) -> Vault {
        Vault(Arc::new(Inner { path: path.into(), store, key: Mutex::new(None), cache: Mutex::new(None) }))
    }

    /// The vault file, as given.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// All secrets, as they are in the file now: what another process changed is seen by the next call.
    ///
    /// Where there is no file there are no secrets; the key is then not asked for and nothing is made. An unchanged
    /// file costs one `stat`.
    ///
    /// # Errors
    /// When the file is there but does not open, or the key cannot be had.
    pub fn read(&self) -> Result<Arc<Entries>, VaultError> {
        match std::fs::metadata(self.path()) {
            Ok(metadata) => {
                if let Some(cached) = &*held(&self.0.cache)
                    && cached.version == FileVersion::of(&metadata)
                {
                    return Ok(cached.entries.clone());
                }
            }
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(Arc::default()),
            Err(source) => return Err(self.unreadable(source)),
        }
        self.read_file().map(Option::unwrap_or_default)
    }

    /// Changes the secrets, under the lock that all processes share, and makes the change durable.
    ///
    /// `change` gets the secrets as they are and may run several times (each time on fresh ones, and the last run is
    /// what counts), so it should do nothing but change them: it must not use this vault. Nothing is written when it
    /// errs, or when it leaves everything as it was. The first secret ever makes the key, if the source has none.
    ///
    /// # Errors
    /// What `change` returned; or when the file does not open, the key cannot be had, or the file cannot be locked
    /// or written. The file is then as it was.
    pub fn update<T, E: From<VaultError>>(&self, mut change: impl FnMut(&mut Entries) -> Result<T, E>) -> Result<T, E> {
        // A run without the lock first. It asks for the key while nobody has to wait for the person's answer, and
        // where there is nothing to write it makes no lock, no folder and no key.
        let before = self.read()?;
        let mut entries = Entries::clone(&before);
        let mut value = change(&mut entries)?;
        if entries.same_as(&before) {
            return Ok(value);
        }

        // `lock` and not `durable_file::edit`: that one may run the change without a lock where the folder is
        // missing, and two processes would make two keys.
        durable_file::lock(self.path())
            .map_err(VaultError::Write)?
            .edit(&durable_file::Options::default(), |content| -> Result<Change, E> {
                let (before, key) = match content {
                    Some(sealed) => self.open(sealed).map(|(entries, key)| (entries, Some(key)))?,
                    None => (Entries::default(), None),
                };
                let mut entries = before.clone();
                value = change(&mut entries)?;
                if entries.same_as(&before) {
                    return Ok(Change::Keep);
                }
                // The key that opened the file seals it again, whatever the source may hold by now.
                let key = key.map_or_else(|| self.key_for_new_file(), Ok)?;
                let sealed = sealed::seal(&entries, &key)
                    .map_err(|source| VaultError::Seal { path: self.0.path.clone(), source })?;
                Ok(Change::Replace(sealed))
            })
            .map_err(|err| match err {
                EditError::Change(err) => err,
                EditError::File(err) => VaultError::Write(err).into(),
            })?;
        Ok(value)
    }

    /// How the vault fares. Reads the file anew, and may ask the person for the key.
    pub fn check(&self) -> Health {
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

    /// Locks: wipes the key and all secrets that were read from memory. The next use asks for the key again.
    /// Secrets that callers hold stay theirs.
    pub fn forget_key(&self) {
        *held(&self.0.key) = None;
        *held(&self.0.cache) = None;
    }

    /// Reads and opens the file, whatever is cached; `None` if there is none.
    fn read_file(&self) -> Result<Option<Arc<Entries>>, VaultError> {
        // Version and content are of the same open file: a vault file is only ever replaced, never written to.
        let mut file = match File::open(self.path()) {
            Ok(file) => file,
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.unreadable(source)),
        };
        let version = file.metadata().map(|metadata| FileVersion::of(&metadata)).map_err(|err| self.unreadable(err))?;
        let mut sealed = Vec::new();
        file.read_to_end(&mut sealed).map_err(|err| self.unreadable(err))?;
        let entries = Arc::new(self.open(&sealed)?.0);
        *held(&self.0.cache) = version.is_settled().then(|| Cached { version, entries: entries.clone() });
        Ok(Some(entries))
    }

    /// Opens the file's content; the key is the one that did.
    fn open(&self, sealed: &[u8]) -> Result<(Entries, Key), VaultError> {
        // Before anybody is asked for a key: whether there is anything to open.
        sealed::check_header(sealed).map_err(|err| self.did_not_open(err))?;
        let remembered = held(&self.0.key).clone();
        if let Some(key) = remembered {
            match sealed::open(sealed, &key) {
                // Another process may have begun a new vault with a new key: ask once more where keys come from.
                Err(OpenError::OtherKey) => *held(&self.0.key) = None,
                Err(err) => return Err(self.did_not_open(err)),
                Ok(entries) => return Ok((entries, key)),
            }
        }
        let key = self.key()?;
        match sealed::open(sealed, &key) {
            Ok(entries) => Ok((entries, key)),
            Err(err) => {
                if err == OpenError::OtherKey {
                    // Not worth remembering: the right one may be brought back any time.
                    *held(&self.0.key) = None;
                }
                Err(self.did_not_open(err))
            }
        }
    }

    /// The key of the file that exists.
    fn key(&self) -> Result<Key, VaultError> {
        let mut remembered = held(&self.0.key);
        if let Some(key) = &*remembered {
            return Ok(key.clone());
        }
        let key = self.0.store.fetch()?.ok_or_else(|| self.wrong_key(FoundKey::None))?;
        Ok(remembered.insert(key).clone())
    }

    /// The key for the first file. Only what the source keeps will do: a remembered one may be gone from there.
    fn key_for_new_file(&self) -> Result<Key, VaultError> {
        let mut remembered = held(&self.0.key);
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

/// Tells one version of the file from the next, without reading it.
#[derive(PartialEq)]
struct FileVersion {
    length: u64,
    modified: Option<SystemTime>,
    #[cfg(unix)]
    place: (u64, u64),
}

impl FileVersion {
    fn of(metadata: &Metadata) -> FileVersion {
        FileVersion {
            length: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            place: {
                use std::os::unix::fs::MetadataExt as _;
                (metadata.dev(), metadata.ino())
            },
        }
    }

    /// Whether a later version is sure to look different. File times advance in steps (4 ms on many kernels, 2 s on
    /// FAT) and inode numbers are used again, so two versions of one moment may look the same: a file that has
    /// just changed is read anew until it is older than the coarsest step.
    fn is_settled(&self) -> bool {
        const COARSEST_STEP: Duration = Duration::from_secs(2);
        self.modified.and_then(|modified| modified.elapsed().ok()).is_some_and(|age| age > COARSEST_STEP)
    }
}

/// The lock's content. A thread that panicked cannot have left it half changed: each change is one assignment.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
