//! The one way to new credentials, and what happens when it is left halfway.

use std::path::PathBuf;

use super::live::{LiveSession, SeenAttempt};
use super::stored_session::StoredSession;
use super::{Foreign, SessionTable, Sessions, plan, unknown_session};
use daypass_core::credentials::Credentials;
use daypass_core::event::{Event, SessionChange};
use daypass_core::names::ProfileName;
use daypass_core::problem::{Problem, ProblemKind};
use daypass_core::session_request::{Delivery, SessionRequest};
use daypass_core::view::{SessionState, SessionView};

/// A session whose first exchange is under way.
pub(super) struct Starting {
    request: SessionRequest,
    /// Who waits for it.
    askers: usize,
    misses: u64,
    problem: Option<Problem>,
}

impl Starting {
    pub(super) fn view(&self) -> SessionView {
        StoredSession { request: self.request.clone(), credentials: None, renewals: 0 }.view(SessionState::Starting)
    }
}

pub(super) enum Asked<'a> {
    ServedAlready(Box<SessionView>),
    After(Asker<'a>),
}

/// One who waits for a session to start, until dropped.
pub(super) struct Asker<'a> {
    sessions: &'a Sessions,
    profile: ProfileName,
    pub(super) seen: SeenAttempt,
}

/// One who waits for a renewal, until dropped.
pub(super) struct Renewing<'a> {
    sessions: &'a Sessions,
    profile: &'a ProfileName,
}

/// A profile whose new credentials are put into vault and file, until dropped.
struct Delivering<'a> {
    sessions: &'a Sessions,
    profile: &'a ProfileName,
}

/// Profiles that are being ended, until dropped.
pub(super) struct Stopping<'a> {
    sessions: &'a Sessions,
    profiles: &'a [ProfileName],
}

