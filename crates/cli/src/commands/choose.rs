//! Finds the role that a command is about: by its name, or by letting the person choose from a list in their terminal.

use std::collections::HashMap;

use daypass_core::clock::{Clock, SystemClock};
use daypass_core::names::ProfileName;
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_core::view::{IdentityState, RoleView, SessionState, SessionView, SignInWay, Snapshot};
use daypass_search::natural;

use super::identity::login;
use super::snapshot::snapshot;
use crate::args::{Login, SignInArgs};
use crate::picker::{self, Item};
use crate::say;

/// The role that is named, or else chosen. `command` is what could have been typed, with `ROLE` in it.
pub(super) fn named_or_chosen(role: Option<String>, command: &str, sign_in: &SignInArgs) -> Result<String, Problem> {
    match role {
        Some(role) => Ok(role),
        None if can_choose() => choose("", sign_in),
        None => Err(not_named(command)),
    }
}

/// Whether the person can be shown a list. With --json, a program asks.
fn can_choose() -> bool {
    !say::wants_json() && picker::is_possible()
}

/// What `ask` gets for a role. If its name means several, and there's a terminal, the person chooses which.
pub(super) fn or_chosen<T>(
    role: &str,
    sign_in: &SignInArgs,
    ask: impl Fn(&str) -> Result<T, Problem>,
) -> Result<T, Problem> {
    or_chosen_by(role, &role.replace([':', '/'], " "), sign_in, ask)
}

/// The same, with what the list's query begins with.
pub(super) fn or_chosen_by<T>(
    role: &str,
    query: &str,
    sign_in: &SignInArgs,
    ask: impl Fn(&str) -> Result<T, Problem>,
) -> Result<T, Problem> {
    match ask(role) {
        Err(problem) if problem.code == ProblemCode::AmbiguousRole && can_choose() => ask(&choose(query, sign_in)?),
        result => result,
    }
}

/// The role that the person chooses, by a name that means no other. `query`: what they typed of it before.
fn choose(query: &str, sign_in: &SignInArgs) -> Result<String, Problem> {
    let mut all = snapshot()?;
    if all.roles.is_empty()
        && !sign_in.no_sign_in
        && let Some(identity) = only_signed_out(&all)
    {
        say::note(&format!("Sign in to {identity} first"));
        login::sign_in(&identity, Login::to(identity.clone()))?;
        all = snapshot()?;
    }
    if all.roles.is_empty() {
        return Err(no_roles());
    }
    let roles = in_order(&all.roles);
    let sessions = by_role(&all.sessions);
    // As every list of Daypass ranks: favourites, running roles, and those that are used often.
    let boosts: HashMap<&str, u8> = all.first_roles.iter().map(String::as_str).zip((0..=u8::MAX).rev()).collect();
    let items: Vec<Item> = roles.iter().map(|role| item(role, &sessions, &boosts)).collect();
    let role = roles[picker::pick("Choose a role", query, &items)?];
    Ok(word(role, sessions.get(role.id.as_str()).copied(), &all.roles))
}

/// What starts the role as it was started before: its session's profile, or else the only one that it had.
fn word(role: &RoleView, session: Option<&SessionView>, all: &[RoleView]) -> String {
    let is_anothers = |profile: &ProfileName| all.iter().any(|other| other.profile == *profile && other.id != role.id);
    match (session, role.started_as.as_slice()) {
        (Some(session), _) => session.profile.to_string(),
        (None, [profile]) if !is_anothers(profile) => profile.to_string(),
        (None, _) => role.id.clone(),
    }
}

/// As the window lists them: by account, then by role.
fn in_order(roles: &[RoleView]) -> Vec<&RoleView> {
    let mut roles: Vec<&RoleView> = roles.iter().collect();
    roles.sort_by_cached_key(|role| (natural(label(role)), natural(&role.name), role.identity.clone()));
    roles
}

fn label(role: &RoleView) -> &str {
    role.account_name.as_deref().unwrap_or(role.account.as_str())
}

/// The session of each role that a person would mean: one that works before one that doesn't.
fn by_role(sessions: &[SessionView]) -> HashMap<&str, &SessionView> {
    let mut found: HashMap<&str, &SessionView> = HashMap::new();
    for session in sessions {
        let kept = found.entry(&session.role_id).or_insert(session);
        if works(session) && !works(kept) {
            *kept = session;
        }
    }
    found
}

fn works(session: &SessionView) -> bool {
    matches!(session.state, SessionState::Active | SessionState::Renewing)
}

fn item(role: &RoleView, sessions: &HashMap<&str, &SessionView>, boosts: &HashMap<&str, u8>) -> Item {
    let session = sessions.get(role.id.as_str()).copied();
    let profile = session.map_or(&role.profile, |session| &session.profile).to_string();
    let account = role.account.to_string();
    let identity = role.identity.to_string();
    let name = role.account_name.clone().unwrap_or_default();
    let alias = role.account_alias.clone().map(String::from).unwrap_or_default();
    // The account's ID is in the first column already if it has no name.
    let shown_account = role.account_name.as_ref().map_or_else(String::new, |_| account.clone());
    Item {
        cells: vec![
            format!("{}/{}", label(role), role.name),
            session.map(standing).unwrap_or_default(),
            profile.clone(),
            identity.clone(),
            shown_account,
        ],
        fields: vec![role.name.clone(), name, alias, profile, account, identity],
        boost: boosts.get(role.id.as_str()).copied().unwrap_or(0),
    }
}

/// `active, 42 min`
fn standing(session: &SessionView) -> String {
    let left = session.expires_here.filter(|_| works(session)).map(|at| say::span(at - SystemClock.now()));
    let state = say::state(session.state);
    left.map_or_else(|| state.to_owned(), |left| format!("{state}, {left}"))
}

/// The identity whose sign-in may list roles, if there is only one.
fn only_signed_out(all: &Snapshot) -> Option<daypass_core::names::IdentityName> {
    let mut signed_out = all.identities.iter().filter(|identity| match identity.state {
        IdentityState::SignedOut | IdentityState::NeedsSignIn => identity.way != SignInWay::None,
        IdentityState::SigningIn | IdentityState::SignedIn => false,
    });
    let first = signed_out.next()?;
    signed_out.next().is_none().then(|| first.name.clone())
}

fn no_roles() -> Problem {
    Problem::new(ProblemKind::NotFound, ProblemCode::UnknownRole, "you don't have any roles to choose from yet")
        .hint("sign in to an identity whose provider lists them, or add one: daypass role add ARN --identity NAME")
        .next(NextStep::ListIdentities)
}

/// Where a list can't be shown.
fn not_named(command: &str) -> Problem {
    Problem::new(ProblemKind::Invalid, ProblemCode::BadUsage, "no role is named")
        .hint(format!("name one: {command}. `daypass role list` lists them. Choosing from a list needs a terminal"))
}

/// The profile of a session for `daypass env`, where several run or none does: of the role that the person chooses.
pub(super) fn or_chosen_session(
    profile: Result<ProfileName, Problem>,
    session_of: impl FnOnce(String) -> Result<SessionView, Problem>,
    sign_in: &SignInArgs,
) -> Result<ProfileName, Problem> {
    match profile {
        Err(Problem { code: ProblemCode::WhichSession | ProblemCode::UnknownSession, .. }) if can_choose() => {
            Ok(session_of(choose("", sign_in)?)?.profile)
        }
        profile => profile,
    }
}
