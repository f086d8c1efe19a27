//! The loop that renews what is due and clears what has expired.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::Sessions;
use super::live::{CLOCK_TOLERANCE, LiveSession, SeenAttempt};
use super::stored_session::StoredSession;
use daypass_core::event::{Event, SessionChange};
use daypass_core::names::{IdentityName, ProfileName};
use daypass_core::problem::{Problem, ProblemKind};
use daypass_core::session_request::Delivery;
use daypass_core::view::SessionState;

/// The loop looks at the wall clock at least this often: after a suspend, timers that count running time are late.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// Exchanges under way at once. STS allows far more; the person's network and identity provider may not.
const AT_ONCE: usize = 8;

impl Sessions {
    /// Renews, retries and expires sessions for as long as the future is polled.
    pub async fn keep(self: Arc<Self>) {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        self.reconcile_files();
        let mut last = (self.parts.clock.now(), Instant::now());
        loop {
            last = self.look_at_clock(last);
            #[cfg(test)]
            self.rounds.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if let Err(problem) = self.compare_with_vault() {
                tracing::warn!(code = problem.code, "sessions cannot be read from the vault");
            }
            self.expire();
            for (profile, seen) in self.take_due() {
                let (sessions, places) = (Arc::clone(&self), Arc::clone(&places));
                tokio::spawn(async move {
                    let Ok(_place) = places.acquire().await else { return };
                    let renewing = tokio::spawn({
                        let (sessions, profile) = (Arc::clone(&sessions), profile.clone());
                        // What went wrong is in the session and in the events.
                        async move { drop(sessions.renew_from(&profile, &seen).await) }
                    });
                    if renewing.await.is_err() {
                        sessions.renewal_failed(&profile, broke_off(&profile));
                    }
                });
            }
            tokio::select! {
                () = tokio::time::sleep(self.until_next()) => {}
                () = self.bell.notified() => {}
            }
        }
    }

    /// Finds out whether the clock was set back since `last`. (Set forward looks like a suspend, and is treated as one:
    /// what seems to be over is renewed, and the new answer's date tells how wrong the clock is.)
    fn look_at_clock(&self, last: (DateTime<Utc>, Instant)) -> (DateTime<Utc>, Instant) {
        let (now, instant) = (self.parts.clock.now(), Instant::now());
        let ran = TimeDelta::from_std(instant - last.1).unwrap_or_default();
        let back = ran - (now - last.0);
        if back > CLOCK_TOLERANCE {
            tracing::info!(seconds = back.num_seconds(), "the clock was set back");
            self.book().live.values_mut().for_each(|live| live.clock_was_set_back(back));
        }
        (now, instant)
    }

    /// Takes the sessions that are due, with what is in hand of each; each is given out once.
    fn take_due(&self) -> Vec<(ProfileName, SeenAttempt)> {
        let now = self.parts.clock.now();
        let mut book = self.book();
        let due = book.live.values_mut().filter(|live| live.is_due(now));
        due.map(|live| {
            live.renews_at = None;
            (live.held.request.profile.clone(), live.seen())
        })
        .collect()
    }

    fn until_next(&self) -> Duration {
        let now = self.parts.clock.now();
        let book = self.book();
        // What expired and could not be cleared is looked at again with the next round, not at once.
        let ends = |live: &LiveSession| expiry(live).filter(|_| live.state != SessionState::Expired);
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
    pub(super) fn expire(&self) {
        if self.expired().is_empty() {
            return;
        }
        let (expired, removed) = self.blocking(|s| {
            // Whoever delivers new ones does it before or after, not meanwhile; then they are not expired any more.
            let delivery = s.parts.turns.block(super::DELIVERY).map_err(Problem::from);
            if let Err(problem) = s.compare_with_vault() {
                tracing::warn!(code = problem.code, "sessions cannot be read from the vault");
            }
            let expired = s.expired();
            let removed = delivery.and_then(|_turn| {
                let in_file = expired.iter().filter(|held| held.request.delivery == Delivery::CredentialsFile);
                s.parts.file.remove(&in_file.map(|held| held.request.profile.clone()).collect::<Vec<_>>())?;
                if let Err(problem) = s.drop_credentials(&expired) {
                    tracing::warn!(code = problem.code, "expired sessions could not be written to the vault");
                }
                Ok(())
            });
            (expired, removed)
        });
        for held in &expired {
            self.take_in_end(held, removed.as_ref().err());
        }
    }

    fn expired(&self) -> Vec<StoredSession> {
        let now = self.parts.clock.now();
        let book = self.book();
        let over = book.live.values().filter(|live| expiry(live).is_some_and(|at| at <= now));
        over.map(|live| live.held.clone()).collect()
    }

    fn take_in_end(&self, held: &StoredSession, not_removed: Option<&Problem>) {
        let now = self.parts.clock.now();
        let session = {
            let mut book = self.book();
            book.changes += 1;
            let Some(live) = book.live.get_mut(&held.request.profile) else { return };
            if live.held.key_id() != held.key_id() {
                return;
            }
            if live.state != SessionState::Renewing || not_removed.is_some() {
                live.state = SessionState::Expired;
            }
            match not_removed {
                Some(problem) => live.problem = live.problem.take().or_else(|| Some(problem.clone())),
                None => live.held.credentials = None,
            }
            if live.problem.is_none() && live.renews_at.is_none() && live.state == SessionState::Expired {
                live.renews_at = Some(now);
            }
            (!std::mem::replace(&mut live.end_told, true)).then(|| live.view())
        };
        if let Some(session) = session {
            self.announce(SessionChange::Expired, session);
        }
    }

    /// Takes in a failed renewal, and asks for a sign-in once for an identity.
    pub(super) fn renewal_failed(&self, profile: &ProfileName, problem: Problem) {
        let now = self.parts.clock.now();
        let (change, session) = {
            let mut book = self.book();
            let Some(live) = book.live.get_mut(profile) else { return };
            let told = live.problem.as_ref().is_some_and(|before| before.code == problem.code);
            let change = match problem.kind {
                ProblemKind::NeedsSignIn => SessionChange::SignInNeeded,
                ProblemKind::Refused => SessionChange::Failed,
                // Tried again every few minutes, but said once.
                ProblemKind::Invalid | ProblemKind::NotFound if !told => SessionChange::Failed,
                _ => SessionChange::RenewalDelayed,
            };
            live.failed(problem.clone(), now, fastrand::f64());
            (change, live.view())
        };
        let identity = session.identity.clone();
        self.announce(change, session);
        if change == SessionChange::SignInNeeded {
            self.ask_for_sign_in(identity, problem);
        }
    }

    fn ask_for_sign_in(&self, identity: IdentityName, problem: Problem) {
        let mut book = self.book();
        if !book.asked.insert(identity.clone()) {
            return;
        }
        let of_identity = book.live.values().filter(|live| live.held.request.identity == identity);
        let profiles = of_identity.map(|live| live.held.request.profile.clone()).collect();
        drop(book);
        let _ = self.parts.events.send(Event::SignInNeeded { identity, profiles, problem });
    }
}

/// A renewal that panicked: a fault of ours, which must not leave the session without another try.
fn broke_off(profile: &ProfileName) -> Problem {
    let message = format!("the renewal of {profile} broke off: a fault in Daypass");
    Problem::new(ProblemKind::Failed, "renewal-broke-off", message).hint("it is tried again; please report it")
}

fn expiry(live: &LiveSession) -> Option<DateTime<Utc>> {
    live.held.credentials.as_ref().map(super::Credentials::expires_here)
}
