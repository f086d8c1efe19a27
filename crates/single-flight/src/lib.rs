//! Single flight: a role is exchanged once and a proof is refreshed once, even if several processes ask.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// Why a turn couldn't be taken.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process has kept it for as long as this one waits.
    #[error("another process has been working on {name} for {seconds} s")]
    Busy {
        /// Whose turn it is about.
        name: String,
        /// How long this process waited.
        seconds: u64,
    },
    /// The lock file cannot be used.
    #[error("{source}")]
    Lock {
        /// The folder of the lock files.
        folder: PathBuf,
        /// What happened.
        source: durable_file::Error,
    },
}

/// The book of turns.
pub struct Turns {
    folder: PathBuf,
    /// How many seconds to wait for another process.
    patience: AtomicU64,
    here: Mutex<HashMap<String, Weak<AsyncMutex<()>>>>,
}

/// The turn of one name, until dropped.
pub struct Turn {
    // Dropped in this order: other processes may go before other tasks of this one.
    _everywhere: durable_file::Lock,
    _here: OwnedMutexGuard<()>,
}

/// How many seconds to wait. An exchange has time-outs of its own; who holds a turn for longer than this is stuck.
const PATIENCE: u64 = 120;

impl Turns {
    /// Turns that are shared by all processes which name the same folder.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, patience: AtomicU64::new(PATIENCE), here: Mutex::default() }
    }

    /// From now on, waits this many seconds for another process: the caller knows one that may be stopped in its turn.
    pub fn wait_at_most(&self, seconds: u64) {
        self.patience.store(seconds, Ordering::Relaxed);
    }

    /// Waits for the turn of `name`.
    ///
    /// # Errors
    ///
    /// `turn-busy` when another process keeps it for two minutes, or [`Turns::wait_at_most`]; file errors.
    pub async fn take(&self, name: &str) -> Result<Turn, Error> {
        let here = self.of(name).lock_owned().await;
        let file = self.folder.join(file_name(name));
        let begin = tokio::time::Instant::now();
        let mut pause = Duration::from_millis(2);
        loop {
            if let Some(everywhere) = durable_file::try_lock(&file).map_err(|e| self.failed(e))? {
                return Ok(Turn { _everywhere: everywhere, _here: here });
            }
            let seconds = self.patience.load(Ordering::Relaxed);
            if begin.elapsed() > Duration::from_secs(seconds) {
                return Err(Error::Busy { name: name.to_owned(), seconds });
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }

    /// Waits for the turn to change the file and the vault together, for as long as that takes: milliseconds. Blocks;
    /// it also keeps threads of this process apart.
    ///
    /// # Errors
    ///
    /// When another process keeps it for half a minute; file errors.
    pub fn block(&self, name: &str) -> Result<durable_file::Lock, Error> {
        durable_file::lock(&self.folder.join(name)).map_err(|e| self.failed(e))
    }

    fn failed(&self, source: durable_file::Error) -> Error {
        Error::Lock { folder: self.folder.clone(), source }
    }

    fn of(&self, name: &str) -> Arc<AsyncMutex<()>> {
        let mut here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        here.retain(|_, turn| turn.strong_count() > 0);
        if let Some(turn) = here.get(name).and_then(Weak::upgrade) {
            return turn;
        }
        let turn = Arc::new(AsyncMutex::new(()));
        here.insert(name.to_owned(), Arc::downgrade(&turn));
        turn
    }
}

/// A name may hold any character: 16 hex digits of its SHA-256 are a file name everywhere.
fn file_name(name: &str) -> String {
    Sha256::digest(name.as_bytes())[..8].iter().fold(String::with_capacity(16), |mut text, byte| {
        use std::fmt::Write;
        let _ = write!(text, "{byte:02x}");
        text
    })
}
