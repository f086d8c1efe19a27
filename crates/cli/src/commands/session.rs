//! Sessions: start, renew, stop, and what is made of their credentials.

use daypass_broker::agent::{Answer, Request};
use daypass_core::clock::{Clock, SystemClock};
use daypass_core::names::{IdentityName, ProfileName};
use daypass_core::problem::Problem;
use daypass_core::view::{SessionState, SessionView, Snapshot};
use daypass_deliver::env::Shell;
use daypass_identity::browser;

use super::{identity, snapshot};
use crate::args::{Console, ShellName, Start};
use crate::ask::{agent_runs, ask_quietly, run, unexpected};
use crate::say;

pub(super) fn start(start: Start) -> Result<(), Problem> {
    let Start { role, profile, replace, read_only, json } = start;
    let session = session_of(ask_quietly(Request::Start { role, profile, replace, read_only })?)?;
    if json {
        return say::json(&session);
    }
    say::line(&format!("Started {} as profile {}{}", role_words(&session), session.profile, until(&session)));
    say_who_answered(&session);
    say::line(&format!("Use it: aws --profile {0} ..., or export AWS_PROFILE={0}", quoted(&session.profile)));
    if let Some(backup) = &session.backup {
        say::note(&format!("The credentials file as it was is kept in {backup}"));
    }
    if !agent_runs() {
        say::note(NOBODY_RENEWS);
    }
    Ok(())
}

const NOBODY_RENEWS: &str = "No agent is running, so nobody renews the profile before it ends. \
    Keep it fresh: start the desktop app, or `daypass agent`";

pub(super) fn renew(profile: ProfileName) -> Result<(), Problem> {
    let session = session_of(ask_quietly(Request::Renew { profile })?)?;
    say::line(&format!("Renewed profile {}{}", session.profile, until(&session)));
    say_who_answered(&session);
    Ok(())
}

pub(super) fn stop(profile: Option<ProfileName>) -> Result<(), Problem> {
    match ask_quietly(Request::Stop { profile: profile.clone() })? {
        Answer::Count(count) => match profile {
            Some(profile) => say::line(&format!("Stopped profile {profile}")),
            None if count == 0 => say::line("No session was running"),
            None => say::line(&format!("Stopped {}", say::count(count, "session"))),
        },
        other => return Err(unexpected(&other)),
    }
    Ok(())
}

pub(super) fn status(json: bool) -> Result<(), Problem> {
    let all = snapshot()?;
    if json {
        return say::json(&all);
    }
    if all.sandbox {
        say::line("In the sandbox: nothing here is real\n");
    }
    if all.identities.is_empty() {
        say::note(identity::NONE_YET);
        return Ok(());
    }
    let mut rows = vec![["IDENTITY", "STATE", "WHO"].map(str::to_owned).to_vec()];
    for one in &all.identities {
        let person = one.person.clone().unwrap_or_else(|| "-".to_owned());
        rows.push(vec![one.name.to_string(), identity::state(one.state).into(), person]);
    }
    say::table(&rows);
    say::line("");
    if all.sessions.is_empty() {
        say::line("No session is running. Start one: daypass start ROLE (`daypass role list` shows the roles)");
        return Ok(());
    }
    let agent = agent_runs();
    let mut rows = vec![["PROFILE", "ROLE", "STATE", "TIME LEFT", "RENEWS AT"].map(str::to_owned).to_vec()];
    for session in &all.sessions {
        let left = session.expires_at.map_or_else(|| "-".to_owned(), |at| say::span(at - SystemClock.now()));
        let renews = match signer_wanted(&all, session) {
            Some(_) => "after sign-in".to_owned(),
            None => session.renews_at.filter(|_| agent).map_or_else(|| "-".to_owned(), say::clock),
        };
        rows.push(vec![session.profile.to_string(), role_words(session), state(session.state).into(), left, renews]);
    }
    say::table(&rows);
    all.sessions.iter().for_each(say_who_answered);
    for session in &all.sessions {
        say_what_is_wrong(&all, session);
    }
    if !agent {
        say::note(
            "\nNo agent is running: what is in the credentials file is not renewed. \
            Start the desktop app, or `daypass agent`",
        );
    }
    Ok(())
}

