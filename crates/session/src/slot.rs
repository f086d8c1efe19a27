//! What's happening with each profile: one [`Slot`] per profile, in one table.
//!
//! A slot has a session, tasks that wait for a turn of the profile, and credentials on their way. [`Slot::phase`] says
//! in one word where that puts the profile:
//!
//! | phase | from | by |
//! | --- | --- | --- |
//! | `Vacant` | any | the session was stopped, or another process ended it |
//! | `Starting` | any but `Delivering`, `Stopping` | [`Slot::ask`]; until the last asker leaves ([`Slot::leave_start`]) |
//! | `Renewing` | any with a session | [`Slot::begin_renewal`] |
//! | `Delivering` | any but `Delivering` | [`Slot::begin_delivery`]; until [`Slot::end_delivery`] |
//! | `Active` | `Delivering`, `Renewing` | [`Slot::deliver`], or a renewal failed for a passing reason |
//! | `Undelivered` | `Renewing` | [`Slot::keep_undelivered`]: credentials came and could not be written |
//! | `NeedsSignIn`, `Failed` | `Renewing` | [`LiveSession::failed`] |
//! | `Expired` | any with a session | the credentials ended |
//! | `Stopping` | any | [`Slot::begin_stop`]; until as many [`Slot::end_stop`] |
//!
//! What runs under a profile continues while another role is starting there, and while it is being stopped until the
//! stop has its turn. That is why a phase does not replace the session.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::live::{LiveSession, SeenAttempt};
use super::plan;
use super::stored_session::StoredSession;
use daypass_core::delivery::Delivered;
use daypass_core::names::{IdentityName, ProfileName};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::session_request::{Delivery, SessionRequest};
use daypass_core::view::{SessionState, SessionView};

/// All profiles that this process knows.
#[derive(Default)]
pub(super) struct SessionTable {
    slots: BTreeMap<ProfileName, Slot>,
    /// Counts what this process changed in the sessions.
    pub(super) changes: u64,
    /// The vault's content that the sessions were last compared with.
    pub(super) compared_with: Option<Arc<daypass_vault::Entries>>,
    /// Identities for which Daypass already asked the person to sign in.
    pub(super) asked: HashSet<IdentityName>,
    /// Sessions whose stop can still be undone, and until when.
    stopped: BTreeMap<ProfileName, (Instant, StoredSession)>,
    /// What is in files of sessions that were forgotten when the vault was locked.
    left: Vec<LeftBehind>,
}

/// What is left in a file of a session whose credentials were forgotten.
#[derive(Clone)]
pub(super) struct LeftBehind {
    pub(super) delivery: Delivery,
    pub(super) delivered: Delivered,
    pub(super) expires: DateTime<Utc>,
}

impl SessionTable {
    pub(super) fn get(&self, profile: &ProfileName) -> Option<&Slot> {
        self.slots.get(profile)
    }

    /// The slot of a profile, new where there is none.
    pub(super) fn slot(&mut self, profile: &ProfileName) -> &mut Slot {
        self.slots.entry(profile.clone()).or_default()
    }

    pub(super) fn live(&self, profile: &ProfileName) -> Option<&LiveSession> {
        self.slots.get(profile)?.live.as_ref()
    }

    /// The profile by which the session is known that has this one.
    pub(super) fn main_of(&self, profile: &ProfileName) -> ProfileName {
        if self.live(profile).is_some() {
            return profile.clone();
        }
        let mut sharing = self.sessions().map(|live| &live.stored.request).filter(|it| it.also.contains(profile));
        sharing.next().map_or(profile, |request| &request.profile).clone()
    }

    /// The profile of the session that had this one before, if no session has it now.
    pub(super) fn now_called(&self, profile: &ProfileName) -> Option<ProfileName> {
        let mut sessions = self.sessions();
        if sessions.any(|live| live.stored.request.has(profile)) {
            return None;
        }
        let renamed = self.sessions().find(|live| live.stored.formerly.contains(profile))?;
        Some(renamed.stored.request.profile.clone())
    }

    /// The session that was known by the `old` profile is delivered as this one says from now on, the credentials that
    /// wait to be delivered included. Returns the view to announce.
    pub(super) fn rearranged(
        &mut self,
        old: &ProfileName,
        after: &StoredSession,
        now: DateTime<Utc>,
    ) -> Option<SessionView> {
        let slot = self.slots.get_mut(old)?;
        let (mut live, mut undelivered) = (slot.live.take()?, slot.undelivered.take());
        let waiting = undelivered.as_mut().map(|undelivered| &mut undelivered.session);
        for session in std::iter::once(&mut live.stored).chain(waiting) {
            session.request = after.request.clone();
            session.file.clone_from(&after.file);
            session.backup.clone_from(&after.backup);
            session.formerly.clone_from(&after.formerly);
        }
        let new = &after.request.profile;
        let is_renamed = new != old;
        if is_renamed && live.state == SessionState::Renewing {
            // Its renewal waits for the turn of the old name, and will find nothing.
            live.state = if live.valid(now).is_some() { SessionState::Active } else { SessionState::Expired };
            live.renew_at_once(now);
        }
        let view = SessionView { renamed_from: is_renamed.then(|| old.clone()), ..live.view() };
        let slot = self.slot(new);
        (slot.live, slot.undelivered) = (Some(live), undelivered);
        Some(view)
    }

