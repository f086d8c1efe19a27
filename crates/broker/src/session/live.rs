//! One session in memory: what is held, and where it stands.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::held::{Credentials, Held, Wish};
use super::plan;
use crate::problem::{Problem, ProblemKind};
use crate::view::{SessionState, SessionView};

/// Tells one grant of credentials from the next, as times cannot: whoever asks while another one's answer is on its way
/// to the vault asked later than it was issued.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Grant(String);

/// A session in memory.
pub(super) struct Live {
    pub(super) held: Held,
    pub(super) state: SessionState,
    /// When the next renewal or try is due; none when only the person can help.
    pub(super) renews_at: Option<DateTime<Utc>>,
    /// Passing failures in a row.
    pub(super) failures: u32,
    pub(super) problem: Option<Problem>,
    /// The file as it was before somebody else's profile was replaced.
    pub(super) backup: Option<PathBuf>,
}

impl Live {
    /// Just asked for.
    pub(super) fn requested(wish: Wish) -> Self {
        let held = Held { wish, credentials: None, renewals: 0 };
        Self { held, state: SessionState::Starting, renews_at: None, failures: 0, problem: None, backup: None }
    }

    /// With credentials that just came.
    pub(super) fn fresh(held: Held, jitter: f64) -> Self {
        let due = held.credentials.as_ref().map(|c| plan::renewal_due(c.issued_at, c.expires_here(), jitter));
        Self { held, state: SessionState::Active, renews_at: due, failures: 0, problem: None, backup: None }
    }

    /// As it was found in the vault.
    pub(super) fn restored(held: Held, now: DateTime<Utc>, jitter: f64) -> Self {
        let mut live = Self::fresh(held, jitter);
        if live.valid(now).is_none() {
            live.state = SessionState::Expired;
            // It is still wished for: the loop tries at once, and learns what is missing.
            live.renews_at = Some(DateTime::UNIX_EPOCH);
        }
        live
    }

    /// Whether this is the same grant, so that nothing needs to be taken in.
    pub(super) fn is_of(&self, held: &Held) -> bool {
        let key = |h: &Held| h.credentials.as_ref().map(|c| c.access_key_id.clone());
        self.held.wish == held.wish && key(&self.held) == key(held)
    }

    /// The credentials in hand, if they have not expired.
    pub(super) fn valid(&self, now: DateTime<Utc>) -> Option<Credentials> {
        self.held.credentials.clone().filter(|c| c.expires_here() > now)
    }

    pub(super) fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.renews_at.is_some_and(|due| due <= now)
    }

    /// The session, if it is what is wished for, and well.
    pub(super) fn serves(&self, wish: &Wish, now: DateTime<Utc>) -> Option<SessionView> {
        let well = self.state == SessionState::Active && self.problem.is_none() && !self.is_due(now);
        (well && wish.is_met_by(&self.held.wish) && self.valid(now).is_some()).then(|| self.view())
    }

    /// Which credentials are in hand.
    pub(super) fn grant(&self) -> Option<Grant> {
        self.held.credentials.as_ref().map(|c| Grant(c.access_key_id.clone()))
    }

    /// The session, if it has other credentials by now than the `seen` ones, and they do for the wish.
    pub(super) fn granted_since(
        &self,
        wish: &Wish,
        seen: Option<&Grant>,
        now: DateTime<Utc>,
    ) -> Option<SessionView> {
        let others = self.grant().as_ref() != seen && self.valid(now).is_some();
        (others && wish.is_met_by(&self.held.wish)).then(|| self.view())
    }

    /// Takes in why a renewal failed. Credentials are kept: they work until they expire.
    pub(super) fn failed(&mut self, problem: Problem, now: DateTime<Utc>, jitter: f64) {
        let expires = self.held.credentials.as_ref().map(Credentials::expires_here);
        let still = if self.valid(now).is_some() { SessionState::Active } else { SessionState::Expired };
        match problem.kind {
            ProblemKind::NeedsSignIn => {
                self.state = SessionState::NeedsSignIn;
                self.renews_at = None;
            }
            ProblemKind::Refused | ProblemKind::Invalid | ProblemKind::NotFound => {
                self.state = SessionState::Failed;
                self.renews_at = None;
            }
            ProblemKind::Passing | ProblemKind::Failed | ProblemKind::Cancelled => {
                self.failures += 1;
                self.state = still;
                self.renews_at = Some(plan::retry_due(now, expires.unwrap_or(now), self.failures, jitter));
            }
        }
        self.problem = Some(problem);
    }

    pub(super) fn view(&self) -> SessionView {
        SessionView {
            renews_at: self.renews_at.filter(|due| *due > DateTime::UNIX_EPOCH),
            problem: self.problem.clone(),
            backup: self.backup.as_ref().map(|path| path.display().to_string()),
            ..self.held.view(self.state)
        }
    }
}
