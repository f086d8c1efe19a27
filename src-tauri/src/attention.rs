//! What needs the person now, as the window, the tray and notifications have it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use daypass_core::attention::{AttentionItem, Memory};
use daypass_core::event::Event;
use tokio::sync::Notify;

/// The list, and what events told of it.
#[derive(Default)]
pub(crate) struct AttentionList {
    memory: Mutex<Memory>,
    items: Mutex<Vec<AttentionItem>>,
    bell: Notify,
}

impl AttentionList {
    /// As it is now.
    pub(crate) fn items(&self) -> Vec<AttentionItem> {
        lock(&self.items).clone()
    }

    /// Replaces it, and says whether it was another one.
    pub(crate) fn replace(&self, items: &[AttentionItem]) -> bool {
        let mut before = lock(&self.items);
        let changed = *before != items;
        if changed {
            *before = items.to_vec();
        }
        changed
    }

    /// What events told so far.
    pub(crate) fn memory(&self) -> Memory {
        lock(&self.memory).clone()
    }

    /// Takes an event in, which may change the list.
    pub(crate) fn take_in(&self, event: &Event) {
        // Tools take credentials often, and a window of its own asks whether they may.
        if matches!(event, Event::CredentialsTaken { .. } | Event::ConsentsChanged) {
            return;
        }
        lock(&self.memory).take_in(event);
        self.bell.notify_one();
    }

    /// Waits for an event.
    pub(crate) async fn event(&self) {
        self.bell.notified().await;
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
