//! One session in memory: what is held, and where it stands.

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};

use super::plan;
use super::stored_session::StoredSession;
use daypass_core::credentials::Credentials;
use daypass_core::problem::{Problem, ProblemKind};
use daypass_core::session_request::SessionRequest;
use daypass_core::view::{SessionState, SessionView};

/// What somebody who asks for new credentials has seen, to find out later whether another one asked meanwhile. Times
/// cannot tell: whoever asks while another one's answer is on its way to the vault asked later than it was issued.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct SeenAttempt {
    /// The access key id in hand.
    pub(super) grant: Option<String>,
    /// How many tries had failed.
    pub(super) misses: u64,
}

/// Clocks are corrected by moments all the time.
pub(super) const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(1);

/// The pause before something is looked at again that only the person, or whoever runs the network, can fix: they
/// don't tell when they have. (A hotel's sign-in page makes a TLS certificate wrong, for example.)
const LONG_PAUSE: TimeDelta = TimeDelta::minutes(5);

/// A session in memory.
pub(super) struct LiveSession {
    pub(super) held: StoredSession,
    pub(super) state: SessionState,
    /// When the next renewal or try is due; none when only the person can help.
    pub(super) renews_at: Option<DateTime<Utc>>,
    /// Passing failures in a row.
    pub(super) failures: u32,
    pub(super) problem: Option<Problem>,
    /// Tries that failed since it is in memory, whatever the reason.
    pub(super) misses: u64,
    /// Whether the end of the credentials was announced.
    pub(super) end_told: bool,
    /// The file as it was before somebody else's profile was replaced.
    pub(super) backup: Option<PathBuf>,
}

impl LiveSession {
    /// With credentials that just came.
    pub(super) fn fresh(held: StoredSession, jitter: f64) -> Self {
        let due = held.credentials.as_ref().map(|c| plan::renewal_due(c.issued_at, c.expires_here(), jitter));
        Self {
            held,
            state: SessionState::Active,
            renews_at: due,
            failures: 0,
            problem: None,
            misses: 0,
            end_told: false,
            backup: None,
        }
    }

    /// As it was found in the vault.
    pub(super) fn restored(held: StoredSession, now: DateTime<Utc>, jitter: f64) -> Self {
        let mut live = Self::fresh(held, jitter);
        // Issued later than now: the clock was set back since, and nobody saw by how much.
        if live.held.credentials.as_ref().is_some_and(|c| c.issued_at > now + CLOCK_TOLERANCE) {
            live.renews_at = Some(DateTime::UNIX_EPOCH);
        }
        if live.valid(now).is_none() {
            live.state = SessionState::Expired;
            // It is still wished for: the loop tries at once, and learns what is missing.
            live.renews_at = Some(DateTime::UNIX_EPOCH);
        }
        live
    }

    /// Whether this is the same grant, so that nothing needs to be taken in. Expired credentials that could not be
    /// removed from the vault are none.
    pub(super) fn is_of(&self, held: &StoredSession, now: DateTime<Utc>) -> bool {
        let over = held.credentials.as_ref().is_some_and(|c| c.expires_here() <= now);
        let same = self.held.key_id() == held.key_id() || (over && self.held.credentials.is_none());
        self.held.request == held.request && same
    }

    /// The credentials in hand, if they have not expired.
    pub(super) fn valid(&self, now: DateTime<Utc>) -> Option<Credentials> {
        self.held.credentials.clone().filter(|c| c.expires_here() > now)
    }

    pub(super) fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.renews_at.is_some_and(|due| due <= now)
    }

    /// The session, if it is what is wished for, and well.
    pub(super) fn serves(&self, request: &SessionRequest, now: DateTime<Utc>) -> Option<SessionView> {
        let well = self.state == SessionState::Active && self.problem.is_none() && !self.is_due(now);
        (well && request.is_met_by(&self.held.request) && self.valid(now).is_some()).then(|| self.view())
    }

    pub(super) fn seen(&self) -> SeenAttempt {
        let grant = self.held.key_id().map(str::to_owned);
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
        (others && request.is_met_by(&self.held.request)).then(|| self.view())
    }

    /// Why another one failed meanwhile, whose turn it was.
    pub(super) fn missed_since(&self, seen: &SeenAttempt) -> Option<Problem> {
        self.problem.clone().filter(|_| self.misses > seen.misses)
    }

    /// Takes in that this machine's clock was set back: times that were noted by it are that much earlier now.
    pub(super) fn clock_was_set_back(&mut self, by: TimeDelta) {
        if let Some(credentials) = &mut self.held.credentials {
            credentials.skew_ms += by.num_milliseconds();
            credentials.issued_at -= by;
        }
        self.renews_at =
            self.renews_at.filter(|due| *due > DateTime::UNIX_EPOCH).map(|due| due - by).or(self.renews_at);
    }

    /// Takes in why a renewal failed. Credentials are kept: they work until they expire.
    pub(super) fn failed(&mut self, problem: Problem, now: DateTime<Utc>, jitter: f64) {
        self.misses += 1;
        let expires = self.held.credentials.as_ref().map(Credentials::expires_here);
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