    pub(super) fn live_mut(&mut self, profile: &ProfileName) -> Option<&mut LiveSession> {
        self.slots.get_mut(profile)?.live.as_mut()
    }

    /// The sessions that run, by profile name.
    pub(super) fn sessions(&self) -> impl Iterator<Item = &LiveSession> {
        self.slots.values().filter_map(|slot| slot.live.as_ref())
    }

    pub(super) fn sessions_mut(&mut self) -> impl Iterator<Item = &mut LiveSession> {
        self.slots.values_mut().filter_map(|slot| slot.live.as_mut())
    }

    /// What the window shows, and whether the loop has yet to notice that some credentials have ended.
    pub(super) fn views(&self, now: DateTime<Utc>) -> (Vec<SessionView>, bool) {
        let is_over = self.sessions().any(|live| live.is_over_unnoticed(now));
        (self.slots.values().filter_map(|slot| slot.view(now)).collect(), is_over)
    }

    /// Keeps a session that was stopped, so that the stop can be undone until then.
    pub(super) fn keep_stopped(&mut self, until: Instant, session: StoredSession) {
        self.stopped.insert(session.request.profile.clone(), (until, session));
    }

    /// The session that was stopped under a profile, if that can still be undone.
    pub(super) fn take_stopped(&mut self, profile: &ProfileName) -> Option<StoredSession> {
        let (until, session) = self.stopped.remove(profile)?;
        (Instant::now() < until).then_some(session)
    }

    /// Forgets the stops that can't be undone any more, and their credentials.
    pub(super) fn forget_stopped(&mut self) {
        let now = Instant::now();
        self.stopped.retain(|_, (until, _)| now < *until);
    }

    /// Forgets every session with its credentials, but not what of them is in files.
    pub(super) fn forget_secrets(&mut self) {
        for live in self.slots.values_mut().filter_map(Slot::stopped) {
            let StoredSession { request, credentials, .. } = &live.stored;
            let left = credentials.as_ref().map(|credentials| LeftBehind {
                delivery: request.delivery,
                delivered: live.stored.delivered(),
                expires: credentials.expires_here(),
            });
            self.left.extend(left);
        }
        self.slots.retain(|_, slot| !slot.is_vacant());
        self.stopped.clear();
        self.compared_with = None;
        self.changes += 1;
    }

    /// What is left in files of sessions that were forgotten.
    pub(super) fn left(&self) -> &[LeftBehind] {
        &self.left
    }

    /// Takes what is left in files and has expired by now.
    pub(super) fn take_expired_left(&mut self, now: DateTime<Utc>) -> Vec<LeftBehind> {
        let (expired, left) = std::mem::take(&mut self.left).into_iter().partition(|left| left.expires <= now);
        self.left = left;
        expired
    }

    /// The sessions are known again.
    pub(super) fn forget_left(&mut self) {
        self.left.clear();
    }

    /// Forgets the slot of a profile when nothing is left in it.
    pub(super) fn tidy(&mut self, profile: &ProfileName) {
        if self.slots.get(profile).is_some_and(Slot::is_vacant) {
            self.slots.remove(profile);
        }
    }

    /// Ends the sessions whose profile isn't `kept`. Returns whether there were any.
    pub(super) fn keep_only(&mut self, kept: impl Fn(&ProfileName) -> bool) -> bool {
        let mut ended = false;
        for (profile, slot) in &mut self.slots {
            // What this process writes now is in the vault under another name, or soon.
            if !slot.delivering && !kept(profile) {
                ended |= slot.live.take().is_some();
            }
        }
        self.slots.retain(|_, slot| !slot.is_vacant());
        ended
    }
}

/// What goes on under one profile.
#[derive(Default)]
pub(super) struct Slot {
    /// The session that tools use.
    live: Option<LiveSession>,
    /// The first exchange of a session, possibly of another role than the one that runs.
    starting: Option<Starting>,
    /// A renewal's credentials that could not be delivered. They are tried again before new ones are asked for.
    undelivered: Option<Undelivered>,
    /// Whether this process is writing new credentials to vault and file. The ones in the vault don't count until that
    /// ends, because a program that hears of them may read the file at once.
    delivering: bool,
    /// How many tasks are ending the session. No exchange is waited for meanwhile.
    stops: u32,
}

