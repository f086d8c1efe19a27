//! Commands for sessions: start, renew, stop, status, and those that print or use a session's credentials.

use daypass_broker::credentials_file::{WhatIsWritten, Written, concerns, line_with_keys};
use daypass_broker::environment::shadowing_variables;
use daypass_broker::region::lacks_region;
use daypass_broker::requests::{
    GetKeys, GetSnapshot, RenewSession, SessionKeys, StartSession, StopAndGiveBack, StopSessions, UseRole,
};
use daypass_core::clock::{Clock, SystemClock};
use daypass_core::names::{IdentityName, Partition, ProfileName};
use daypass_core::problem::Problem;
use daypass_core::session_request::Delivery;
use daypass_core::surroundings::Places;
use daypass_core::view::{IdentityState, IdentityView, RoleView, SessionState, SessionView, SignInWay, Snapshot};
use daypass_deliver::env::{Shell, Variables, statements};
use daypass_deliver::generated::GeneratedProfiles;
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::choose::{named_or_chosen, or_chosen, or_chosen_session};
use super::here::{advise_lease, is_file_hidden, refuse_hidden_file, variable};
use super::identity;
use super::last_uses;
use super::meant::tell_of_session;
use super::profiles;
use super::question::named_or_only_session;
use super::sign_in_first::sign_in_first;
use crate::args::{ShellName, SignInArgs, Start};
use crate::ask::{agent_runs, agents_other_file, ask_quietly, surroundings};
use crate::say;

pub(super) fn start(start: Start) -> Result<(), Problem> {
    let Start { role, profiles, default, region, replace, read_only, sign_in } = start;
    refuse_hidden_file()?;
    advise_lease();
    let mut also = profiles;
    let profile = (!also.is_empty()).then(|| also.remove(0));
    let (role, profile) = named(role, profile, &sign_in)?;
    also.extend(default.then(default_profile));
    let session = or_chosen(&role, &sign_in, |role| {
        sign_in_first(sign_in, |person| {
            let (role, profile, also, region) = (role.to_owned(), profile.clone(), also.clone(), region.clone());
            StartSession { role, profile, also, region, replace, read_only, person }
        })
    })?;
    tell_of_session(&role, &session);
    if say::wants_json() {
        say::json(&session)?;
        profiles::follow_session(None, &session)?;
        return warn_of_files(&session);
    }
    let SessionView { profile, identity, .. } = &session;
    let (roles, until) = (role_words(&session), until(&session));
    say::line(&format!("Started {roles} with {identity} as profile {}{until}", profile_words(&session)));
    if let Some(old) = &session.replaced {
        say::note(&format!("Profile {profile} was {old}. Stopped that session"));
    }
    note_other_region(&session);
    note_clock(std::slice::from_ref(&session));
    note_no_region(&session)?;
    say::line(&format!(
        "Use it: aws --profile {0} ..., or export AWS_PROFILE={0}",
        say::shell_word(session.profile.as_str())
    ));
    if let Some(backup) = &session.backup {
        say::note(&format!("The previous credentials file is saved as {backup}"));
    }
    profiles::follow_session(None, &session)?;
    warn_of_files(&session)?;
    shadowing_variables(|name| std::env::var_os(name)).iter().for_each(say::warning);
    if !agent_runs() {
        say::note(NOT_RENEWED);
    }
    Ok(())
}

/// The profile that tools use by default.
fn default_profile() -> ProfileName {
    // "default" is also the example of a profile's name.
    ProfileName::example()
}

/// All profiles of a session.
pub(super) fn profile_words(session: &SessionView) -> String {
    let names: Vec<&str> = session.profiles().map(ProfileName::as_str).collect();
    names.join(", ")
}

/// The role to start. A profile alone names one too.
fn named(
    role: Option<String>,
    profile: Option<ProfileName>,
    sign_in: &SignInArgs,
) -> Result<(String, Option<ProfileName>), Problem> {
    match (role, profile) {
        (None, Some(profile)) => Ok((profile.to_string(), Some(profile))),
        (role, profile) => Ok((named_or_chosen(role, "daypass start ROLE", sign_in)?, profile)),
    }
}

