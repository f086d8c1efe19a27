//! Stops sessions.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::claim::{Claim, Work};
use super::live::LiveSession;
use super::obtain::Purpose;
use super::sessions::{DELIVERY, Sessions, unknown_session};
use super::slot::{Phase, Slot};
use super::stored_session::StoredSession;
use aws_files::Foreign;
use daypass_core::delivery::Delivered;
use daypass_core::event::SessionChange;
use daypass_core::names::ProfileName;
use daypass_core::problem::Problem;
use daypass_core::view::{SessionState, SessionView};
use single_flight::Turn;
use tokio::time::Instant;

/// A turn is an open file, and some systems allow a process 256.
const STOPPED_AT_ONCE: usize = 32;

/// How long a stop can be undone. The window offers it for less.
const UNDO_FOR: Duration = Duration::from_secs(20);

impl Sessions {
    /// Ends sessions: what was delivered is removed, and their secrets leave the vault. Returns how many there were.
    ///
    /// # Errors
    ///
    /// When a delivery or the vault cannot be changed. The session stays then.
    pub async fn stop(&self, profiles: &[ProfileName]) -> Result<usize, Problem> {
        Ok(self.end(profiles).await?.len())
    }

    /// As [`Sessions::stop`], and keeps what is needed to [undo](Sessions::undo_stop) it in memory for a while.
    ///
    /// # Errors
    ///
    /// As [`Sessions::stop`].
    pub async fn stop_for_now(self: &Arc<Self>, profiles: &[ProfileName]) -> Result<usize, Problem> {
        let ended = self.end(profiles).await?;
        let count = ended.len();
        let until = Instant::now() + UNDO_FOR;
        for live in ended {
            self.table().keep_stopped(until, live.stored);
        }
        let sessions = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep_until(until).await;
            sessions.table().forget_stopped();
        });
        Ok(count)
    }

    /// Takes back [`Sessions::stop_for_now`]: the same credentials, delivered as before, without an exchange.
    ///
    /// # Errors
    ///
    /// `unknown-session` when it is too late or another session has the profile; `foreign-profile`; when a delivery or
    /// the vault cannot be changed.
    pub async fn undo_stop(&self, profile: &ProfileName) -> Result<SessionView, Problem> {
        let _turn = self.dependencies.turns.take(&StoredSession::entry(profile)).await?;
        self.compare_with_vault()?;
        let stored = {
            let mut table = self.table();
            let is_taken = table.get(profile).is_some_and(|slot| slot.phase() != Phase::Vacant);
            table.take_stopped(profile).filter(|_| !is_taken).ok_or_else(|| unknown_session(profile))?
        };
        self.blocking(|s| s.keep_and_deliver(&stored, Foreign::Refuse, None, Purpose::Start))?;
        let live = LiveSession::restored(stored, self.clock().now(), fastrand::f64());
        let view = live.view();
        {
            let mut table = self.table();
            table.changes += 1;
            table.slot(profile).deliver(live);
        }
        self.announce(SessionChange::Started, view.clone());
        self.wake_loop();
        Ok(self.labelled(view))
    }

    async fn end(&self, profiles: &[ProfileName]) -> Result<Vec<LiveSession>, Problem> {
        self.compare_with_vault()?;
        // Always in the same order, and each once: two who stop the same sessions must not wait for each other.
        let profiles: BTreeSet<ProfileName> = {
            let table = self.table();
            profiles.iter().map(|profile| table.main_of(profile)).collect()
        };
        let profiles: Vec<ProfileName> = profiles.into_iter().collect();
        let _stopping = self.begin_stops(&profiles);
        let mut ended = Vec::new();
        for some in profiles.chunks(STOPPED_AT_ONCE) {
            ended.extend(self.stop_some(some).await?);
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
        let main = self.table().main_of(profile);
        let stored = self.table().live(&main).map(|live| live.stored.clone());
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

    async fn stop_some(&self, profiles: &[ProfileName]) -> Result<Vec<LiveSession>, Problem> {
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
        Ok(ended)
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