/// Where a profile stands, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing runs.
    Vacant,
    /// The first exchange of a session is under way.
    Starting,
    /// A session runs.
    Active,
    /// A session runs, and new credentials are on their way.
    Renewing,
    /// A session runs whose new credentials could not be written.
    Undelivered,
    /// New credentials are being written.
    Delivering,
    /// Only the person can get new credentials, by signing in.
    NeedsSignIn,
    /// The last renewal failed for a reason that doesn't pass by itself.
    Failed,
    /// The credentials have ended.
    Expired,
    /// The session is being ended.
    Stopping,
}

impl Phase {
    /// Whether an exchange for the profile would be for nothing.
    pub(super) fn is_stopping(self) -> bool {
        match self {
            Self::Stopping => true,
            Self::Vacant
            | Self::Starting
            | Self::Active
            | Self::Renewing
            | Self::Undelivered
            | Self::Delivering
            | Self::NeedsSignIn
            | Self::Failed
            | Self::Expired => false,
        }
    }
}

/// A session whose first exchange is under way.
struct Starting {
    request: SessionRequest,
    /// How many tasks wait for it.
    askers: usize,
    misses: u64,
    problem: Option<Problem>,
    /// Whether it has its credentials, and the askers only haven't left yet.
    granted: bool,
}

/// Credentials that came and were not delivered.
#[derive(Clone)]
pub(super) struct Undelivered {
    pub(super) session: StoredSession,
    pub(super) request_id: Option<String>,
}

/// How a start looks when an asker leaves.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// Others wait for it, or it ended and was announced.
    Nothing,
    /// All askers gave up before it ended.
    Abandoned,
}

impl Slot {
    pub(super) fn phase(&self) -> Phase {
        match (&self.live, &self.starting) {
            _ if self.stops > 0 => Phase::Stopping,
            _ if self.delivering => Phase::Delivering,
            (_, Some(starting)) if !starting.granted => Phase::Starting,
            (None, _) => Phase::Vacant,
            (Some(live), _) => match live.state {
                SessionState::Renewing => Phase::Renewing,
                _ if self.undelivered.is_some() => Phase::Undelivered,
                SessionState::NeedsSignIn => Phase::NeedsSignIn,
                SessionState::Failed => Phase::Failed,
                SessionState::Expired => Phase::Expired,
                SessionState::Starting | SessionState::Active | SessionState::Stopped => Phase::Active,
            },
        }
    }

    pub(super) fn is_delivering(&self) -> bool {
        self.delivering
    }

    pub(super) fn is_starting(&self) -> bool {
        self.starting.as_ref().is_some_and(|starting| !starting.granted)
    }

    fn is_vacant(&self) -> bool {
        let Self { live, starting, undelivered, delivering, stops } = self;
        live.is_none() && starting.is_none() && undelivered.is_none() && !delivering && *stops == 0
    }

    /// What the window shows: a start before what runs until then.
    pub(super) fn view(&self, now: DateTime<Utc>) -> Option<SessionView> {
        let starting = self.starting.as_ref().filter(|starting| !starting.granted);
        starting.map(Starting::view).or_else(|| self.live.as_ref().map(|live| live.view_at(now)))
    }

    /// A session is wanted. Returns what the asker knows, and the view to announce when it is the first to ask.
    pub(super) fn ask(&mut self, request: &SessionRequest) -> (SeenAttempt, Option<SessionView>) {
        let grant = self.live.as_ref().and_then(|live| live.seen().grant);
        let starting = self.starting.get_or_insert_with(|| Starting {
            request: request.clone(),
            askers: 0,
            misses: 0,
            problem: None,
            granted: true,
        });
        let first = std::mem::replace(&mut starting.granted, false);
        starting.askers += 1;
        starting.request = request.clone();
        (SeenAttempt { grant, misses: starting.misses }, first.then(|| starting.view()))
    }

    /// A start failed. What ran before still runs.
    pub(super) fn start_failed(&mut self, problem: &Problem) {
        if let Some(starting) = &mut self.starting {
            starting.misses += 1;
            starting.problem = Some(problem.clone());
        }
    }

    /// A task stopped waiting for the session to start.
    pub(super) fn leave_start(&mut self) -> Left {
        let Some(starting) = &mut self.starting else { return Left::Nothing };
        starting.askers -= 1;
        if starting.askers > 0 {
            return Left::Nothing;
        }
        let announced = starting.granted || starting.problem.is_some();
        self.starting = None;
        if announced { Left::Nothing } else { Left::Abandoned }
    }