/// Tells the person if tools don't learn from this profile where to work.
pub(super) fn note_no_region(session: &SessionView) -> Result<(), Problem> {
    if lacks_region(session, &surroundings()?.places, |name| std::env::var_os(name)) {
        let (profile, identity) = (say::shell_word(session.profile.as_str()), &session.identity);
        let partition = session.role.partition();
        let (why, region) = match partition == Partition::standard() {
            true => (String::new(), "REGION".to_owned()),
            false => (
                format!(" Its role is in partition {partition}, where other partitions' regions don't work."),
                partition.default_region().to_string(),
            ),
        };
        say::note(&format!(
            "Profile {profile} doesn't have a region, so AWS tools ask for one.{why} Start it with one:\n  \
             daypass start {profile} --region {region}\n\
             or set default_region of identity {identity}, for all its roles, or AWS_REGION"
        ));
    }
    Ok(())
}

/// Says what keeps this shell's tools from the profile.
pub(super) fn warn_of_files(session: &SessionView) -> Result<(), Problem> {
    let places = surroundings()?.places;
    warn_of_other_file(&places);
    let profiles = session.profiles();
    let what = match session.delivery {
        Delivery::CredentialsFile => WhatIsWritten::Keys(&session.role_id),
        Delivery::Process => WhatIsWritten::Process,
    };
    let written = profiles.map(|profile| Written { profile, what });
    concerns(&places, written).iter().for_each(say::warning);
    Ok(())
}

fn warn_of_other_file(places: &Places) {
    if let Some(file) = agents_other_file().filter(|_| !is_file_hidden()) {
        let (theirs, ours) = (file.display(), places.credentials_file.display());
        say::note(&format!(
            "\nwarning: the agent writes profiles to {theirs}, and tools in this shell read {ours}\n  \
             hint: set AWS_SHARED_CREDENTIALS_FILE={theirs} here, or start the agent again where it is {ours}"
        ));
    }
}

pub(super) const NOT_RENEWED: &str = "No agent is running, so Daypass won't renew this profile before it expires. \
    To keep it fresh, start the desktop app or run `daypass agent`";

pub(super) fn renew(profile: ProfileName, sign_in: SignInArgs) -> Result<(), Problem> {
    let session = sign_in_first(sign_in, |person| RenewSession { profile: profile.clone(), person })?;
    if say::wants_json() {
        return say::json(&session);
    }
    let SessionView { profile, identity, .. } = &session;
    say::line(&format!("Renewed profile {profile} ({} with {identity}){}", role_words(&session), until(&session)));
    note_other_region(&session);
    note_clock(std::slice::from_ref(&session));
    Ok(())
}

pub(super) fn stop(profile: Option<ProfileName>, give_back: bool) -> Result<(), Problem> {
    let mut count = stop_what_replaced(profile.as_ref(), give_back)?;
    if say::wants_json() {
        // The one that was named may be stopped already.
        if profile.is_none() || count == 0 {
            count += ask_quietly(StopSessions { profile })?;
        }
        return say::json(&json!({ "stopped": count }));
    }
    match profile {
        Some(_) if count > 0 => {}
        Some(profile) => {
            ask_quietly(StopSessions { profile: Some(profile.clone()) })?;
            say::line(&format!("Stopped profile {profile}"));
            note_left(&profile)?;
        }
        None => {
            count += ask_quietly(StopSessions { profile: None })?;
            say::line(&match count {
                0 => "No sessions were running".to_owned(),
                _ => format!("Stopped {}", say::count(count, "session")),
            });
        }
    }
    Ok(())
}

/// Tells the person if tools still find keys, or a way to ask, under the name of a stopped profile.
fn note_left(profile: &ProfileName) -> Result<(), Problem> {
    let surroundings = surroundings()?;
    let generated = GeneratedProfiles::of(&surroundings);
    if generated.found()?.iter().any(|found| found.name == *profile) {
        let (file, word) = (generated.path().display(), say::shell_word(profile.as_str()));
        say::note(&format!(
            "Profile {profile} stays in {file}. A tool that uses it starts the session again. To remove it, run \
             `daypass profiles remove {word}`"
        ));
    }
    let places = surroundings.places;
    if let Some(line) = line_with_keys(&places, profile) {
        let file = places.credentials_file.display();
        say::note(&format!(
            "{file}:{line} still has keys for profile {profile}. Another tool wrote them since, so they stay"
        ));
    }
    Ok(())
}

