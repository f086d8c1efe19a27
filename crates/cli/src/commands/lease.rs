//! `daypass lease`: runs a program with a session of its own, narrower than its role and ended by the clock.

use std::path::{Path, PathBuf};

use daypass_broker::requests::{BeginLease, EndLease, ListLeases, Narrowed};
use daypass_core::clock::{Clock as _, SystemClock};
use daypass_core::lease::{LEASE_VARIABLE, LeaseView};
use daypass_core::names::ProfileName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::view::SessionView;
use serde_json::json;

use super::choose::{named_or_chosen, or_chosen};
use super::exec::{Prepared, called};
use super::here::refuse_nested;
use super::meant::tell_of_session;
use super::role::read_policy;
use super::sign_in_first::sign_in_first;
use crate::args::{BeginLeaseArgs, Lease, LeaseCommand};
use crate::ask::{agent_runs, ask_quietly};
use crate::say;

const HEAD: [&str; 5] = ["LEASE", "ROLE", "ACCESS", "FOR", "UNTIL"];

pub(super) fn run(lease: Lease) -> Result<(), Problem> {
    match lease.command {
        Some(LeaseCommand::List) => list(),
        Some(LeaseCommand::End { name, all: _ }) => end(name),
        None => begin(lease.begin),
    }
}

/// Runs the program, and ends with its exit code.
fn begin(asked: BeginLeaseArgs) -> Result<(), Problem> {
    refuse_nested(false)?;
    let BeginLeaseArgs { role, lasts, read_only, policy, to, why, region, sign_in, program } = asked;
    let lasts = lasts.ok_or_else(|| Problem::new(ProblemKind::Invalid, ProblemCode::BadUsage, "--for is missing"))?;
    let narrowed = match policy {
        Some(file) => Narrowed::Policy(read_policy(&file)?),
        None if read_only => Narrowed::ReadOnly,
        None => Narrowed::AsUsual,
    };
    let only_for = to.map(|program| whole_path(&program)).transpose()?;
    let purpose = why.unwrap_or_else(|| called(&program));
    let role = named_or_chosen(role, "daypass lease ROLE --for 30m -- PROGRAM", &sign_in)?;
    keep_orphans();
    let holder = daypass_peer::mark_of(std::process::id());
    let standing = or_chosen(&role, &sign_in, |role| {
        sign_in_first(sign_in, |person| BeginLease {
            role: role.to_owned(),
            region: region.clone(),
            narrowed: narrowed.clone(),
            lasts,
            purpose: purpose.clone(),
            holder,
            only_for: only_for.clone(),
            person,
        })
    })?;
    tell_of_session(&role, &standing.session);
    let (name, session) = (standing.session.profile.clone(), standing.session.clone());
    let ran = Prepared::of_session(standing, &program, region, false).and_then(|mut prepared| {
        prepared.variables.set(LEASE_VARIABLE, name.as_str());
        tell(&session);
        prepared.run_to_end(&program)
    });
    // It ends with its program. Where it is over already, or was ended, nothing is left to do.
    match ask_quietly(EndLease { name }) {
        Err(problem) if problem.code != ProblemCode::UnknownLease => say::warning(&problem),
        Ok(()) | Err(_) => {}
    }
    std::process::exit(ran?)
}

fn tell(session: &SessionView) {
    let Some(lease) = &session.lease else { return };
    let until = say::moment(lease.until, SystemClock.now());
    say::note(&format!(
        "Lease {} of {}: {}, until {until}",
        session.profile,
        say::target(&session.role),
        access(session)
    ));
    if !agent_runs() {
        say::note("No agent is running, so only this process can end the lease on time. Start one: daypass agent");
    }
}

/// What its session may do.
fn access(session: &SessionView) -> &'static str {
    if session.terms.read_only {
        "read-only"
    } else if session.terms.policy.is_some() || !session.terms.policy_arns.is_empty() {
        "by a session policy"
    } else {
        "full permissions"
    }
}

fn list() -> Result<(), Problem> {
    let leases = ask_quietly(ListLeases)?;
    if say::wants_json() {
        return say::json(&json!({ "leases": leases }));
    }
    if leases.is_empty() {
        say::line("No leases are running. Start one with `daypass lease ROLE --for 30m -- PROGRAM`");
        return Ok(());
    }
    let now = SystemClock.now();
    let row = |session: &SessionView| {
        let lease = session.lease.as_ref();
        let purpose = |lease: &LeaseView| match &lease.only_for {
            Some(program) => format!("{}, only {program}", lease.purpose),
            None => lease.purpose.clone(),
        };
        vec![
            session.profile.to_string(),
            say::target(&session.role),
            access(session).to_owned(),
            lease.map(purpose).unwrap_or_default(),
            lease.map(|lease| say::moment(lease.until, now)).unwrap_or_default(),
        ]
    };
    let rows = std::iter::once(HEAD.map(str::to_owned).to_vec()).chain(leases.iter().map(row));
    say::table(&rows.collect::<Vec<_>>());
    Ok(())
}

fn end(name: Option<ProfileName>) -> Result<(), Problem> {
    let names = match name {
        Some(name) => vec![name],
        None => ask_quietly(ListLeases)?.into_iter().map(|lease| lease.profile).collect(),
    };
    for name in &names {
        ask_quietly(EndLease { name: name.clone() })?;
    }
    say::result(&json!({ "ended": names }), || match &names[..] {
        [] => say::line("No leases are running"),
        names => names.iter().for_each(|name| {
            say::line(&format!("Ended {name}. Credentials that it already has work until they expire"))
        }),
    })
}

/// The file that a program is, as the system will name it.
fn whole_path(program: &Path) -> Result<PathBuf, Problem> {
    let is_bare = program.components().count() == 1 && !program.exists();
    let found = match is_bare {
        true => {
            let path = super::here::variable("PATH").unwrap_or_default();
            std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
        }
        false => Some(program.to_owned()),
    };
    let missing = || {
        Problem::new(ProblemKind::NotFound, ProblemCode::ExecProgram, format!("no program is at {}", program.display()))
            .hint("name the file of the program for --to, or a program in your PATH")
    };
    found.ok_or_else(missing)?.canonicalize().map_err(|_| missing())
}

/// What the program leaves behind when it ends stays below this process, and so below the lease.
fn keep_orphans() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_child_subreaper(Some(rustix::process::getpid())) {
        tracing::warn!(%error, "Daypass can't tell what the program leaves behind from other programs");
    }
}
