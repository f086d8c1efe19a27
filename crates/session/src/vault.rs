//! The vault's side of sessions: what is written to it, and taking in what other processes did to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use secrecy::ExposeSecret;

use super::Sessions;
use super::live::LiveSession;
use super::stored_session::StoredSession;
use daypass_core::event::Event;
use daypass_core::names::ProfileName;
use daypass_core::problem::{Problem, ProblemKind};

impl Sessions {
    /// Takes in what other processes did to the vault. Cheap when nothing changed.
    pub(super) fn compare_with_vault(&self) -> Result<(), Problem> {
        let (entries, mut book) = loop {
            let changes = self.book().changes;
            let entries = self.blocking(|s| s.parts.vault.read())?;
            let book = self.book();
            // What was read may be older than what this process did meanwhile.
            if book.changes == changes {
                break (entries, book);
            }
        };
        if book.seen.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &entries)) {
            return Ok(());
        }
        let now = self.parts.clock.now();
        let mut stored: BTreeMap<ProfileName, Option<StoredSession>> = BTreeMap::new();
        for name in entries.names_under(StoredSession::ENTRIES) {
            let Some(secret) = entries.get(name) else { continue };
            let text = secret.expose_secret();
            let profile = name.strip_prefix(StoredSession::ENTRIES).and_then(|profile| profile.parse().ok());
            let as_before =
                book.seen.as_ref().and_then(|seen| seen.get(name)).is_some_and(|s| s.expose_secret() == text);
            // A thousand sessions are not parsed again because one of them was renewed.
            if let Some(profile) = profile.filter(|profile| as_before && book.live.contains_key(profile)) {
                stored.insert(profile, None);
                continue;
            }
            match serde_json::from_str::<StoredSession>(text) {
                Ok(held) => drop(stored.insert(held.request.profile.clone(), Some(held))),
                Err(error) => tracing::warn!(entry = name, place = %error.classify_for_log(), "unreadable session"),
            }
        }
        let known = book.live.len();
        book.live.retain(|profile, _| stored.contains_key(profile));
        let mut changed = book.live.len() != known;
        for (profile, held) in stored {
            let Some(held) = held else { continue };
            match book.live.get(&profile) {
                _ if book.delivering.contains(&profile) => {}
                Some(live) if live.is_of(&held, now) => {}
                _ => {
                    changed = true;
                    book.live.insert(profile, LiveSession::restored(held, now, fastrand::f64()));
                }
            }
        }
        let first = book.seen.replace(entries).is_none();
        drop(book);
        if changed && !first {
            // Another process started, renewed or ended a session: who watches this one asks for a snapshot.
            let _ = self.parts.events.send(Event::CatalogChanged);
            self.bell.notify_one();
        }
        Ok(())
    }

    pub(super) fn store(&self, held: &StoredSession) -> Result<(), Problem> {
        let text = text_of(held)?;
        self.parts.vault.update(|entries| {
            entries.set(StoredSession::entry(&held.request.profile), text.clone());
            Ok::<_, Problem>(())
        })
    }

    pub(super) fn forget(&self, profile: &ProfileName) -> Result<(), Problem> {
        self.parts.vault.update(|entries| {
            entries.remove(&StoredSession::entry(profile));
            Ok::<_, Problem>(())
        })
    }

    /// Drops the credentials of these sessions, as far as they are still the ones in the vault. One write for all.
    pub(super) fn drop_credentials(&self, of: &[StoredSession]) -> Result<(), Problem> {
        self.parts.vault.update(|entries| {
            for held in of {
                let name = StoredSession::entry(&held.request.profile);
                let stored =
                    entries.get(&name).and_then(|s| serde_json::from_str::<StoredSession>(s.expose_secret()).ok());
                let Some(stored) = stored.filter(|stored| stored.key_id() == held.key_id()) else { continue };
                entries.set(name, text_of(&StoredSession { credentials: None, ..stored })?);
            }
            Ok::<_, Problem>(())
        })
    }
}

fn text_of(held: &StoredSession) -> Result<String, Problem> {
    serde_json::to_string(held).map_err(|e| {
        Problem::new(ProblemKind::Failed, "session-not-kept", format!("session {}: {e}", held.request.profile))
    })
}

/// What may be logged of a JSON error: its message quotes the text around the mistake, which is a secret here.
trait ClassifyForLog {
    fn classify_for_log(&self) -> String;
}

impl ClassifyForLog for serde_json::Error {
    fn classify_for_log(&self) -> String {
        format!("{:?} at column {}", self.classify(), self.column())
    }
}
