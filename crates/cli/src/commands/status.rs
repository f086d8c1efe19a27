//! `daypass status`, for a person and for scripts.

use daypass_core::clock::{Clock, SystemClock};
use daypass_core::history::LastUse;
use daypass_core::names::ProfileName;
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_core::view::{SessionState, SessionView, Snapshot};
use serde::Serialize;
use serde_json::json;

use super::facts::{Facts, template};
use super::last_uses::last_uses;
use super::question::named_or_only_session;
use super::session;
use super::snapshot::{snapshot, snapshot_without_roles};
use crate::args::Status;
use crate::say;

pub(super) fn status(status: Status) -> Result<(), Problem> {
    match status {
        Status { profile, remaining: true, .. } => tell_remaining(&named_or_only_session(profile)?),
        Status { profile, format: Some(format), .. } => tell(profile.as_ref(), &format),
        Status { profile: Some(profile), .. } => show_one(&profile),
        Status { .. } if say::wants_json() => say::json(&WithUses::of(snapshot()?)),
        Status { .. } => session::show_all(&snapshot_without_roles()?),
    }
}

/// What `--json` has: everything, and which program used each session last.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WithUses {
    #[serde(flatten)]
    snapshot: Snapshot,
    last_uses: Vec<LastUse>,
}

impl WithUses {
    fn of(snapshot: Snapshot) -> Self {
        Self { snapshot, last_uses: last_uses() }
    }
}

/// A line for each session.
fn tell(profile: Option<&ProfileName>, format: &str) -> Result<(), Problem> {
    let template = template(format)?;
    let sessions = snapshot_without_roles()?.sessions;
    let now = SystemClock.now();
    let told: Vec<&SessionView> = match profile {
        Some(profile) => vec![find(&sessions, profile)?],
        None => sessions.iter().collect(),
    };
    let lines =
        told.into_iter().map(|session| Facts::of(session).fill(&template, now)).collect::<Result<Vec<_>, _>>()?;
    say::result(&json!({ "lines": lines }), || lines.iter().for_each(|line| say::line(line)))
}

/// The whole seconds that are left. A session without any is a failure, which says what to do.
fn tell_remaining(profile: &ProfileName) -> Result<(), Problem> {
    let sessions = snapshot_without_roles()?.sessions;
    let session = find(&sessions, profile)?;
    let left = session.expires_here.map_or(0, |at| (at - SystemClock.now()).num_seconds().max(0));
    say::result(&json!({ "profile": profile, "remaining": left }), || say::line(&left.to_string()))?;
    if left == 0 { Err(over(session)) } else { Ok(()) }
}

fn over(session: &SessionView) -> Problem {
    let SessionView { profile, identity, .. } = session;
    let message = format!("the credentials of profile {profile} have expired");
    match (&session.problem, session.state) {
        (Some(problem), _) => problem.clone(),
        (None, SessionState::NeedsSignIn) => {
            Problem::new(ProblemKind::NeedsSignIn, ProblemCode::SessionExpired, message)
                .next(NextStep::SignIn { identity: identity.clone() })
        }
        (None, _) => Problem::new(ProblemKind::Passing, ProblemCode::SessionExpired, message)
            .hint(format!("renew it: daypass renew {}", say::shell_word(profile.as_str()))),
    }
}

fn show_one(profile: &ProfileName) -> Result<(), Problem> {
    let all = snapshot_without_roles()?;
    let session = find(&all.sessions, profile)?.clone();
    let identities = all.identities.into_iter().filter(|identity| identity.name == session.identity).collect();
    let one = Snapshot { identities, sessions: vec![session], ..all };
    if say::wants_json() { say::json(&WithUses::of(one)) } else { session::show_all(&one) }
}

fn find<'s>(sessions: &'s [SessionView], profile: &ProfileName) -> Result<&'s SessionView, Problem> {
    sessions.iter().find(|session| &session.profile == profile).ok_or_else(|| {
        let message = format!("no session is running for profile {profile}");
        Problem::new(ProblemKind::NotFound, ProblemCode::UnknownSession, message).next(NextStep::ListSessions)
    })
}
