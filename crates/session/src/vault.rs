//! The vault's side of sessions: what this process writes to it, and what it reads there about other processes.

use std::collections::BTreeMap;
use std::sync::Arc;

use daypass_vault::Entries;
use secrecy::ExposeSecret;

use super::live::LiveSession;
use super::sessions::Sessions;
use super::slot::SessionTable;
use super::stored_session::StoredSession;
use daypass_core::event::Event;
use daypass_core::names::{IdentityName, ProfileName};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::session_request::SessionRequest;

impl Sessions {
    /// Compares the sessions with the vault, which other processes may have changed. Cheap when they haven't.
    pub(super) fn compare_with_vault(&self) -> Result<(), Problem> {
        let (entries, mut table) = loop {
            let changes = self.table().changes;
            let entries = self.blocking(|s| s.dependencies.vault.read())?;
            let table = self.table();
            // What was read may be older than what this process did meanwhile.
            if table.changes == changes {
                break (entries, table);
            }
        };
        if table.compared_with.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &entries)) {
            return Ok(());
        }
        let now = self.clock().now();
        let mut stored: BTreeMap<ProfileName, Option<StoredSession>> = BTreeMap::new();
        for name in entries.names_under(StoredSession::ENTRIES) {
            let Some(secret) = entries.get(name) else { continue };
            let text = secret.expose_secret();
            let profile = name.strip_prefix(StoredSession::ENTRIES).and_then(|profile| profile.parse().ok());
            let as_before = table.compared_with.as_ref().is_some_and(|seen| entries.is_as_in(seen, name));
            // A thousand sessions are not parsed again because one of them was renewed.
            if let Some(profile) = profile.filter(|profile| as_before && table.live(profile).is_some()) {
                stored.insert(profile, None);
                continue;
            }
            match serde_json::from_str::<StoredSession>(text) {
                Ok(found) => drop(stored.insert(found.request.profile.clone(), Some(found))),
                Err(error) => tracing::warn!(entry = name, place = %error.classify_for_log(), "unreadable session"),
            }
        }
        let superseded = superseded(&stored, &table);
        for session in &superseded {
            stored.remove(&session.request.profile);
        }
        let mut changed = table.keep_only(|profile| stored.contains_key(profile));
        for (profile, found) in stored {
            let Some(found) = found else { continue };
            let is_known = table.get(&profile).is_some_and(|slot| slot.is_delivering())
                || table.live(&profile).is_some_and(|live| live.is_of(&found, now));
            if !is_known {
                changed = true;
                let live = LiveSession::restored(found, now, fastrand::f64());
                table.slot(&profile).found_in_vault(live);
            }
        }
        table.forget_left();
        let first = table.compared_with.replace(entries).is_none();
        drop(table);
        if let Err(problem) = self.forget_superseded(&superseded) {
            tracing::warn!(code = %problem.code, "a session is in the vault under its former name as well");
        }
        if changed && !first {
            // Another process started, renewed or ended a session: a window that shows this one asks for a snapshot.
            self.send(Event::CatalogChanged);
            self.wake_loop();
        }
        Ok(())
    }

    /// Removes what is in the vault of renamed sessions under their former names, as far as it is still that.
    fn forget_superseded(&self, superseded: &[StoredSession]) -> Result<(), Problem> {
        if superseded.is_empty() {
            return Ok(());
        }
        self.dependencies.vault.update(|entries| {
            for session in superseded {
                let name = StoredSession::entry(&session.request.profile);
                let stored =
                    entries.get(&name).and_then(|s| serde_json::from_str::<StoredSession>(s.expose_secret()).ok());
                if stored.is_some_and(|stored| stored.key_id() == session.key_id()) {
                    entries.remove(&name);
                }
            }
            Ok::<_, Problem>(())
        })
    }

    pub(super) fn store(&self, session: &StoredSession) -> Result<(), Problem> {
        let text = text_of(session)?;
        self.dependencies.vault.update(|entries| {
            entries.set(StoredSession::entry(&session.request.profile), text.clone());
            Ok::<_, Problem>(())
        })
    }

    pub(super) fn forget(&self, profile: &ProfileName) -> Result<(), Problem> {
        self.dependencies.vault.update(|entries| {
            entries.remove(&StoredSession::entry(profile));
            Ok::<_, Problem>(())
        })
    }

    /// Drops the credentials of these sessions, as far as they are still the ones in the vault. One write for all.
    pub(super) fn drop_credentials(&self, sessions: &[StoredSession]) -> Result<(), Problem> {
        let now = self.clock().now();
        self.dependencies.vault.update(|entries| {
            for session in sessions {
                let name = StoredSession::entry(&session.request.profile);
                let stored =
                    entries.get(&name).and_then(|s| serde_json::from_str::<StoredSession>(s.expose_secret()).ok());
                let Some(stored) = stored.filter(|stored| stored.key_id() == session.key_id()) else { continue };
                let earlier_keys = stored.keys_so_far();
                // What the person ended early is over here too.
                let elevation = session.request.at(now).elevation;
                let request = SessionRequest { elevation, ..stored.request.clone() };
                entries.set(name, text_of(&StoredSession { credentials: None, earlier_keys, request, ..stored })?);
            }
            Ok::<_, Problem>(())
        })
    }
}

/// The sessions that are also in the vault under a former name, as they are there.
fn superseded(stored: &BTreeMap<ProfileName, Option<StoredSession>>, table: &SessionTable) -> Vec<StoredSession> {
    let of = |profile: &ProfileName, found: &Option<StoredSession>| {
        found.clone().or_else(|| table.live(profile).map(|live| live.stored.clone()))
    };
    let renamed = stored.values().flatten().filter(|found| !found.formerly.is_empty());
    let old = renamed.flat_map(|new| {
        let formers = new.formerly.iter().filter_map(|old| of(old, stored.get(old)?));
        formers.filter(|old| new.supersedes(old)).collect::<Vec<_>>()
    });
    old.collect()
}

/// Gives an identity another name in the entries of the vault.
///
/// # Errors
///
/// `session-not-kept`.
pub fn rename_identity(entries: &mut Entries, old: &IdentityName, new: &IdentityName) -> Result<(), Problem> {
    let names: Vec<String> = entries.names_under(StoredSession::ENTRIES).map(str::to_owned).collect();
    for name in names {
        let stored = entries.get(&name).and_then(|s| serde_json::from_str::<StoredSession>(s.expose_secret()).ok());
        if let Some(mut stored) = stored.filter(|stored| &stored.request.identity == old) {
            stored.request.identity = new.clone();
            entries.set(name, text_of(&stored)?);
        }
    }
    Ok(())
}

fn text_of(session: &StoredSession) -> Result<String, Problem> {
    serde_json::to_string(session).map_err(|e| {
        Problem::new(
            ProblemKind::Failed,
            ProblemCode::SessionNotKept,
            format!("session {}: {e}", session.request.profile),
        )
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