/// Offers to put back what profiles held before `start --replace`, and stops those that the person agrees about.
/// Returns how many.
fn stop_what_replaced(profile: Option<&ProfileName>, give_back: bool) -> Result<usize, Problem> {
    let is_meant = |session: &SessionView| profile.is_none_or(|profile| session.profiles().any(|own| own == profile));
    let mut stopped = 0;
    for session in ask_quietly(GetSnapshot { with_roles: false })?.sessions.into_iter().filter(is_meant) {
        let SessionView { profile, backup: Some(backup), .. } = session else { continue };
        let wanted =
            give_back || say::confirm(&format!("Put back what profile {profile} contained before `start --replace`?"));
        let is_back = wanted && ask_quietly(StopAndGiveBack { profile: profile.clone() })?;
        stopped += usize::from(wanted);
        // As JSON, standard output has the result alone.
        let tell = if say::wants_json() { say::note } else { say::line };
        if is_back {
            tell(&format!("Stopped profile {profile}, and put back what it contained before"));
            continue;
        }
        if wanted {
            tell(&format!("Stopped profile {profile}"));
        }
        say::note(&format!(
            "What profile {profile} contained before `start --replace` is in {backup}. `daypass stop --give-back` puts it \
             back while its session runs, unless you added lines to the profile"
        ));
    }
    Ok(stopped)
}

/// Shows identities and sessions as tables, and what is wrong with them.
pub(super) fn show_all(all: &Snapshot) -> Result<(), Problem> {
    if all.sandbox {
        say::line("You're in the sandbox. Nothing here is real\n");
    }
    if let Some(problem) = &all.vault_problem {
        say::warning(problem);
    }
    for catalog in &all.catalogs {
        match &catalog.problem {
            Some(problem) => say::warning(problem),
            None if catalog.waiting.is_empty() => {}
            None => say::note(&format!(
                "Shared catalog {0} has changes for you to accept: daypass catalog accept {0}",
                catalog.name
            )),
        }
    }
    if all.identities.is_empty() {
        say::note(identity::NONE_YET);
        return Ok(());
    }
    let mut rows = vec![["IDENTITY", "STATE", "WHO", "SIGN-IN ENDS"].map(str::to_owned).to_vec()];
    for one in &all.identities {
        let person = one.person.clone().unwrap_or_else(|| "-".to_owned());
        rows.push(vec![one.name.to_string(), identity::state(one.state).into(), person, sign_in_ends(one)]);
    }
    say::table(&rows);
    say::line("");
    if all.sessions.is_empty() {
        say::line("No sessions are running. Start one with `daypass start ROLE` (list roles with `daypass role list`)");
        return Ok(());
    }
    let agent = agent_runs();
    let mut rows = vec![HEAD.map(str::to_owned).to_vec()];
    for session in &all.sessions {
        let left = session.expires_here.map_or_else(|| "-".to_owned(), |at| say::span(at - SystemClock.now()));
        let renews = match identity_to_sign_in(all, session) {
            Some(_) => "after sign-in".to_owned(),
            None => session.renews_at.filter(|_| agent).map_or_else(|| "-".to_owned(), say::clock),
        };
        rows.push(vec![
            profile_words(session),
            role_words(session),
            session.identity.to_string(),
            say::state(session.state).into(),
            left,
            renews,
            delivery_words(session.delivery).into(),
        ]);
    }
    say::table(&rows);
    let uses = last_uses::last_uses();
    all.sessions.iter().for_each(|session| last_uses::note(session, &uses));
    all.sessions.iter().for_each(note_other_region);
    note_clock(&all.sessions);
    for session in &all.sessions {
        note_problem(all, session);
    }
    warn_of_other_file(&surroundings()?.places);
    if let Some(problem) = &all.credentials_problem {
        say::warning(problem);
    }
    if !agent {
        say::note(
            "\nNo agent is running, so Daypass won't renew these sessions before they expire. \
            To keep them fresh, start the desktop app or run `daypass agent`",
        );
    }
    Ok(())
}

const HEAD: [&str; 7] = ["PROFILE", "ROLE", "IDENTITY", "STATE", "TIME LEFT", "RENEWS AT", "DELIVERY"];

