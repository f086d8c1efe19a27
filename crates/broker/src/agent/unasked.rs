//! Connections that haven't sent a request yet. Their number is limited, because each holds a descriptor.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Commands ask at once, so this many never wait.
const AT_MOST: usize = 64;

/// The connections that have asked for nothing yet.
#[derive(Clone)]
pub(super) struct Unasked(Arc<Mutex<Waiting>>);

struct Waiting {
    at_most: usize,
    next: u64,
    /// Oldest first. Dropping one ends its connection.
    by_age: BTreeMap<u64, oneshot::Sender<()>>,
}

/// The place of one connection, until it has asked.
pub(super) struct Place {
    unasked: Unasked,
    id: u64,
    ended: oneshot::Receiver<()>,
}

impl Unasked {
    /// None so far. At most a quarter of the descriptors that this process may have goes to them.
    pub(super) fn new() -> Self {
        #[cfg(unix)]
        let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
        #[cfg(not(unix))]
        let limit = None;
        let quarter = limit.and_then(|limit: u64| usize::try_from(limit / 4).ok());
        let at_most = quarter.map_or(AT_MOST, |quarter| quarter.clamp(1, AT_MOST));
        Self(Arc::new(Mutex::new(Waiting { at_most, next: 0, by_age: BTreeMap::new() })))
    }

    /// A place for a new connection. If there are too many, the oldest one loses its place.
    pub(super) fn admit(&self) -> Place {
        let (end, ended) = oneshot::channel();
        let mut waiting = self.waiting();
        let id = waiting.next;
        waiting.next += 1;
        waiting.by_age.insert(id, end);
        if waiting.by_age.len() > waiting.at_most {
            waiting.by_age.pop_first();
        }
        drop(waiting);
        Place { unasked: self.clone(), id, ended }
    }

    /// Ends all of them, to have their descriptors back. Returns whether there were any.
    pub(super) fn end_all(&self) -> bool {
        !std::mem::take(&mut self.waiting().by_age).is_empty()
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Completes when the connection has lost its place.
    pub(super) async fn lost(&mut self) {
        let _ = (&mut self.ended).await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.unasked.waiting().by_age.remove(&self.id);
    }
}
