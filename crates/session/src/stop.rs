//! The end of sessions.

use std::collections::BTreeSet;

use super::claim::{Claim, Work};
use super::live::LiveSession;
use super::sessions::{DELIVERY, Sessions};
use super::slot::{Phase, Slot};
use super::stored_session::StoredSession;
use daypass_core::delivery::Delivered;
use daypass_core::event::SessionChange;
use daypass_core::names::ProfileName;
use daypass_core::problem::Problem;
use daypass_core::view::{SessionState, SessionView};
use single_flight::Turn;

/// A turn is an open file, and some systems allow a process 256.
const STOPPED_AT_ONCE: usize = 32;

impl Sessions {
    /// Ends sessions: what was delivered is removed, and their secrets leave the vault. Returns how many there were.
    ///
    /// # Errors
    ///
    /// When a delivery or the vault cannot be changed. The session stays then.
    pub async fn stop(&self, profiles: &[ProfileName]) -> Result<usize, Problem> {
        self.compare_with_vault()?;
        // Always in the same order, and each once: two who stop the same sessions must not wait for each other.
        let profiles: Vec<ProfileName> = profiles.iter().collect::<BTreeSet<_>>().into_iter().cloned().collect();
        let _stopping = self.begin_stops(&profiles);
        let mut ended = 0;
        for some in profiles.chunks(STOPPED_AT_ONCE) {
            ended += self.stop_some(some).await?;
        }
        self.wake_loop();
        Ok(ended)
    }

    /// Puts back what the profile held in the credentials file before this session replaced it. The session goes on, so
    /// stop it next. Returns whether there was anything to put back.
    ///
    /// # Errors
    ///
    /// When the backup or the file can't be read, or the file can't be written.
    pub fn give_back(&self, profile: &ProfileName) -> Result<bool, Problem> {
        self.compare_with_vault()?;
        let stored = self.table().live(profile).map(|live| live.stored.clone());
        let Some(stored) = stored else { return Ok(false) };
        let Some(backup) = &stored.backup else { return Ok(false) };
        self.blocking(|s| {
            let _delivery = s.dependencies.turns.block(DELIVERY)?;
            s.dependencies.deliveries.of(stored.request.delivery).give_back(&stored.delivered(), backup)
        })
    }

    /// Holds the turns of these profiles: nothing of theirs is exchanged or stored meanwhile.
    ///
    /// # Errors
    ///
    /// When a turn can't be taken.
    pub async fn hold(&self, profiles: BTreeSet<ProfileName>) -> Result<Vec<Turn>, Problem> {
        let mut turns = Vec::new();
        for profile in &profiles {
            turns.push(self.dependencies.turns.take(&StoredSession::entry(profile)).await?);
        }
        Ok(turns)
    }

    fn begin_stops(&self, profiles: &[ProfileName]) -> Vec<Claim<'_>> {
        let mut table = self.table();
        profiles.iter().for_each(|profile| table.slot(profile).begin_stop());
        drop(table);
        self.stop_bell.notify_waiters();
        profiles.iter().map(|profile| Claim::new(self, profile, Work::Stop)).collect()
    }

    async fn stop_some(&self, profiles: &[ProfileName]) -> Result<usize, Problem> {
        let mut turns = Vec::new();
        for profile in profiles {
            turns.push(self.dependencies.turns.take(&StoredSession::entry(profile)).await?);
        }
        self.blocking(|s| {
            let _delivery = s.dependencies.turns.block(DELIVERY)?;
            // Another process may have renewed one of them.
            s.compare_with_vault()?;
            let delivered: Vec<Delivered> = {
                let table = s.table();
                let of = |profile| match table.live(profile) {
                    Some(live) => live.stored.delivered(),
                    None => Delivered::nothing(profile),
                };
                profiles.iter().map(of).collect()
            };
            for (_, deliver) in s.dependencies.deliveries.all() {
                deliver.remove(&delivered)?;
            }
            s.dependencies.vault.update(|entries| {
                for profile in profiles {
                    entries.remove(&StoredSession::entry(profile));
                }
                Ok::<_, Problem>(())
            })
        })?;
        let ended: Vec<LiveSession> = {
            let mut table = self.table();
            table.changes += 1;
            profiles.iter().filter_map(|profile| table.slot(profile).stopped()).collect()
        };
        for live in &ended {
            let session = SessionView { state: SessionState::Stopped, renews_at: None, ..live.view() };
            self.announce(SessionChange::Stopped, session);
        }
        Ok(ended.len())
    }

    /// Returns when the session is being stopped.
    pub(super) async fn told_to_stop(&self, profile: &ProfileName) {
        loop {
            let rung = self.stop_bell.notified();
            let phase = self.table().get(profile).map(Slot::phase);
            if phase.is_some_and(Phase::is_stopping) {
                return;
            }
            rung.await;
        }
    }
}