impl Sessions {
    /// Takes in that a session is wanted, unless there is one by now.
    pub(super) fn ask_for(&self, request: &SessionRequest) -> Asked<'_> {
        let now = self.parts.clock.now();
        let mut book = self.book();
        let old = book.live.get(&request.profile);
        if let Some(view) = old.and_then(|old| old.serves(request, now)) {
            return Asked::ServedAlready(Box::new(view));
        }
        let grant = old.and_then(|old| old.seen().grant);
        let starting = book.starting.entry(request.profile.clone()).or_insert_with(|| Starting {
            request: request.clone(),
            askers: 0,
            misses: 0,
            problem: None,
        });
        starting.askers += 1;
        starting.request = request.clone();
        let seen = SeenAttempt { grant, misses: starting.misses };
        let first = (starting.askers == 1).then(|| starting.view());
        drop(book);
        if let Some(session) = first {
            self.announce(SessionChange::Requested, session);
        }
        Asked::After(Asker { sessions: self, profile: request.profile.clone(), seen })
    }

    pub(super) fn renewing<'a>(&'a self, profile: &'a ProfileName) -> Renewing<'a> {
        Renewing { sessions: self, profile }
    }

    fn delivering<'a>(&'a self, profile: &'a ProfileName) -> Delivering<'a> {
        self.book().delivering.insert(profile.clone());
        Delivering { sessions: self, profile }
    }

    pub(super) fn stopping<'a>(&'a self, profiles: &'a [ProfileName]) -> Stopping<'a> {
        self.book().stopping.extend(profiles.iter().cloned());
        self.stop_bell.notify_waiters();
        Stopping { sessions: self, profiles }
    }

    /// New credentials, one exchange at a time for a profile, across tasks and processes. What goes wrong is taken in
    /// while the turn lasts: it must not be held against a later session of the same profile.
    pub(super) async fn obtain(
        &self,
        request: &SessionRequest,
        foreign: Foreign,
        seen: &SeenAttempt,
        change: SessionChange,
    ) -> Result<SessionView, Problem> {
        let turn = self.parts.turns.take(&StoredSession::entry(&request.profile)).await.map_err(Problem::from);
        let result = match &turn {
            Ok(_) => self.obtain_in_turn(request, foreign, seen, change).await,
            Err(problem) => Err(Missed::Now(problem.clone())),
        };
        result.map_err(|missed| match missed {
            Missed::Already(problem) => problem,
            Missed::Now(problem) => {
                match change {
                    SessionChange::Renewed => self.renewal_failed(&request.profile, problem.clone()),
                    _ => self.start_failed(request, &problem),
                }
                problem
            }
        })
    }

    async fn obtain_in_turn(
        &self,
        request: &SessionRequest,
        foreign: Foreign,
        seen: &SeenAttempt,
        change: SessionChange,
    ) -> Result<SessionView, Missed> {
        self.compare_with_vault()?;
        let profile = &request.profile;
        let renewal = change == SessionChange::Renewed;
        let before = self.book().live.get(profile).map(|live| live.held.clone());
        // What runs under the profile may have become another role's while this one waited.
        let request = match &before {
            Some(held) if renewal => held.request.clone(),
            None if renewal => return Err(Missed::Already(unknown_session(profile))),
            _ => request.clone(),
        };
        if let Some(outcome) = self.book().decided_since(&request, seen, renewal, self.parts.clock.now()) {
            return outcome.map_err(Missed::Already);
        }
        let (held, request_id) = match self.undelivered(&request) {
            Some(waiting) => waiting,
            None => {
                let issued = tokio::select! {
                    issued = self.parts.source.issue(&request) => issued?,
                    () = self.told_to_stop(profile) => return Err(stopped(profile).into()),
                };
                let renewals = before.as_ref().filter(|_| renewal).map_or(0, |held| held.renewals.saturating_add(1));
                let request_id = issued.request_id.clone();
                (
                    StoredSession { request: request.clone(), credentials: Some(Credentials::of(issued)), renewals },
                    request_id,
                )
            }
        };
        let backup = match self.blocking(|s| s.keep_and_deliver(&held, foreign, before.as_ref(), renewal)) {
            Ok(backup) => backup,
            Err(problem) if renewal => {
                self.book().undelivered.insert(profile.clone(), (held, request_id));
                return Err(problem.into());
            }
            Err(problem) => return Err(problem.into()),
        };
        let live = LiveSession { backup, ..LiveSession::fresh(held, fastrand::f64()) };
        let view = live.view();
        {
            let mut book = self.book();
            book.changes += 1;
            book.undelivered.remove(profile);
            book.asked.remove(&request.identity);
            book.starting.remove(profile);
            book.live.insert(profile.clone(), live);
        }
        let now = self.parts.clock.now();
        self.blocking(|s| s.parts.audit.record_session(now, change, &view, request_id.as_deref()));
        let _ = self.parts.events.send(Event::SessionChanged { change, session: view.clone() });
        Ok(view)
    }

    /// Credentials that came before and could not be delivered, as long as they are worth it.
    fn undelivered(&self, request: &SessionRequest) -> Option<(StoredSession, Option<String>)> {
        let now = self.parts.clock.now();
        let book = self.book();
        let worth = |held: &StoredSession| {
            let credentials = held.credentials.as_ref();
            credentials.is_some_and(|c| plan::renewal_due(c.issued_at, c.expires_here(), 0.0) > now)
        };
        book.undelivered.get(&request.profile).filter(|(held, _)| &held.request == request && worth(held)).cloned()
    }

    /// First the vault, then the file: a profile that is in the file is always known to Daypass. When the file refuses
    /// a start, the vault forgets it again; a renewal stays in the vault, where it serves all who don't read the file.
    fn keep_and_deliver(
        &self,
        held: &StoredSession,
        foreign: Foreign,
        before: Option<&StoredSession>,
        renewal: bool,
    ) -> Result<Option<PathBuf>, Problem> {
        let profile = &held.request.profile;
        let _delivery = self.parts.turns.block(super::DELIVERY)?;
        let _delivering = self.delivering(profile);
        self.store(held)?;
        let Some(credentials) = held.credentials.as_ref() else { return Ok(None) };
        if held.request.delivery == Delivery::Process {
            // What an earlier session of the profile wrote would go stale.
            if before.is_some_and(|before| before.request.delivery == Delivery::CredentialsFile) {
                self.parts.file.remove(std::slice::from_ref(profile))?;
            }
            return Ok(None);
        }
        let written = self.parts.file.put(&held.request, credentials, foreign);
        match (&written, before) {
            (Ok(_), _) => {}
            (Err(_), _) if renewal => {
                let mut book = self.book();
                book.changes += 1;
                if let Some(live) = book.live.get_mut(profile) {
                    live.held = held.clone();
                    live.end_told = false;
                }
            }
            (Err(_), Some(before)) => self.store(before)?,
            (Err(_), None) => self.forget(profile)?,
        }
        written
    }

    /// A start that failed leaves what was there before, and a message.
    fn start_failed(&self, request: &SessionRequest, problem: &Problem) {
        let held = StoredSession { request: request.clone(), credentials: None, renewals: 0 };
        let session = SessionView { problem: Some(problem.clone()), ..held.view(SessionState::Failed) };
        let goes_on = {
            let mut book = self.book();
            if let Some(starting) = book.starting.get_mut(&request.profile) {
                starting.misses += 1;
                starting.problem = Some(problem.clone());
            }
            book.live.contains_key(&request.profile)
        };
        self.announce(SessionChange::Failed, session);
        if goes_on {
            // The message was about the role that was wanted; the one that runs still does.
            let _ = self.parts.events.send(Event::CatalogChanged);
        }
    }

    async fn told_to_stop(&self, profile: &ProfileName) {
        loop {
            let rung = self.stop_bell.notified();
            if self.book().stopping.contains(profile) {
                return;
            }
            rung.await;
        }
    }
}

