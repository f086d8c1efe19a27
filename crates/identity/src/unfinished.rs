//! What must not be lost when the process ends: requests that use up a token, and proofs that the vault couldn't store.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use daypass_vault::{Entries, Vault, VaultError};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;
use tokio::time::Instant;

/// How long the process waits for requests under way before it ends. Providers are given up after less.
const LIMIT: Duration = Duration::from_secs(10);
/// Between two tries to write what waits for the vault. A disk that another user keeps full has room for moments.
const PAUSE: Duration = Duration::from_millis(50);

/// The unfinished work of a process.
#[derive(Default)]
pub struct Unfinished {
    state: watch::Sender<State>,
    held: Mutex<HashMap<String, Held>>,
}

#[derive(Default)]
struct State {
    under_way: usize,
    ending: bool,
}

/// A proof that waits for the vault.
#[derive(Clone)]
struct Held {
    /// What the vault had instead, if it could be read. If it has something else by now, another process signed in or
    /// refreshed.
    before: Option<Option<SecretString>>,
    text: SecretString,
}

/// One request under way.
pub(crate) struct UnderWay<'a>(&'a Unfinished);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.state.send_modify(|state| state.under_way -= 1);
    }
}

impl Unfinished {
    /// A request begins that must run to its end. `None` when the process is ending.
    pub(crate) fn begin(&self) -> Option<UnderWay<'_>> {
        let begun = self.state.send_if_modified(|state| {
            state.under_way += usize::from(!state.ending);
            !state.ending
        });
        begun.then(|| UnderWay(self))
    }

    /// Completes when a request is under way.
    pub async fn is_under_way(&self) {
        // The sender is `self`, so the channel can't close.
        let _ = self.state.subscribe().wait_for(|state| state.under_way > 0).await;
    }

    /// The process is about to end: begins no new request, waits ten seconds at most for those under way, and writes
    /// what waits for the vault, again and again until then if it can't be written. Returns whether nothing is lost.
    /// Waits only the first time.
    pub async fn end(&self, vault: &Vault) -> bool {
        let is_first = self.state.send_if_modified(|state| !std::mem::replace(&mut state.ending, true));
        let mut state = self.state.subscribe();
        let settled = state.wait_for(|state| state.under_way == 0);
        let until = Instant::now() + if is_first { LIMIT } else { Duration::ZERO };
        let in_time = tokio::time::timeout_at(until, settled).await.is_ok();
        self.write_held(vault);
        while !self.held().is_empty() && Instant::now() < until {
            tokio::time::sleep(PAUSE).await;
            self.write_held(vault);
        }
        in_time && self.held().is_empty()
    }

    /// The vault is about to be locked: waits ten seconds at most for requests under way, and writes what waits for it.
    pub async fn settle(&self, vault: &Vault) {
        let mut state = self.state.subscribe();
        let _ = tokio::time::timeout(LIMIT, state.wait_for(|state| state.under_way == 0)).await;
        self.write_held(vault);
    }

    /// Holds a proof that the vault couldn't take.
    pub(crate) fn hold(&self, entry: &str, vault: &Vault, text: SecretString) {
        let mut held = self.held();
        let before = match held.get(entry) {
            Some(earlier) => earlier.before.clone(),
            None => vault.read().ok().map(|entries| entries.get(entry).cloned()),
        };
        held.insert(entry.to_owned(), Held { before, text });
    }

    /// A proof was written or removed, so what was held for it is out of date.
    pub(crate) fn forget(&self, entry: &str) {
        self.held().remove(entry);
    }

    /// The proof under this name: the held one, or else the one in the vault.
    pub(crate) fn proof(&self, entry: &str, entries: &Entries) -> Option<SecretString> {
        let stored = entries.get(entry);
        let mut held = self.held();
        match held.get(entry) {
            Some(waits) if waits.replaces(stored) => return Some(waits.text.clone()),
            Some(_) => drop(held.remove(entry)),
            None => {}
        }
        stored.cloned()
    }

    /// Writes what waits for the vault. It waits on if the vault still can't be written.
    pub fn write_held(&self, vault: &Vault) {
        let waiting: Vec<(String, Held)> =
            self.held().iter().map(|(name, held)| (name.clone(), held.clone())).collect();
        for (entry, waits) in waiting {
            let written = vault.update(|entries| {
                if waits.replaces(entries.get(&entry)) {
                    entries.set(entry.clone(), waits.text.expose_secret().to_owned());
                }
                Ok::<_, VaultError>(())
            });
            match written {
                Ok(()) => {
                    let mut held = self.held();
                    // A newer one may have come meanwhile.
                    if held.get(&entry).is_some_and(|now| now.text.expose_secret() == waits.text.expose_secret()) {
                        held.remove(&entry);
                        tracing::info!(entry, "a sign-in that waited for the vault was written");
                    }
                }
                Err(error) => tracing::debug!(entry, code = error.code(), "the vault still can't be written"),
            }
        }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<String, Held>> {
        // Each change is a single insertion or removal.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn replaces(&self, stored: Option<&SecretString>) -> bool {
        let same = |before: &Option<SecretString>| {
            before.as_ref().map(ExposeSecret::expose_secret) == stored.map(ExposeSecret::expose_secret)
        };
        self.before.as_ref().is_none_or(same)
    }
}
