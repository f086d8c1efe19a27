//! One session in memory: what's stored, and its state.

use chrono::{DateTime, TimeDelta, Utc};

use super::plan;
use super::stored_session::StoredSession;
use daypass_core::credentials::Credentials;
use daypass_core::lease::FALL_BACK_LEAD;
use daypass_core::problem::{Problem, ProblemKind};
use daypass_core::session_request::SessionRequest;
use daypass_core::view::{SessionState, SessionView};

/// What a task knew when it asked for new credentials, to find out in its turn whether another task got them meanwhile.
/// Times can't tell: a task may ask after another one's credentials were issued and before they are in the vault.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct SeenAttempt {
    /// The access key id in hand.
    pub(super) grant: Option<String>,
    /// How many tries had failed.
    pub(super) misses: u64,
}

/// Clocks are corrected by small amounts all the time.
pub(super) const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(1);

/// The pause after a problem that only the person or the network's administrator can fix. Nothing tells Daypass when
/// they have. (For example, a hotel's sign-in page makes a TLS certificate wrong.)
const LONG_PAUSE: TimeDelta = TimeDelta::minutes(5);

/// A session in memory.
pub(super) struct LiveSession {
    pub(super) stored: StoredSession,
    pub(super) state: SessionState,
    /// When the next renewal or try is due. None when only the person can help.
    pub(super) renews_at: Option<DateTime<Utc>>,
    /// Passing failures in a row.
    pub(super) failures: u32,
    pub(super) problem: Option<Problem>,
    /// Tries that failed since it is in memory, whatever the reason.
    pub(super) misses: u64,
    /// Whether the person signed in while a renewal was under way, which may have begun with the sign-in from before.
    pub(super) signed_in_meanwhile: bool,
    /// Whether the end of the credentials was announced.
    pub(super) end_told: bool,
}

impl LiveSession {
    /// With credentials that just came.
    pub(super) fn fresh(stored: StoredSession, jitter: f64) -> Self {
        let due = stored.credentials.as_ref().map(|c| plan::renewal_due(c.issued_at, c.expires_here(), jitter));
        let due = due.and_then(|due| within_what_was_asked(&stored, due));
        Self {
            stored,
            state: SessionState::Active,
            renews_at: due,
            failures: 0,
            problem: None,
            misses: 0,
            signed_in_meanwhile: false,
            end_told: false,
        }
    }

    /// As it was found in the vault.
    pub(super) fn restored(stored: StoredSession, now: DateTime<Utc>, jitter: f64) -> Self {
        let mut live = Self::fresh(stored, jitter);
        // Issued later than now: the clock was set back since, by an unknown amount.
        if live.stored.credentials.as_ref().is_some_and(|c| c.issued_at > now + CLOCK_TOLERANCE) {
            live.renews_at = Some(DateTime::UNIX_EPOCH);
        }
        if live.valid(now).is_none() {
            live.state = SessionState::Expired;
            // It is still wished for: the loop tries at once, and learns what is missing.
            live.renews_at = Some(DateTime::UNIX_EPOCH);
        }
        if live.stored.request.is_over_lease(now) {
            live.renews_at = None;
        }
        live
    }

    /// Whether this is the same grant in the same file, so that nothing needs to be taken in. Expired credentials that
    /// could not be removed from the vault are none.
    pub(super) fn is_of(&self, stored: &StoredSession, now: DateTime<Utc>) -> bool {
        let over = stored.ends_here().is_some_and(|ends| ends <= now);
        let same = self.stored.key_id() == stored.key_id() || (over && self.stored.credentials.is_none());
        self.stored.request.asks_for_the_same_as(&stored.request) && self.stored.file == stored.file && same
    }

    /// The credentials in hand, if they have not expired.
    pub(super) fn valid(&self, now: DateTime<Utc>) -> Option<Credentials> {
        self.stored.capped_credentials().filter(|c| c.expires_here() > now)
    }

