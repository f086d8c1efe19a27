//! Single flight: a role is exchanged once and a proof is refreshed once, whoever asks, in whichever process.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use crate::problem::{Problem, ProblemKind};

/// The book of turns.
pub struct Turns {
    folder: PathBuf,
    here: Mutex<HashMap<String, Weak<AsyncMutex<()>>>>,
}

/// The turn of one name, until dropped.
pub struct Turn {
    // Dropped in this order: other processes may go before other tasks of this one.
    _everywhere: durable_file::Lock,
    _here: OwnedMutexGuard<()>,
}

/// An exchange has time-outs of its own; who holds a turn for longer than this is stuck.
const PATIENCE: Duration = Duration::from_secs(120);

impl Turns {
    /// Turns that are shared by all processes which name the same folder.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, here: Mutex::default() }
    }

    /// Waits for the turn of `name`.
    ///
    /// # Errors
    ///
    /// `turn-busy` when another process keeps it for two minutes; file errors.
    pub async fn take(&self, name: &str) -> Result<Turn, Problem> {
        let here = self.of(name).lock_owned().await;
        let file = self.folder.join(crate::digest::short(name.as_bytes()));
        let begin = tokio::time::Instant::now();
        let mut pause = Duration::from_millis(2);
        loop {
            if let Some(everywhere) = durable_file::try_lock(&file).map_err(|e| self.failed(&e))? {
                return Ok(Turn { _everywhere: everywhere, _here: here });
            }
            if begin.elapsed() > PATIENCE {
                return Err(Problem::new(
                    ProblemKind::Passing,
                    "turn-busy",
                    format!("another Daypass process has been working on {name} for two minutes"),
                )
                .hint("end the other `daypass` process, then try again"));
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
    pub(super) fn delivery(&self) -> Result<durable_file::Lock, Problem> {
        durable_file::lock(&self.folder.join("delivery")).map_err(|e| self.failed(&e))
    }

    fn failed(&self, error: &durable_file::Error) -> Problem {
        Problem::new(ProblemKind::Failed, "state-not-writable", error.to_string())
            .hint(format!("check that {} can be written by you", self.folder.display()))
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
