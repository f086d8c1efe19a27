//! `daypass identity …`

use std::path::PathBuf;

use daypass_broker::agent::{Answer, Request};
use daypass_broker::browser;
use daypass_broker::event::Event;
use daypass_broker::names::IdentityName;
use daypass_broker::problem::{Problem, ProblemKind};
use daypass_broker::view::{IdentitySettings, IdentityState, OidcSettings};

use super::snapshot;
use crate::args::{AddIdentity, AddOidc, IdentityCommand};
use crate::ask::{ask, ask_quietly, unexpected};
use crate::say;

pub(super) fn run(command: IdentityCommand) -> Result<(), Problem> {
    match command {
        IdentityCommand::Add(AddIdentity::Oidc(oidc)) => add_oidc(oidc),
        IdentityCommand::List { json } => list(json),
        IdentityCommand::Remove { name, yes } => remove(name, yes),
        IdentityCommand::Login { name, print_url, timeout } => login(name, print_url, timeout),
        IdentityCommand::Logout { name } => logout(name),
    }
}

fn add_oidc(oidc: AddOidc) -> Result<(), Problem> {
    let settings = IdentitySettings::Oidc(OidcSettings {
        issuer: oidc.issuer,
        client_id: oidc.client_id,
        scopes: oidc.scopes,
        redirect_port: oidc.redirect_port,
        session_name: oidc.session_name,
        roles_claim: oidc.roles_claim,
        ca_file: oidc.ca_file.map(absolute).transpose()?,
    });
    let name = oidc.name;
    ask_quietly(Request::PutIdentity { name: name.clone(), settings, new: true })?;
    say::line(&format!("Added identity {name}. Sign in: daypass identity login {name}"));
    Ok(())
}

/// The agent has another working folder.
fn absolute(path: PathBuf) -> Result<String, Problem> {
    let path = std::path::absolute(&path)
        .map_err(|e| Problem::new(ProblemKind::Invalid, "bad-ca-file", format!("{}: {e}", path.display())))?;
    path.into_os_string().into_string().map_err(|path| {
        let message = format!("{} is not UTF-8 text, as config.toml needs it", path.display());
        Problem::new(ProblemKind::Invalid, "bad-ca-file", message).hint("rename the file or a folder above it")
    })
}

fn list(json: bool) -> Result<(), Problem> {
    let identities = snapshot()?.identities;
    if json {
        return say::json(&identities);
    }
    if identities.is_empty() {
        say::note(NONE_YET);
        return Ok(());
    }
    let mut rows = vec![["IDENTITY", "KIND", "STATE", "WHO", "PROVIDER"].map(str::to_owned).to_vec()];
    for identity in identities {
        let IdentitySettings::Oidc(oidc) = identity.settings;
        let person = identity.person.unwrap_or_else(|| "-".to_owned());
        rows.push(vec![identity.name.to_string(), "oidc".into(), state(identity.state).into(), person, oidc.issuer]);
    }
    say::table(&rows);
    Ok(())
}

pub(super) const NONE_YET: &str = "No identity yet. Add one: daypass identity add oidc NAME --issuer URL --client-id ID\n\
    Or try it out first, without an account: daypass sandbox";

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
    let question = format!("Remove identity {name}, which has {roles} and {sessions}?");
    if !yes && all.identities.iter().any(|i| i.name == name) && !say::confirm(&question) {
        return Err(Problem::new(ProblemKind::Cancelled, "not-confirmed", format!("identity {name} was not removed"))
            .hint("answer y, or give --yes"));
    }
    ask_quietly(Request::RemoveIdentity { name: name.clone() })?;
    say::line(&format!("Removed identity {name}"));
    Ok(())
}

fn login(name: IdentityName, print_url: bool, timeout: u32) -> Result<(), Problem> {
    let request = Request::SignIn { identity: name.clone(), timeout_seconds: timeout };
    let answer = ask(request, |event| {
        let Event::SignInBegan { url, .. } = event else { return };
        if print_url {
            say::line(&url);
            return;
        }
        match browser::open(&url) {
            Ok(()) => say::note(&format!("Continue in your browser. If it did not open, open this address:\n  {url}")),
            Err(problem) => say::note(&format!("{problem}. Open this address yourself:\n  {url}")),
        }
    })?;
    match answer {
        Answer::Person(person) => say::line(&format!("Signed in to {name} as {person}")),
        other => return Err(unexpected(&other)),
    }
    Ok(())
}

fn logout(name: IdentityName) -> Result<(), Problem> {
    match ask_quietly(Request::SignOut { identity: name.clone() })? {
        Answer::Count(0) => say::line(&format!("Nobody was signed in to {name}")),
        _ => say::line(&format!("Signed out of {name}. Sessions that run end when their credentials expire")),
    }
    Ok(())
}