fn say_what_is_wrong(all: &Snapshot, session: &SessionView) {
    let profile = &session.profile;
    if let Some(problem) = &session.problem {
        let hint = problem.hint.as_ref().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
        say::note(&format!("\n{profile}: {}{hint}", problem.message));
    } else if let Some(identity) = signer_wanted(all, session) {
        let ends = session.expires_at.map(|at| format!(" at {}", say::clock(at))).unwrap_or_default();
        say::note(&format!(
            "\n{profile}: it ends{ends} unless somebody signs in with identity {identity} again before\n  \
             hint: `daypass identity login {identity}`"
        ));
    }
}

/// The identity that somebody has to sign in with before a session that works now can be renewed. Nobody tries that
/// before it is due, and without an agent nobody does until somebody asks: so the session itself knows nothing of it.
fn signer_wanted<'a>(all: &'a Snapshot, session: &SessionView) -> Option<&'a IdentityName> {
    let due = session.renews_at.or(session.expires_at).filter(|_| session.state == SessionState::Active)?;
    let identity = all.identities.iter().find(|identity| identity.name == session.identity)?;
    let signer = identity.signed_in_by.as_ref().unwrap_or(&identity.name);
    (!identity.renews_at(due)).then_some(signer)
}

fn state(state: SessionState) -> &'static str {
    match state {
        SessionState::Starting => "starting",
        SessionState::Active => "active",
        SessionState::Renewing => "renewing",
        SessionState::NeedsSignIn => "sign in again",
        SessionState::Failed => "failed",
        SessionState::Expired => "expired",
        SessionState::Stopped => "stopped",
    }
}

pub(super) fn credential_process(profile: ProfileName) -> Result<(), Problem> {
    match ask_quietly(Request::Credentials { profile })? {
        Answer::Credentials(credentials) => say::json(&credentials),
        other => Err(unexpected(&other)),
    }
}

pub(super) fn env(profile: ProfileName, shell: ShellName) -> Result<(), Problem> {
    let shell = match shell {
        ShellName::Sh => Shell::Sh,
        ShellName::Fish => Shell::Fish,
        ShellName::Powershell => Shell::PowerShell,
        ShellName::Json => Shell::Json,
    };
    match ask_quietly(Request::Env { profile, shell })? {
        Answer::Secret(text) => say::line(text.trim_end()),
        other => return Err(unexpected(&other)),
    }
    Ok(())
}

pub(super) fn console(console: Console) -> Result<(), Problem> {
    let Console { role, print, service, region } = console;
    let url = match ask_quietly(Request::Console { role: role.clone(), service, region })? {
        Answer::Secret(url) => url,
        other => return Err(unexpected(&other)),
    };
    if print {
        say::line(&url);
        return Ok(());
    }
    run(browser::open_secret(&url))??;
    say::line(&format!("The console of {role} is open in your browser"));
    Ok(())
}

fn session_of(answer: Answer) -> Result<SessionView, Problem> {
    match answer {
        Answer::Session(session) => Ok(*session),
        other => Err(unexpected(&other)),
    }
}

/// The role, whether it may only read, and the roles that it is assumed by, the nearest one first.
fn role_words(session: &SessionView) -> String {
    let narrowed = if session.terms.read_only { " (read-only)" } else { "" };
    format!("{}{narrowed}{}", say::target(&session.role), say::chain(&session.via))
}

/// That another region's STS had to be asked is news: the person's own is away, or switched off.
fn say_who_answered(session: &SessionView) {
    if let Some(region) = &session.sts_region {
        say::note(&format!("{}: the STS of {region} answered in place of its own region's", session.profile));
    }
}

/// The profile as a word of a shell.
fn quoted(profile: &ProfileName) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./@%+:".contains(c);
    let name = profile.as_str();
    if name.chars().all(plain) { name.to_owned() } else { format!("'{}'", name.replace('\'', "'\\''")) }
}

fn until(session: &SessionView) -> String {
    session.expires_at.map_or_else(String::new, |at| {
        format!(", valid for {} (until {})", say::span(at - SystemClock.now()), say::clock(at))
    })
}