impl SessionTable {
    /// What another one got or was told while this one waited for its turn.
    fn decided_since(
        &self,
        request: &SessionRequest,
        seen: &SeenAttempt,
        renewal: bool,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Option<Result<SessionView, Problem>> {
        let live = self.live.get(&request.profile);
        if let Some(view) = live.and_then(|live| live.granted_since(request, seen, now)) {
            return Some(Ok(view));
        }
        let problem = match (renewal, self.starting.get(&request.profile)) {
            (true, _) => live.and_then(|live| live.missed_since(seen)),
            (false, Some(same)) if &same.request == request && same.misses > seen.misses => same.problem.clone(),
            (false, _) => None,
        };
        problem.map(Err)
    }
}

/// A try that led to nothing.
enum Missed {
    /// This one failed.
    Now(Problem),
    /// Another one failed, and has said so.
    Already(Problem),
}

impl From<Problem> for Missed {
    fn from(problem: Problem) -> Self {
        Self::Now(problem)
    }
}

impl Drop for Asker<'_> {
    fn drop(&mut self) {
        let mut book = self.sessions.book();
        let Some(starting) = book.starting.get_mut(&self.profile) else { return };
        starting.askers -= 1;
        if starting.askers > 0 {
            return;
        }
        let ended = book.starting.remove(&self.profile).is_some_and(|starting| starting.problem.is_some());
        drop(book);
        if !ended {
            // Whoever asked hung up: who watches has nothing to wait for any more.
            let _ = self.sessions.parts.events.send(Event::CatalogChanged);
        }
    }
}

impl Drop for Renewing<'_> {
    fn drop(&mut self) {
        let now = self.sessions.parts.clock.now();
        let mut book = self.sessions.book();
        let Some(live) = book.live.get_mut(self.profile).filter(|live| live.state == SessionState::Renewing) else {
            return;
        };
        // Left halfway: the asker hung up, or it panicked. The loop takes it from here.
        let problem = live.problem.take();
        let left = Problem::new(ProblemKind::Cancelled, "renewal-left", "the renewal was given up halfway");
        live.failed(left, now, fastrand::f64());
        live.problem = problem;
        let session = live.view();
        drop(book);
        self.sessions.announce(SessionChange::RenewalDelayed, session);
        self.sessions.bell.notify_one();
    }
}

impl Drop for Delivering<'_> {
    fn drop(&mut self) {
        self.sessions.book().delivering.remove(self.profile);
    }
}

impl Drop for Stopping<'_> {
    fn drop(&mut self) {
        let mut book = self.sessions.book();
        book.stopping.retain(|profile| !self.profiles.contains(profile));
    }
}

fn stopped(profile: &ProfileName) -> Problem {
    Problem::new(ProblemKind::Cancelled, "session-stopped", format!("the session of profile {profile} was stopped"))
}
