//! The vault: the sealed file, its key, and the copies of both in memory.

mod move_key;

pub use move_key::Moved;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use durable_file::{Change, EditError, Lock, Reservation};

use crate::entries::Entries;
use crate::error::{FoundKey, VaultError};
use crate::health::{Health, HealthState};
use crate::key::{Key, KeySource, KeyStore};
use crate::sealed::{self, OpenError};
use crate::sealed_file::{SealedFile, digest};
use crate::shards::{self, InShards, Shards};

/// How often an update starts over because a program without the lock replaced the vault file.
const ATTEMPTS: u32 = 16;

/// The sealed file that holds every secret. Cheap to clone; clones share key and cache.
///
/// Any number of threads and processes may use one file. Its calls block: on the disk, on the keyring and its prompt,
/// and in [`Vault::update`] on other updates.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    store: Arc<dyn KeyStore>,
    /// Locked while the key is fetched, so that the person is asked only once, however many threads want it.
    key: Mutex<Option<Key>>,
    /// Whether this process must not open it. Changed while `key` is locked.
    is_locked: AtomicBool,
    main: SealedFile,
    shards: Shards,
    together: Mutex<Option<Together>>,
}

/// What the files hold together, and what they held when it was put together.
struct Together {
    main: Arc<Entries>,
    shards: InShards,
    all: Arc<Entries>,
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
        let path = path.into();
        Vault(Arc::new(Inner {
            store,
            key: Mutex::new(None),
            is_locked: AtomicBool::new(false),
            shards: Shards::beside(&path),
            main: SealedFile::new(path),
            together: Mutex::new(None),
        }))
    }

    /// The vault file, as given.
    pub fn path(&self) -> &Path {
        self.0.main.path()
    }

    /// All secrets, as they are in the files now, including the changes of other processes.
    ///
    /// If the vault file doesn't exist, it's empty, and this doesn't ask for the key or create anything. Each
    /// unchanged file costs one `stat`.
    ///
    /// # Errors
    /// If a file exists but does not open, or the key source fails.
    pub fn read(&self) -> Result<Arc<Entries>, VaultError> {
        let Some(main) = self.0.main.read(|sealed| Ok(self.open(sealed)?.0.into()))? else {
            return Ok(Arc::default());
        };
        let shards = self.0.shards.read(|file, sealed| self.open_shard(file, sealed, &self.key()?))?;
        let all = self.together(main, shards);
        self.unless_locked()?;
        Ok(all)
    }

    /// For those who have just put secrets into memory: if the vault was locked meanwhile, wipes them again.
    fn unless_locked(&self) -> Result<(), VaultError> {
        if !self.is_locked() {
            return Ok(());
        }
        self.forget_secrets();
        Err(VaultError::Locked)
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
    /// The error of `change`; or if a file does not open, the key source fails, or a file cannot be locked or written.
    /// No file is then partly written. Of a change to both sessions and other secrets, some sessions may have been
    /// written.
    pub fn update<T, E: From<VaultError>>(&self, mut change: impl FnMut(&mut Entries) -> Result<T, E>) -> Result<T, E> {
        // First without the lock. If this asks the person for the key, no other process has to wait for the answer,
        // and if there is nothing to write, it creates no lock, no folder and no key.
        let before = self.read()?;
        let mut entries = Entries::clone(&before);
        let value = change(&mut entries)?;
        if entries.same_as(&before) {
            return Ok(value);
        }
        // Not `durable_file::edit`, which may run the change without a lock if the folder is missing: two processes
        // would create two keys.
        let lock = durable_file::lock(self.path()).map_err(VaultError::Write)?;
        for _ in 0..ATTEMPTS {
            if let Some(value) = self.update_locked(&lock, &mut change)? {
                // What was written counts, also if the vault was locked meanwhile.
                let _ = self.unless_locked();
                return Ok(value);
            }
        }
        Err(self.contended().into())
    }

    fn contended(&self) -> VaultError {
        VaultError::Write(durable_file::Error::Contended { path: self.path().to_owned(), attempts: ATTEMPTS })
    }

    /// `None` if a program that knows nothing of the lock replaced the vault file meanwhile.
    fn update_locked<T, E: From<VaultError>>(
        &self,
        lock: &Lock,
        change: &mut impl FnMut(&mut Entries) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        let sealed = durable_file::read(self.path()).map_err(VaultError::Write)?;
        let (main, key, shards) = match &sealed {
            Some(sealed) => self.opened_with_shards(sealed).map(|(main, key, shards)| (main, Some(key), shards))?,
            None => (Arc::default(), None, InShards::new()),
        };
        let before = self.together(Arc::clone(&main), shards.clone());
        let mut entries = Entries::clone(&before);
        let value = change(&mut entries)?;
        if entries.same_as(&before) {
            return Ok(Some(value));
        }
        let plan = shards::plan(&main, &shards, &before, &entries);
        // Seal with the key that opened the file, whatever the source has by now.
        let (key, is_new) = match key {
            Some(key) => (key, false),
            None => (self.key_for_new_file()?, true),
        };
        if is_new {
            // Left of a vault that is gone.
            let keys = [&key];
            self.0.shards.existing().try_for_each(|number| self.write_shard(number, Entries::default(), &keys))?;
            if !self.write_main(lock, None, plan.main, &keys)? {
                return Ok(None);
            }
            self.write_shards(plan.shards, &keys)?;
        } else {
            // The vault file last: of a session in both, the shard's counts.
            self.write_shards(plan.shards, &[&key])?;
            if !plan.main.same_as(&main) && !self.write_main(lock, sealed.as_deref(), plan.main, &[&key])? {
                return Ok(None);
            }
        }
        Ok(Some(value))
    }

    /// Whether the vault file was still the one with this content, and so was written. Each of the keys opens it.
    fn write_main(&self, lock: &Lock, was: Option<&[u8]>, main: Entries, keys: &[&Key]) -> Result<bool, VaultError> {
        let sealed = self.seal(&self.0.main, &main, keys)?;
        let mut is_written = false;
        lock.edit(&durable_file::Options::default(), |content| {
            is_written = content == was;
            Ok::<_, Infallible>(if is_written { Change::Replace(sealed.clone()) } else { Change::Keep })
        })
        .map_err(unwritable)?;
        if is_written {
            self.0.main.wrote(&sealed, Arc::new(main));
        }
        Ok(is_written)
    }

    fn write_shards(&self, shards: BTreeMap<u8, Entries>, keys: &[&Key]) -> Result<(), VaultError> {
        shards.into_iter().try_for_each(|(number, entries)| self.write_shard(number, entries, keys))
    }

    fn write_shard(&self, number: u8, entries: Entries, keys: &[&Key]) -> Result<(), VaultError> {
        let file = self.0.shards.file(number);
        let sealed = if entries.is_empty() { None } else { Some(self.seal(file, &entries, keys)?) };
        durable_file::edit(file.path(), &durable_file::Options::default(), |_| {
            Ok::<_, Infallible>(sealed.clone().map_or(Change::Remove, Change::Replace))
        })
        .map_err(unwritable)?;
        match sealed {
            Some(sealed) => file.wrote(&sealed, Arc::new(entries)),
            None => file.forget(),
        }
        Ok(())
    }

    fn seal(&self, file: &SealedFile, entries: &Entries, keys: &[&Key]) -> Result<Vec<u8>, VaultError> {
        sealed::seal(entries, keys).map_err(|source| VaultError::Seal { path: file.path().to_owned(), source })
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

    /// Whether the vault opens. Reads and opens its files again, and may ask the person for the key.
    pub fn check(&self) -> Health {
        self.forget_secrets();
        let state = match self.read() {
            Ok(_) if !self.path().exists() => match self.0.store.probe() {
                Ok(()) => HealthState::NoFileYet,
                Err(err) => HealthState::Fails(err),
            },
            Ok(entries) => HealthState::Opens { entries: entries.len() },
            Err(err) => HealthState::Fails(err),
        };
        Health { path: self.path().to_owned(), key: self.0.store.describe(), state }
    }

    /// Forgets the key and all secrets, so that the next use asks for the key again. Does not affect secrets that
    /// callers hold.
    pub fn forget_key(&self) {
        *locked(&self.0.key) = None;
        self.forget_secrets();
    }

    /// Locks the vault for this process: wipes its key and all secrets from memory, and opens it no more until
    /// [`Vault::unlock`]. Does not affect secrets that callers hold, or other processes.
    pub fn lock(&self) {
        {
            let mut key = locked(&self.0.key);
            self.0.is_locked.store(true, Ordering::SeqCst);
            *key = None;
        }
        self.forget_secrets();
    }

    /// Whether this process must not open the vault until it is unlocked.
    pub fn is_locked(&self) -> bool {
        self.0.is_locked.load(Ordering::SeqCst)
    }

    /// Opens the vault with the key of `place`, and remembers the key. Ends [`Vault::lock`]. Without a vault there is
    /// nothing to open, and the key isn't asked for.
    ///
    /// # Errors
    /// If the place fails or its key doesn't open the vault, which stays locked then.
    pub fn unlock(&self, place: &dyn KeyStore) -> Result<(), VaultError> {
        let sealed = durable_file::read(self.path()).map_err(VaultError::Write)?;
        let key = sealed.as_deref().map(|sealed| self.key_that_opens(sealed, place)).transpose()?;
        self.remember(key);
        Ok(())
    }

    fn key_that_opens(&self, sealed: &[u8], place: &dyn KeyStore) -> Result<Key, VaultError> {
        sealed::check_header(sealed).map_err(|err| self.did_not_open(&self.0.main, err))?;
        let wrong = |found| VaultError::WrongKey { path: self.path().to_owned(), key: place.describe(), found };
        let key = place.fetch()?.ok_or_else(|| wrong(FoundKey::None))?;
        match sealed::open(sealed, &key) {
            Ok(_) => Ok(key),
            Err(OpenError::OtherKey) => Err(wrong(FoundKey::Another)),
            Err(err) => Err(self.did_not_open(&self.0.main, err)),
        }
    }

    fn remember(&self, key: Option<Key>) {
        let mut remembered = locked(&self.0.key);
        self.0.is_locked.store(false, Ordering::SeqCst);
        *remembered = key;
    }

    /// Makes the vault before there is a secret to keep, with a key that `place` has or makes, and remembers the key.
    /// For a place that can't ask the person in the middle of an update. An existing one is opened.
    ///
    /// # Errors
    /// If the place fails, or the vault can't be written.
    pub fn make(&self, place: &dyn KeyStore) -> Result<(), VaultError> {
        let lock = durable_file::lock(self.path()).map_err(VaultError::Write)?;
        if durable_file::read(self.path()).map_err(VaultError::Write)?.is_none() {
            let key = match place.fetch()? {
                Some(key) => key,
                None => place.create()?,
            };
            if self.write_main(&lock, None, Entries::default(), &[&key])? {
                self.remember(Some(key));
                return Ok(());
            }
        }
        drop(lock);
        self.unlock(place)
    }

    /// Stores the key of the vault again where it is, under a new passphrase.
    ///
    /// # Errors
    /// If the vault does not open, or the place fails.
    pub fn store_key_again(&self, place: &dyn KeyStore) -> Result<(), VaultError> {
        self.read()?;
        place.install(&self.key()?).map(drop)
    }

    fn forget_secrets(&self) {
        self.0.main.forget();
        self.0.shards.forget();
        *locked(&self.0.together) = None;
    }

    /// What the files hold together: the same as before, if none has changed.
    fn together(&self, main: Arc<Entries>, shards: InShards) -> Arc<Entries> {
        let mut remembered = locked(&self.0.together);
        if let Some(known) = &*remembered
            && Arc::ptr_eq(&known.main, &main)
            && known.shards.keys().eq(shards.keys())
            && known.shards.values().zip(shards.values()).all(|(one, other)| Arc::ptr_eq(one, other))
        {
            return Arc::clone(&known.all);
        }
        let all = if shards.is_empty() { Arc::clone(&main) } else { Arc::new(shards::together(&main, &shards)) };
        *remembered = Some(Together { main, shards, all: Arc::clone(&all) });
        all
    }

    fn opened_with_shards(&self, sealed: &[u8]) -> Result<(Arc<Entries>, Key, InShards), VaultError> {
        let (main, key) = self.opened(sealed)?;
        let shards = self.0.shards.read(|file, sealed| self.open_shard(file, sealed, &key))?;
        Ok((main, key, shards))
    }

    /// The entries in the vault file's content, and the key that opens it. Takes both from memory if it is the same
    /// content.
    fn opened(&self, sealed: &[u8]) -> Result<(Arc<Entries>, Key), VaultError> {
        let known = self.0.main.entries_of(&digest(sealed));
        let key = locked(&self.0.key).clone();
        match (known, key) {
            (Some(entries), Some(key)) => Ok((entries, key)),
            _ => self.open(sealed).map(|(entries, key)| (Arc::new(entries), key)),
        }
    }

    /// Opens a shard of the vault that this key opens.
    fn open_shard(&self, file: &SealedFile, sealed: &[u8], key: &Key) -> Result<Arc<Entries>, VaultError> {
        match sealed::open(sealed, key) {
            Ok(entries) => Ok(Arc::new(entries)),
            // Left of a vault that is gone.
            Err(OpenError::OtherKey) => Ok(Arc::default()),
            Err(err) => Err(self.did_not_open(file, err)),
        }
    }

    /// Opens the file's content. Also returns the key that opened it.
    fn open(&self, sealed: &[u8]) -> Result<(Entries, Key), VaultError> {
        // Before asking for a key, check that there is something to open.
        sealed::check_header(sealed).map_err(|err| self.did_not_open(&self.0.main, err))?;
        let remembered = locked(&self.0.key).clone();
        if let Some(key) = remembered {
            match sealed::open(sealed, &key) {
                // Another process may have created a new vault with a new key, so ask the source again.
                Err(OpenError::OtherKey) => *locked(&self.0.key) = None,
                Err(err) => return Err(self.did_not_open(&self.0.main, err)),
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
                Err(self.did_not_open(&self.0.main, err))
            }
        }
    }

    /// The key of the existing file.
    fn key(&self) -> Result<Key, VaultError> {
        let mut remembered = locked(&self.0.key);
        if let Some(key) = &*remembered {
            return Ok(key.clone());
        }
        if self.is_locked() {
            return Err(VaultError::Locked);
        }
        let key = self.0.store.fetch()?.ok_or_else(|| self.wrong_key(FoundKey::None))?;
        Ok(remembered.insert(key).clone())
    }

    /// The key for a new file. It comes from the source, because a remembered key may be gone.
    fn key_for_new_file(&self) -> Result<Key, VaultError> {
        let mut remembered = locked(&self.0.key);
        if self.is_locked() {
            return Err(VaultError::Locked);
        }
        let key = match self.0.store.fetch()? {
            Some(key) => key,
            None => self.0.store.create()?,
        };
        Ok(remembered.insert(key).clone())
    }

    fn did_not_open(&self, file: &SealedFile, err: OpenError) -> VaultError {
        let path = file.path().to_owned();
        match err {
            OpenError::OtherKey => self.wrong_key(FoundKey::Another),
            OpenError::Damaged(what) => VaultError::Damaged { path, what },
            OpenError::Newer(version) => VaultError::Newer { path, version, known: sealed::VERSION },
        }
    }

    fn wrong_key(&self, found: FoundKey) -> VaultError {
        VaultError::WrongKey { path: self.path().to_owned(), key: self.0.store.describe(), found }
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault")
            .field("path", &self.path())
            .field("key", &self.0.store.describe())
            .finish_non_exhaustive()
    }
}

fn unwritable(err: EditError<Infallible>) -> VaultError {
    match err {
        EditError::File(err) => VaultError::Write(err),
        EditError::Change(never) => match never {},
    }
}

/// The mutex's content. A panic cannot leave it half changed, because each change is one assignment.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
