//! Whether the person is present, and why the vault was locked.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::Notify;

use crate::requests::LockReason;

/// When the person was last seen, and why the vault was locked last.
pub(super) struct LockState {
    last_request: Mutex<DateTime<Utc>>,
    reason: Mutex<LockReason>,
    watch: Notify,
}

impl LockState {
    /// The person is present now.
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        Self { last_request: Mutex::new(now), reason: Mutex::new(LockReason::Asked), watch: Notify::new() }
    }

    /// The screen has something to end from now on.
    pub(super) fn watch(&self) {
        self.watch.notify_one();
    }

    pub(super) async fn is_to_watch(&self) {
        self.watch.notified().await;
    }

    pub(super) fn person_acts(&self, now: DateTime<Utc>) {
        *locked(&self.last_request) = now;
    }

    pub(super) fn last_request(&self) -> DateTime<Utc> {
        *locked(&self.last_request)
    }

    pub(super) fn set_reason(&self, reason: LockReason) {
        *locked(&self.reason) = reason;
    }

    pub(super) fn reason(&self) -> LockReason {
        *locked(&self.reason)
    }
}

fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each change is one assignment.
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