    /// A renewal begins. Returns the view to announce, unless another one was waiting already; `None` where no session
    /// runs.
    pub(super) fn begin_renewal(&mut self) -> Option<(SessionRequest, Option<SessionView>)> {
        let live = self.live.as_mut()?;
        let began = match std::mem::replace(&mut live.state, SessionState::Renewing) {
            SessionState::Renewing => None,
            _ => Some(live.view()),
        };
        Some((live.stored.request.clone(), began))
    }

    /// A task stopped waiting for a renewal. Returns the view to announce when the renewal didn't end: its caller hung
    /// up, or it panicked. The loop tries it again.
    pub(super) fn leave_renewal(&mut self, now: DateTime<Utc>, jitter: f64) -> Option<SessionView> {
        let live = self.live.as_mut()?;
        match live.state {
            SessionState::Renewing => {}
            SessionState::Starting
            | SessionState::Active
            | SessionState::NeedsSignIn
            | SessionState::Failed
            | SessionState::Expired
            | SessionState::Stopped => return None,
        }
        let problem = live.problem.take();
        let left =
            Problem::new(ProblemKind::Cancelled, ProblemCode::RenewalLeft, "the renewal was cancelled before it ended");
        live.failed(left, now, jitter);
        live.problem = problem;
        Some(live.view())
    }

    /// This process begins to write credentials. Its turn of the profile keeps others from doing so.
    pub(super) fn begin_delivery(&mut self) {
        debug_assert!(!self.delivering, "two deliveries of a profile at once");
        self.delivering = true;
    }

    pub(super) fn end_delivery(&mut self) {
        self.delivering = false;
    }

    /// New credentials are in vault and file.
    pub(super) fn deliver(&mut self, live: LiveSession) {
        self.undelivered = None;
        if let Some(starting) = &mut self.starting
            && starting.request == live.stored.request
        {
            starting.granted = true;
        }
        self.live = Some(live);
    }

    /// New credentials are in the vault, but tools that read the file don't find them.
    pub(super) fn take_in_vault_only(&mut self, session: &StoredSession) {
        if let Some(live) = &mut self.live {
            live.stored = session.clone();
            live.end_told = false;
        }
    }

    /// A renewal's credentials could not be delivered.
    pub(super) fn keep_undelivered(&mut self, undelivered: Undelivered) {
        self.undelivered = Some(undelivered);
    }

    /// Credentials that came before for the same request, as long as they are worth delivering.
    pub(super) fn undelivered(&self, request: &SessionRequest, now: DateTime<Utc>) -> Option<&Undelivered> {
        let is_worth_it = |session: &StoredSession| {
            let credentials = session.credentials.as_ref();
            credentials.is_some_and(|c| plan::renewal_due(c.issued_at, c.expires_here(), 0.0) > now)
        };
        self.undelivered.as_ref().filter(|u| &u.session.request == request && is_worth_it(&u.session))
    }

    /// Another process started or renewed the session.
    pub(super) fn found_in_vault(&mut self, live: LiveSession) {
        debug_assert!(!self.delivering, "this process is writing the session itself");
        self.live = Some(live);
    }

    /// The session is being ended.
    pub(super) fn begin_stop(&mut self) {
        self.stops += 1;
    }

    pub(super) fn end_stop(&mut self) {
        debug_assert!(self.stops > 0, "a stop ended that never began");
        self.stops -= 1;
    }

    /// The session has left file and vault.
    pub(super) fn stopped(&mut self) -> Option<LiveSession> {
        self.undelivered = None;
        self.live.take()
    }

    /// What another one got or was told while this one waited for its turn to start.
    pub(super) fn start_decided_since(
        &self,
        request: &SessionRequest,
        seen: &SeenAttempt,
        now: DateTime<Utc>,
    ) -> Option<Result<SessionView, Problem>> {
        if let Some(view) = self.live.as_ref().and_then(|live| live.granted_since(request, seen, now)) {
            return Some(Ok(view));
        }
        let same = self.starting.as_ref().filter(|same| &same.request == request && same.misses > seen.misses)?;
        same.problem.clone().map(Err)
    }

    /// What another one got or was told while this one waited for its turn to renew.
    pub(super) fn renewal_decided_since(
        &self,
        request: &SessionRequest,
        seen: &SeenAttempt,
        now: DateTime<Utc>,
    ) -> Option<Result<SessionView, Problem>> {
        let live = self.live.as_ref()?;
        let granted = live.granted_since(request, seen, now).map(Ok);
        granted.or_else(|| live.missed_since(seen).map(Err))
    }
}

impl Starting {
    fn view(&self) -> SessionView {
        StoredSession::without_credentials(&self.request).view(SessionState::Starting)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