/// When the person has to sign in again, as far as it is known: after that, nothing is renewed.
fn sign_in_ends(identity: &IdentityView) -> String {
    let is_signed_in = match identity.state {
        IdentityState::SignedIn => identity.way != SignInWay::None,
        IdentityState::SignedOut | IdentityState::SigningIn | IdentityState::NeedsSignIn => false,
    };
    match identity.signed_in_until {
        _ if !is_signed_in => "-".to_owned(),
        Some(until) => say::moment(until, SystemClock.now()),
        None => "not known".to_owned(),
    }
}

fn note_problem(all: &Snapshot, session: &SessionView) {
    let profile = &session.profile;
    if let Some(problem) = &session.problem {
        say::note(&format!("\n{profile}: {}", say::problem_words(problem)));
    } else if let Some(identity) = identity_to_sign_in(all, session) {
        let ends = session.expires_here.map(|at| format!(" at {}", say::clock(at))).unwrap_or_default();
        say::note(&format!(
            "\n{profile}: this session ends{ends} unless you sign in to {identity} again\n  \
             hint: run `daypass identity login {identity}`"
        ));
    }
}

/// The identity that the person has to sign in to before Daypass can renew a session that still works. The session
/// itself doesn't know this yet: Daypass first tries to renew it when it's due and, without an agent, only when asked.
fn identity_to_sign_in<'a>(all: &'a Snapshot, session: &SessionView) -> Option<&'a IdentityName> {
    let due = session.renews_at.or(session.expires_here).filter(|_| session.state == SessionState::Active)?;
    let identity = all.identities.iter().find(|identity| identity.name == session.identity)?;
    (!identity.renews_at(due)).then_some(identity.signer())
}

pub(super) fn delivery_words(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::CredentialsFile => "credentials file",
        Delivery::Process => "credential_process",
    }
}

pub(super) fn env(profile: Option<ProfileName>, shell: ShellName, sign_in: SignInArgs) -> Result<(), Problem> {
    advise_lease();
    let session_of = |role: String| {
        let asked = |person| UseRole { role: role.clone(), region: None, read_only: false, at_least: None, person };
        sign_in_first(sign_in, asked).map(|standing| standing.session)
    };
    let profile = or_chosen_session(named_or_only_session(profile), session_of, &sign_in)?;
    let SessionKeys { keys, session } = sign_in_first(sign_in, |person| GetKeys::of(profile.clone(), person))?;
    let variables = Variables::of_session(&keys, &session, variable);
    if say::wants_json() {
        let text = statements(&variables, Shell::Json)?;
        let set: serde_json::Value = serde_json::from_str(text.expose_secret()).unwrap_or_default();
        let unset: Vec<&str> = variables.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| name).collect();
        return say::json(&json!({ "variables": set, "unset": unset }));
    }
    say::line(statements(&variables, shell.into())?.expose_secret().trim_end());
    Ok(())
}

/// The role, whether it's read-only, and the roles before it in its chain, nearest first.
pub(super) fn role_words(session: &SessionView) -> String {
    let narrowed = if session.terms.read_only && session.elevation.is_none() { " (read-only)" } else { "" };
    format!("{}{narrowed}{}", say::role(&RoleView::of_session(session)), say::chain(&session.via))
}

/// Tells the person if another region's STS answered, because their own region is then unreachable or disabled.
pub(super) fn note_other_region(session: &SessionView) {
    if let Some(region) = &session.sts_region {
        say::note(&format!("{}: STS in {region} answered instead of STS in the role's own region", session.profile));
    }
}

/// Tells the person if this machine's clock is wrong by a minute or more. Times left are counted by AWS's clock.
pub(super) fn note_clock(sessions: &[SessionView]) {
    let error = |session: &SessionView| {
        let seconds = (session.expires_at? - session.expires_here?).num_seconds();
        Some((seconds + 30 * seconds.signum()) / 60)
    };
    let Some(minutes) = sessions.iter().filter_map(error).max_by_key(|minutes| minutes.abs()) else { return };
    if minutes != 0 {
        let (by, way) = (
            say::count(usize::try_from(minutes.unsigned_abs()).unwrap_or(usize::MAX), "minute"),
            if minutes > 0 { "behind" } else { "ahead" },
        );
        say::note(&format!("This machine's clock is {by} {way}. Set it: AWS rejects requests if the clock is wrong"));
    }
}

pub(super) fn until(session: &SessionView) -> String {
    session.expires_here.map_or_else(String::new, |at| {
        format!(", valid for {} (until {})", say::span(at - SystemClock.now()), say::clock(at))
    })
}
