//! The loop that renews what is due and clears what has expired.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::live::{CLOCK_TOLERANCE, LiveSession, SeenAttempt};
use super::sessions::{DELIVERY, Sessions};
use super::stored_session::StoredSession;
use daypass_audit::{AuditEvent, AuditLine};
use daypass_core::event::{Event, SessionChange};
use daypass_core::names::{IdentityName, ProfileName};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::view::SessionState;

/// The loop looks at all sessions and at the vault at least this often.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// Until then it only looks at the wall clock, this often: after a suspend, timers that count running time are late,
/// and expired keys would stay in the files for as long.
const CLOCK_LOOK: Duration = Duration::from_secs(1);

/// Exchanges under way at once. STS allows far more; the person's network and identity provider may not.
const AT_ONCE: usize = 8;

impl Sessions {
    /// Renews, retries and expires sessions for as long as the future is polled.
    pub async fn keep(self: Arc<Self>) {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        self.reconcile_deliveries();
        let mut last = (self.clock().now(), Instant::now());
        loop {
            last = self.look_at_clock(last);
            #[cfg(test)]
            self.rounds.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if self.dependencies.vault.is_locked() {
                // Also what came in the moment of locking.
                self.forget_secrets();
            } else if let Err(problem) = self.compare_with_vault() {
                tracing::warn!(code = %problem.code, "sessions can't be read from the vault");
            }
            self.expire();
            self.expire_left();
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
                        sessions.renewal_failed(&profile, crashed(&profile));
                    }
                });
            }
            tokio::select! {
                () = self.sleep_until_next() => {}
                () = self.bell.notified() => {}
            }
        }
    }

    /// Notices when the clock was set since `last`, and tries again at once what may have failed because it was wrong.
    /// (A clock that was set forward looks like a suspend and is treated as one: what seems to have expired is renewed,
    /// and the date of the answer tells how wrong the clock is.)
    fn look_at_clock(&self, last: (DateTime<Utc>, Instant)) -> (DateTime<Utc>, Instant) {
        let (now, instant) = (self.clock().now(), Instant::now());
        let ran = TimeDelta::from_std(instant - last.1).unwrap_or_default();
        let back = ran - (now - last.0);
        if back.abs() > CLOCK_TOLERANCE {
            tracing::info!(seconds = -back.num_seconds(), "the clock was set");
            self.record_clock(back, now);
            for live in self.table().sessions_mut() {
                if back > CLOCK_TOLERANCE {
                    live.clock_was_set_back(back);
                }
                if live.waits_for_clock() {
                    live.renew_at_once(now);
                }
            }
        }
        (now, instant)
    }

    /// Writes down that the machine slept, or that its clock was set `back`: without that, the log's times say nothing
    /// of the time in between.
    fn record_clock(&self, back: TimeDelta, now: DateTime<Utc>) {
        let event = if back < TimeDelta::zero() { AuditEvent::Slept } else { AuditEvent::ClockSetBack };
        // What the clock would say now if it had only run.
        let line = AuditLine { since: Some(now + back), ..AuditLine::new(now, event) };
        self.blocking(|s| s.dependencies.audit.record(line));
    }

    /// Takes the sessions that are due, each once, with what was tried for it so far.
    fn take_due(&self) -> Vec<(ProfileName, SeenAttempt)> {
        let now = self.clock().now();
        let mut table = self.table();
        let due = |live: &mut LiveSession| Some((live.stored.request.profile.clone(), live.take_due(now)?));
        table.sessions_mut().filter_map(due).collect()
    }

    /// Sleeps until something is due by the wall clock, and [`LONGEST_SLEEP`] at most.
    async fn sleep_until_next(&self) {
        let (next, began, begin) = (self.next(), Instant::now(), self.clock().now());
        tokio::time::sleep(Duration::from_millis(20)).await;
        loop {
            let (now, slept) = (self.clock().now(), began.elapsed());
            let was_set_back = begin + TimeDelta::from_std(slept).unwrap_or_default() - now > CLOCK_TOLERANCE;
            if next.is_some_and(|next| next <= now) || slept >= LONGEST_SLEEP || was_set_back {
                return;
            }
            let left = next.and_then(|next| (next - now).to_std().ok()).unwrap_or(CLOCK_LOOK);
            tokio::time::sleep(left.min(CLOCK_LOOK).min(LONGEST_SLEEP.saturating_sub(slept))).await;
        }
    }

    /// When the next session is due or ends.
    fn next(&self) -> Option<DateTime<Utc>> {
        let table = self.table();
        // Expired credentials that could not be removed are tried again in the next round, not at once.
        let ends = |live: &LiveSession| expiry(live).filter(|_| live.state != SessionState::Expired);
        let left = table.left().iter().map(|left| left.expires);
        table.sessions().flat_map(|live| [live.renews_at, ends(live)]).flatten().chain(left).min()
    }

    /// What [`Sessions::keep`] does about expired credentials, once: for commands that run without an agent.
    pub fn clear_expired(&self) {
        match self.compare_with_vault() {
            Ok(()) => self.expire(),
            // The next request for a session fails with the same problem, and says so.
            Err(problem) => tracing::debug!(code = %problem.code, "sessions can't be read from the vault"),
        }
    }

    /// Removes expired credentials from vault and deliveries: they would shadow every other provider of the profile.
    pub(super) fn expire(&self) {
        if self.expired().is_empty() {
            return;
        }
        let (expired, removed) = self.blocking(|s| {
            // With this turn, new credentials come before or after. If they came before, nothing has expired.
            let delivery = s.dependencies.turns.block(DELIVERY).map_err(Problem::from);
            if let Err(problem) = s.compare_with_vault() {
                tracing::warn!(code = %problem.code, "sessions can't be read from the vault");
            }
            let expired = s.expired();
            let removed = delivery.and_then(|_turn| {
                s.remove(expired.iter().map(|session| (session.request.delivery, session.delivered())).collect())?;
                if let Err(problem) = s.drop_credentials(&expired) {
                    tracing::warn!(code = %problem.code, "expired sessions couldn't be written to the vault");
                }
                Ok(())
            });
            (expired, removed)
        });
        let now = self.clock().now();
        for session in &expired {
            self.end_expired(session, removed.as_ref().err());
            // Credentials end too, in the middle of a longer lease.
            if removed.is_ok() && session.request.ends_at().is_some_and(|ends| ends <= now) {
                self.record_end(session);
            }
        }
    }

    fn expired(&self) -> Vec<StoredSession> {
        let now = self.clock().now();
        let table = self.table();
        let over = table.sessions().filter(|live| expiry(live).is_some_and(|at| at <= now));
        over.map(|live| live.stored.clone()).collect()
    }

    fn end_expired(&self, expired: &StoredSession, not_removed: Option<&Problem>) {
        let now = self.clock().now();
        let session = {
            let mut table = self.table();
            table.changes += 1;
            table.live_mut(&expired.request.profile).and_then(|live| live.expired(expired, not_removed, now))
        };
        if let Some(session) = session {
            self.announce(SessionChange::Expired, session);
        }
    }

    /// Takes in a failed renewal, and asks for a sign-in once for an identity.
    pub(super) fn renewal_failed(&self, profile: &ProfileName, problem: Problem) {
        let now = self.clock().now();
        let (change, session) = {
            let mut table = self.table();
            let Some(live) = table.live_mut(profile) else { return };
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
            self.ask_for_sign_in(identity, std::slice::from_ref(profile), problem);
        }
    }

    /// Asks the person to sign in, because sessions or tools that wait for these profiles need it. Once for an
    /// identity, until they do.
    pub fn ask_for_sign_in(&self, identity: IdentityName, waiting: &[ProfileName], problem: Problem) {
        let mut table = self.table();
        if !table.asked.insert(identity.clone()) {
            return;
        }
        let of_identity = table.sessions().filter(|live| live.stored.request.identity == identity);
        let mut profiles: Vec<ProfileName> = of_identity.map(|live| live.stored.request.profile.clone()).collect();
        drop(table);
        for profile in waiting {
            if !profiles.contains(profile) {
                profiles.push(profile.clone());
            }
        }
        let _ = self.dependencies.events.send(Event::SignInNeeded { identity, profiles, problem });
    }
}

/// A renewal that panicked. That is our bug, and must not leave the session without another try.
pub(super) fn crashed(profile: &ProfileName) -> Problem {
    let message = format!("The renewal of {profile} crashed. This is a bug in Daypass");
    Problem::new(ProblemKind::Failed, ProblemCode::RenewalBrokeOff, message)
        .hint("Daypass tries again. Please report this")
}

fn expiry(live: &LiveSession) -> Option<DateTime<Utc>> {
    live.stored.ends_here()
}
