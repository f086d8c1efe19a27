//! `daypass identity …`

mod add;
mod iam_user;
pub(super) mod login;
mod pasted;
mod recognised;
pub(super) mod refresh;
mod roles;
mod secret;
mod trial;
mod which;

use daypass_broker::requests::{RemoveIdentity, RenameIdentity, SignOut};
use daypass_core::clock::{Clock as _, SystemClock};
use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::view::IdentityState;

use daypass_deliver::generated::GeneratedProfiles;
use serde_json::json;

pub(super) use secret::read as read_secret;

use super::snapshot::{snapshot, snapshot_without_roles};
use crate::args::IdentityCommand;
use crate::ask::{ask_quietly, surroundings};
use crate::say;

pub(super) fn run(command: IdentityCommand) -> Result<(), Problem> {
    match command {
        IdentityCommand::Add(new) => add::run(*new),
        IdentityCommand::Secret { name, field, remove } => secret::put(name, &field, remove),
        IdentityCommand::Code { name } => iam_user::code(which::of_kind(name, which::is_iam_user)?),
        IdentityCommand::RotateKey { name } => iam_user::rotate_key(which::of_kind(name, which::is_iam_user)?),
        IdentityCommand::Try { name } => trial::run(which::of_kind(name, |_| true)?),
        IdentityCommand::List => list(),
        IdentityCommand::Remove { name, yes } => remove(name, yes),
        IdentityCommand::Rename { name, new_name } => rename(name, new_name),
        IdentityCommand::Login(login) => login::run(login),
        IdentityCommand::Refresh { name } => refresh::run(&which::of_kind(name, |one| one.lists_roles)?),
        IdentityCommand::Logout { name, yes } => logout(which::to_sign_in(name)?, yes),
    }
}

fn list() -> Result<(), Problem> {
    let identities = snapshot_without_roles()?.identities;
    if say::wants_json() {
        return say::json(&json!({ "identities": identities }));
    }
    if identities.is_empty() {
        say::note(NONE_YET);
        return Ok(());
    }
    let mut rows = vec![["IDENTITY", "KIND", "STATE", "WHO", "PROVIDER"].map(str::to_owned).to_vec()];
    let origins: Vec<_> = identities.iter().map(|identity| identity.catalog.clone()).collect();
    for identity in identities {
        let person = identity.person.unwrap_or_else(|| "-".to_owned());
        let kind = identity.settings.kind().to_owned();
        rows.push(vec![identity.name.to_string(), kind, state(identity.state).into(), person, identity.provider]);
    }
    say::with_origins(&mut rows, &origins);
    say::table(&rows);
    Ok(())
}

pub(super) const NONE_YET: &str = "No identities yet. \
    Add one with `daypass identity add oidc NAME --issuer URL --client-id ID`,\n\
    or try Daypass without an AWS account with `daypass sandbox`";

pub(super) fn state(state: IdentityState) -> &'static str {
    match state {
        IdentityState::SignedOut => "signed out",
        IdentityState::SigningIn => "signing in",
        IdentityState::SignedIn => "signed in",
        IdentityState::NeedsSignIn => "sign in again",
    }
}

fn remove(name: IdentityName, yes: bool) -> Result<(), Problem> {
    let all = snapshot()?;
    let roles = all.roles.iter().filter(|role| role.identity == name).count();
    let sessions = all.sessions.iter().filter(|session| session.identity == name).count();
    let (roles, sessions) = (say::count(roles, "role"), say::count(sessions, "session"));
    // One of a catalog can't be removed, so there is nothing to ask.
    let is_shared = all.identities.iter().any(|identity| identity.name == name && identity.catalog.is_some());
    let question = format!("Remove identity {name} with {roles} and {sessions}?");
    if !yes && !is_shared && all.identities.iter().any(|i| i.name == name) && !say::confirm(&question) {
        return Err(Problem::new(
            ProblemKind::Cancelled,
            ProblemCode::NotConfirmed,
            format!("identity {name} wasn't removed"),
        )
        .hint("answer y, or pass --yes"));
    }
    ask_quietly(RemoveIdentity { name: name.clone() })?;
    say::result(&json!({ "identity": name }), || say::line(&format!("Removed identity {name}")))
}

fn rename(name: IdentityName, new_name: IdentityName) -> Result<(), Problem> {
    ask_quietly(RenameIdentity { name: name.clone(), new_name: new_name.clone() })?;
    // An agent may have been started where tools read another file.
    GeneratedProfiles::of(&surroundings()?).rename_identity(&name, &new_name)?;
    say::result(&json!({ "identity": new_name, "before": name }), || {
        say::line(&format!("Renamed identity {name} to {new_name}"));
    })
}

fn logout(name: IdentityName, yes: bool) -> Result<(), Problem> {
    if !yes && say::can_confirm() {
        ask_about_sessions(&name)?;
    }
    let was_signed_in = ask_quietly(SignOut { identity: name.clone() })?;
    say::result(&json!({ "identity": name, "wasSignedIn": was_signed_in }), || {
        say::line(&if was_signed_in {
            format!("Signed out of {name}. Running sessions end when their credentials expire")
        } else {
            format!("You weren't signed in to {name}")
        });
    })
}

/// Without the sign-in, sessions aren't renewed any more. A script knows that.
fn ask_about_sessions(name: &IdentityName) -> Result<(), Problem> {
    let now = SystemClock.now();
    let running = snapshot_without_roles()?.sessions.into_iter().filter(|session| &session.identity == name);
    let running: Vec<String> = running
        .filter_map(|session| Some(format!("{} until {}", session.profile, say::moment(session.expires_here?, now))))
        .collect();
    let question =
        format!("Sign out of {name}? These sessions keep their credentials until they expire: {}.", running.join(", "));
    if running.is_empty() || say::confirm(&question) {
        return Ok(());
    }
    let message = format!("you are still signed in to {name}");
    Err(Problem::new(ProblemKind::Cancelled, ProblemCode::NotConfirmed, message).hint("answer y, or pass --yes"))
}
