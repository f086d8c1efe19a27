//! The one way to get new credentials.

use super::ends::lease_over;
use super::live::{LiveSession, SeenAttempt};
use super::plan;
use super::sessions::{Sessions, unknown_session};
use super::slot::Undelivered;
use super::stored_session::StoredSession;
use aws_files::Foreign;
use chrono::{DateTime, SubsecRound as _, Utc};
use daypass_core::credentials::Credentials;
use daypass_core::event::{Event, SessionChange};
use daypass_core::names::ProfileName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::session_request::SessionRequest;
use daypass_core::view::{SessionState, SessionView};

/// What new credentials are for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    /// A session that the person asked for. If it fails, what ran before under the profile still runs.
    Start,
    /// The session that runs. If it fails, the credentials in hand are used until they expire.
    Renewal,
}

impl Purpose {
    /// What happened once the credentials are delivered.
    fn achieved(self) -> SessionChange {
        match self {
            Self::Start => SessionChange::Started,
            Self::Renewal => SessionChange::Renewed,
        }
    }
}

impl Sessions {
    /// New credentials, one exchange at a time for a profile, across tasks and processes. The turn includes the
    /// handling of a failure, which must not be held against a later session of the same profile.
    pub(super) async fn obtain(
        &self,
        request: &SessionRequest,
        foreign: Foreign,
        seen: &SeenAttempt,
        purpose: Purpose,
    ) -> Result<SessionView, Problem> {
        let turn = self.dependencies.turns.take(&StoredSession::entry(&request.profile)).await.map_err(Problem::from);
        let result = match &turn {
            Ok(_) => self.obtain_in_turn(request, foreign, seen, purpose).await,
            Err(problem) => Err(Missed::Now(problem.clone())),
        };
        result.map_err(|missed| match missed {
            Missed::Already(problem) => problem,
            Missed::Now(problem) => {
                match purpose {
                    Purpose::Start => self.start_failed(request, &problem),
                    Purpose::Renewal => self.renewal_failed(&request.profile, problem.clone()),
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
        purpose: Purpose,
    ) -> Result<SessionView, Missed> {
        self.compare_with_vault()?;
        let profile = &request.profile;
        let running = self.table().live(profile).map(|live| (live.stored.clone(), live.view()));
        let (before, view_before) = running.unzip();
        let request = match (purpose, &before) {
            (Purpose::Start, _) => request.clone(),
            // Another role may have taken the profile over while this task waited.
            (Purpose::Renewal, Some(before)) => before.request.at(self.clock().now()),
            (Purpose::Renewal, None) => return Err(Missed::Already(unknown_session(profile))),
        };
        if request.is_over_lease(self.clock().now()) {
            return Err(Missed::Already(lease_over(profile)));
        }
        if let Some(outcome) = self.decided_since(&request, seen, purpose) {
            return outcome.map(|view| self.labelled(view)).map_err(Missed::Already);
        }
        let Undelivered { session, request_id } = match self.undelivered(&request) {
            Some(waiting) => waiting,
            None => self.exchange(&request, before.as_ref(), purpose).await?,
        };
        let session = self.placed(session);
        let backup = match self.blocking(|s| s.keep_and_deliver(&session, foreign, before.as_ref(), purpose)) {
            Ok(backup) => backup,
            Err(problem) => {
                match purpose {
                    Purpose::Start => {}
                    Purpose::Renewal => {
                        self.table().slot(profile).keep_undelivered(Undelivered { session, request_id });
                    }
                }
                return Err(problem.into());
            }
        };
        let session = self.with_backup(session, backup);
        let replaced = view_before.filter(|old| old.role != request.role || old.identity != request.identity);
        let took_over = replaced.as_ref().map(|old| old.role_id.clone());
        let live = LiveSession::fresh(session, fastrand::f64());
        let view = SessionView { replaced: took_over, ..live.view() };
        {
            let mut table = self.table();
            table.changes += 1;
            table.asked.remove(&request.identity);
            table.slot(profile).deliver(live);
        }
        if let Some(old) = replaced {
            self.announce(SessionChange::Stopped, SessionView { state: SessionState::Stopped, renews_at: None, ..old });
        }
        if let Some(before) = before.filter(|before| before.request.elevation.is_some())
            && request.elevation.is_none()
        {
            self.record_end(&before);
        }
        let change = purpose.achieved();
        let view = self.labelled(view);
        self.record(change, &view, request_id.as_deref());
        self.send(Event::SessionChanged { change, session: view.clone() });
        Ok(view)
    }

    async fn exchange(
        &self,
        request: &SessionRequest,
        before: Option<&StoredSession>,
        purpose: Purpose,
    ) -> Result<Undelivered, Problem> {
        let issued = tokio::select! {
            issued = self.dependencies.source.issue(request) => issued?,
            () = self.told_to_stop(&request.profile) => return Err(stopped(&request.profile)),
        };
        let renewals = match (purpose, before) {
            (Purpose::Renewal, Some(before)) => before.renewals.saturating_add(1),
            (Purpose::Renewal, None) | (Purpose::Start, _) => 0,
        };
        let request_id = issued.request_id.clone();
        let credentials = Credentials::of(issued);
        let now = self.clock().now();
        if credentials.expires_here() < now + plan::SHORTEST_LIFE {
            return Err(over_already(&request.profile, &credentials, now).request_id(request_id));
        }
        // A start writes where the caller's tools look, a renewal where the session is.
        let file = match (purpose, before) {
            (Purpose::Renewal, Some(before)) => before.file.clone(),
            (Purpose::Renewal, None) | (Purpose::Start, _) => None,
        };
        let (credentials, backup) = (Some(credentials), before.and_then(|before| before.backup.clone()));
        let earlier_keys = before.map(StoredSession::keys_so_far).unwrap_or_default();
        // Programs that know it by a former name keep it, unless another role runs now.
        let is_same = |before: &&StoredSession| {
            before.request.role == request.role && before.request.identity == request.identity
        };
        let formerly = before.filter(is_same).map(|before| before.formerly.clone()).unwrap_or_default();
        let request = request.clone();
        let session = StoredSession { request, credentials, renewals, backup, file, earlier_keys, formerly };
        Ok(Undelivered { session, request_id })
    }

    /// What another task got or was told while this one waited for its turn.
    fn decided_since(
        &self,
        request: &SessionRequest,
        seen: &SeenAttempt,
        purpose: Purpose,
    ) -> Option<Result<SessionView, Problem>> {
        let now = self.clock().now();
        let table = self.table();
        let slot = table.get(&request.profile)?;
        match purpose {
            Purpose::Start => slot.start_decided_since(request, seen, now),
            Purpose::Renewal => slot.renewal_decided_since(request, seen, now),
        }
    }

    fn undelivered(&self, request: &SessionRequest) -> Option<Undelivered> {
        let now = self.clock().now();
        self.table().get(&request.profile)?.undelivered(request, now).cloned()
    }

    /// Announces a start that failed, or that the person stopped. What ran before under the profile still runs.
    fn start_failed(&self, request: &SessionRequest, problem: &Problem) {
        let wanted = StoredSession::without_credentials(request);
        let (change, session) = match problem.kind {
            ProblemKind::Cancelled => (SessionChange::Stopped, wanted.view(SessionState::Stopped)),
            _ => {
                let failed = wanted.view(SessionState::Failed);
                (SessionChange::Failed, SessionView { problem: Some(problem.clone()), ..failed })
            }
        };
        let another_runs = {
            let mut table = self.table();
            table.slot(&request.profile).start_failed(problem);
            table.live(&request.profile).is_some()
        };
        self.announce(change, session);
        if another_runs {
            // The failure was about the role that was wanted. A snapshot shows the one that runs.
            self.send(Event::CatalogChanged);
        }
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

/// Credentials that no tool could use. Delivering them would be followed by the next exchange at once.
fn over_already(profile: &ProfileName, credentials: &Credentials, now: DateTime<Utc>) -> Problem {
    let (end, now) = (credentials.expires_here(), now.trunc_subsecs(0));
    let message = format!(
        "the credentials that AWS gave for profile {profile} end at {end}, and this machine's clock says {now}"
    );
    Problem::new(ProblemKind::Passing, ProblemCode::CredentialsOver, message)
        .hint("check this machine's clock, and that the STS endpoint is AWS's. Daypass keeps trying")
}

fn stopped(profile: &ProfileName) -> Problem {
    Problem::new(
        ProblemKind::Cancelled,
        ProblemCode::SessionStopped,
        format!("the session of profile {profile} was stopped"),
    )
}