    pub(super) fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.renews_at.is_some_and(|due| due <= now)
    }

    /// The session, if it meets the request and is well.
    pub(super) fn meets(&self, request: &SessionRequest, now: DateTime<Utc>) -> Option<SessionView> {
        (self.is_well(now) && request.is_met_by(&self.stored.request)).then(|| self.view())
    }

    /// Whether it is well, and only its delivery keeps it from meeting the request.
    pub(super) fn lacks_only_delivery(&self, request: &SessionRequest, now: DateTime<Utc>) -> bool {
        let has = &self.stored.request;
        self.is_well(now) && request.wants_credentials_of(has) && !has.delivery.serves(request.delivery)
    }

    fn is_well(&self, now: DateTime<Utc>) -> bool {
        let is_active = match self.state {
            SessionState::Active => true,
            SessionState::Starting
            | SessionState::Renewing
            | SessionState::NeedsSignIn
            | SessionState::Failed
            | SessionState::Expired
            | SessionState::Stopped => false,
        };
        is_active && self.problem.is_none() && !self.is_due(now) && self.valid(now).is_some()
    }

    pub(super) fn seen(&self) -> SeenAttempt {
        let grant = self.stored.key_id().map(str::to_owned);
        SeenAttempt { grant, misses: self.misses }
    }

    /// The session, if it has other credentials by now than the `seen` ones, and they do for the request.
    pub(super) fn granted_since(
        &self,
        request: &SessionRequest,
        seen: &SeenAttempt,
        now: DateTime<Utc>,
    ) -> Option<SessionView> {
        let others = self.seen().grant != seen.grant && self.valid(now).is_some() && self.problem.is_none();
        (others && request.is_met_by(&self.stored.request)).then(|| self.view())
    }

    /// Why another one failed meanwhile, whose turn it was.
    pub(super) fn missed_since(&self, seen: &SeenAttempt) -> Option<Problem> {
        self.problem.clone().filter(|_| self.misses > seen.misses)
    }

    /// Takes in that this machine's clock was set back: times that were noted by it are that much earlier now.
    pub(super) fn clock_was_set_back(&mut self, by: TimeDelta) {
        if let Some(credentials) = &mut self.stored.credentials {
            credentials.skew_ms += by.num_milliseconds();
            credentials.issued_at -= by;
        }
        let request = &mut self.stored.request;
        let of_lease = request.lease.as_mut().map(|lease| &mut lease.until);
        let of_elevation = request.elevation.as_mut().map(|elevation| &mut elevation.until);
        of_lease.into_iter().chain(of_elevation).for_each(|until| *until -= by);
        self.renews_at =
            self.renews_at.filter(|due| *due > DateTime::UNIX_EPOCH).map(|due| due - by).or(self.renews_at);
    }

    /// What was tried so far, when the session is due. It isn't due again until that try has ended.
    pub(super) fn take_due(&mut self, now: DateTime<Utc>) -> Option<SeenAttempt> {
        if !self.is_due(now) {
            return None;
        }
        self.renews_at = None;
        Some(self.seen())
    }

    /// The person signed in. A session whose last renewal failed, whatever the reason, or that has no credentials is
    /// renewed at once: the sign-in may bring what was missing, and one try is cheap.
    pub(super) fn signed_in(&mut self, now: DateTime<Utc>) {
        self.signed_in_meanwhile = self.state == SessionState::Renewing;
        let waits = self.problem.is_some() || self.valid(now).is_none();
        if waits && !self.signed_in_meanwhile {
            self.renew_at_once(now);
        }
    }

    /// Whether the last renewal failed for a reason that may have been the clock.
    pub(super) fn waits_for_clock(&self) -> bool {
        self.renews_at.is_some() && self.problem.is_some()
    }

    pub(super) fn renew_at_once(&mut self, now: DateTime<Utc>) {
        self.renews_at = Some(now);
    }

    /// These credentials have expired and were removed, unless there was a problem. A renewal that is under way
    /// continues. Returns the view to announce, once.
    pub(super) fn expired(
        &mut self,
        expired: &StoredSession,
        not_removed: Option<&Problem>,
        now: DateTime<Utc>,
    ) -> Option<SessionView> {
        if self.stored.key_id() != expired.key_id() {
            return None;
        }
        if self.state != SessionState::Renewing || not_removed.is_some() {
            self.state = SessionState::Expired;
        }
        match not_removed {
            Some(problem) => self.problem = self.problem.take().or_else(|| Some(problem.clone())),
            None => {
                self.stored.earlier_keys = self.stored.keys_so_far();
                self.stored.credentials = None;
                self.stored.request = self.stored.request.at(now);
            }
        }
        if self.stored.request.is_over_lease(now) {
            self.renews_at = None;
        } else if self.problem.is_none() && self.renews_at.is_none() && self.state == SessionState::Expired {
            self.renew_at_once(now);
        }
        (!std::mem::replace(&mut self.end_told, true)).then(|| self.view())
    }

    /// Takes in why a renewal failed. Credentials are kept: they work until they expire.
    pub(super) fn failed(&mut self, problem: Problem, now: DateTime<Utc>, jitter: f64) {
        self.misses += 1;
        let expires = self.stored.ends_here();
        let still = if self.valid(now).is_some() { SessionState::Active } else { SessionState::Expired };
        match problem.kind {
            ProblemKind::NeedsSignIn => {
                self.state = SessionState::NeedsSignIn;
                self.renews_at = None;
            }
            ProblemKind::Refused => {
                self.state = SessionState::Failed;
                self.renews_at = None;
            }
            ProblemKind::Invalid | ProblemKind::NotFound => {
                self.state = SessionState::Failed;
                self.renews_at = Some(now + LONG_PAUSE);
            }
            ProblemKind::Passing | ProblemKind::Failed | ProblemKind::Cancelled => {
                self.failures += 1;
                self.state = still;
                self.renews_at = Some(plan::retry_due(now, expires.unwrap_or(now), self.failures, jitter));
            }
        }
        if std::mem::take(&mut self.signed_in_meanwhile) {
            self.renew_at_once(now);
        }
        self.problem = Some(problem);
    }

    /// Whether the credentials have ended and the loop hasn't taken that in yet, as after a suspend.
    pub(super) fn is_over_unnoticed(&self, now: DateTime<Utc>) -> bool {
        let counts_as_good = match self.state {
            SessionState::Active | SessionState::NeedsSignIn | SessionState::Failed => true,
            SessionState::Starting | SessionState::Renewing | SessionState::Expired | SessionState::Stopped => false,
        };
        counts_as_good && self.stored.credentials.is_some() && self.valid(now).is_none()
    }

    /// How it looks now. What has ended is never shown as active.
    pub(super) fn view_at(&self, now: DateTime<Utc>) -> SessionView {
        let view = self.view();
        let is_over = view.state == SessionState::Active && self.is_over_unnoticed(now);
        SessionView { state: if is_over { SessionState::Expired } else { view.state }, ..view }
    }

    pub(super) fn view(&self) -> SessionView {
        SessionView {
            renews_at: self.renews_at.filter(|due| *due > DateTime::UNIX_EPOCH),
            problem: self.problem.clone(),
            ..self.stored.view(self.state)
        }
    }
}

/// When credentials that would be due are renewed: a lease's only if they end before it, and an elevated session's in
/// time for the read-only ones that come after.
fn within_what_was_asked(stored: &StoredSession, due: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let Some(ends) = stored.request.ends_at() else { return Some(due) };
    let expires = stored.credentials.as_ref().map(Credentials::expires_here);
    let lasts_to_the_end = expires.is_some_and(|expires| expires >= ends);
    match (&stored.request.elevation, lasts_to_the_end) {
        (Some(_), true) => Some(ends - FALL_BACK_LEAD),
        (Some(_), false) => Some(due.min(ends - FALL_BACK_LEAD)),
        (None, true) => None,
        (None, false) => Some(due),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
