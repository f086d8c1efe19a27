//! The loop that renews what is due and clears what has expired.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Semaphore;

use super::held::{Delivery, Held};
use super::live::{Grant, Live};
use super::Sessions;
use crate::event::{Event, SessionChange};
use crate::names::{IdentityName, ProfileName};
use crate::problem::{Problem, ProblemKind};
use crate::view::SessionState;

/// The loop looks at the wall clock at least this often: after a suspend, timers that count running time are late.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// Exchanges under way at once. STS allows far more; the person's network and identity provider may not.
const AT_ONCE: usize = 8;

impl Sessions {
    /// Renews, retries and expires sessions for as long as the future is polled.
    pub async fn keep(self: Arc<Self>) {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        self.clear_orphans();
        loop {
            if let Err(problem) = self.compare_with_vault() {
                tracing::warn!(code = problem.code, "sessions cannot be read from the vault");
            }
            self.expire();
            for (profile, seen) in self.take_due() {
                let (sessions, places) = (Arc::clone(&self), Arc::clone(&places));
                tokio::spawn(async move {
                    let Ok(_place) = places.acquire().await else { return };
                    // What went wrong is in the session and in the events.
                    let _ = sessions.renew_from(&profile, seen).await;
                });
            }
            tokio::select! {
                () = tokio::time::sleep(self.until_next()) => {}
                () = self.bell.notified() => {}
            }
        }
    }

    /// Takes the sessions that are due, with what is in hand of each; each is given out once.
    fn take_due(&self) -> Vec<(ProfileName, Option<Grant>)> {
        let now = self.parts.clock.now();
        let mut book = self.book();
        let due = book.live.values_mut().filter(|live| live.is_due(now));
        due.map(|live| {
            live.renews_at = None;
            (live.held.wish.profile.clone(), live.grant())
        })
        .collect()
    }

    fn until_next(&self) -> Duration {
        let now = self.parts.clock.now();
        let book = self.book();
        // What expired and could not be cleared is looked at again with the next round, not at once.
        let ends = |live: &Live| expiry(live).filter(|_| live.state != SessionState::Expired);
        let next = book.live.values().flat_map(|live| [live.renews_at, ends(live)]).flatten().min();
        let left = next.map(|at| at - now);
        left.map_or(LONGEST_SLEEP, |left| left.to_std().unwrap_or_default().min(LONGEST_SLEEP))
            .max(Duration::from_millis(20))
    }

    /// What [`Sessions::keep`] does about expired credentials, once: for commands that run where nobody keeps.
    pub fn clear_expired(&self) {
        match self.compare_with_vault() {
            Ok(()) => self.expire(),
            // Whoever asks for a session hears of it there.
            Err(problem) => tracing::debug!(code = problem.code, "sessions cannot be read from the vault"),
        }
    }

    /// Takes expired credentials out of file and vault: they would shadow every other provider of the profile.
    fn expire(&self) {
        let now = self.parts.clock.now();
        let expired: Vec<Held> = {
            let book = self.book();
            let over = book.live.values().filter(|live| expiry(live).is_some_and(|at| at <= now));
            over.map(|live| live.held.clone()).collect()
        };
        if expired.is_empty() {
            return;
        }
        let in_file: Vec<ProfileName> = expired
            .iter()
            .filter(|held| held.wish.delivery == Delivery::CredentialsFile)
            .map(|held| held.wish.profile.clone())
            .collect();
        let removed = self.blocking(|s| s.parts.file.remove(&in_file));
        for mut held in expired {
            if let (Err(problem), Delivery::CredentialsFile) = (&removed, held.wish.delivery) {
                let problem = problem.clone();
                self.set(&held.wish.profile, SessionChange::Expired, |live| {
                    live.state = SessionState::Expired;
                    live.problem = Some(problem);
                });
                continue;
            }
            held.credentials = None;
            if let Err(problem) = self.blocking(|s| s.store(&held)) {
                tracing::warn!(code = problem.code, "an expired session could not be written to the vault");
            }
            let profile = held.wish.profile.clone();
            self.set(&profile, SessionChange::Expired, |live| {
                live.held.credentials = None;
                if live.state != SessionState::Renewing {
                    live.state = SessionState::Expired;
                }
                if live.problem.is_none() && live.renews_at.is_none() && live.state == SessionState::Expired {
                    live.renews_at = Some(now);
                }
            });
        }
    }

    /// Takes in a failed renewal, and asks for a sign-in once for an identity.
    pub(super) fn renewal_failed(&self, profile: &ProfileName, problem: Problem) {
        let now = self.parts.clock.now();
        let change = match problem.kind {
            ProblemKind::NeedsSignIn => SessionChange::SignInNeeded,
            ProblemKind::Refused | ProblemKind::Invalid | ProblemKind::NotFound => SessionChange::Failed,
            _ => SessionChange::RenewalDelayed,
        };
        let identity = self.wish(profile).map(|wish| wish.identity);
        self.set(profile, change, |live| live.failed(problem.clone(), now, fastrand::f64()));
        if let (SessionChange::SignInNeeded, Some(identity)) = (change, identity) {
            self.ask_for_sign_in(identity, problem);
        }
    }

    fn ask_for_sign_in(&self, identity: IdentityName, problem: Problem) {
        let mut book = self.book();
        if !book.asked.insert(identity.clone()) {
            return;
        }
        let of_identity = book.live.values().filter(|live| live.held.wish.identity == identity);
        let profiles = of_identity.map(|live| live.held.wish.profile.clone()).collect();
        drop(book);
        let _ = self.parts.events.send(Event::SignInNeeded { identity, profiles, problem });
    }

    /// Profiles that an earlier Daypass wrote and that no session knows any more (the vault was removed, or the
    /// machine went down at the wrong moment) leave the file: nobody would ever renew them.
    fn clear_orphans(&self) {
        if self.compare_with_vault().is_err() {
            return;
        }
        let Ok(owned) = self.parts.file.owned() else { return };
        let orphans: Vec<ProfileName> = {
            let book = self.book();
            owned.into_iter().filter(|profile| !book.live.contains_key(profile)).collect()
        };
        if !orphans.is_empty()
            && let Err(problem) = self.blocking(|s| s.parts.file.remove(&orphans))
        {
            tracing::warn!(code = problem.code, "left-over profiles could not be removed");
        }
    }
}

fn expiry(live: &Live) -> Option<DateTime<Utc>> {
    live.held.credentials.as_ref().map(super::Credentials::expires_here)
}
