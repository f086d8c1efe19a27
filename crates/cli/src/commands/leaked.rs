//! `daypass leaked`

use std::io::{IsTerminal, Read};

use chrono::Local;
use daypass_broker::requests::ReportLeak;
use daypass_core::clock::{Clock as _, SystemClock};
use daypass_core::leak::{LeakAct, LeakReport, LeakStep, LeakedKey, Revocation, Trail, access_key_id_in};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use secrecy::SecretString;

use super::logs::taker_words;
use crate::args::Leaked;
use crate::ask::ask_quietly;
use crate::say;

/// So much of what is piped in is read.
const LONGEST: u64 = 1024 * 1024;

pub(super) fn leaked(asked: Leaked) -> Result<(), Problem> {
    let Leaked { access_key_id, sign_out, deny, with } = asked;
    let text = match access_key_id {
        Some(id) if access_key_id_in(&id) == Some(id.as_str()) => id.into(),
        Some(other) => return Err(not_an_id(&other)),
        None => pasted()?,
    };
    let report = ask_quietly(ReportLeak { text: text.into(), sign_out, deny, with })?;
    let is_undone = report.done.iter().any(|step| step.problem.is_some());
    say::result(&report, || print(&report))?;
    if is_undone {
        let message = "Daypass couldn't do everything about the leaked key";
        return Err(Problem::new(ProblemKind::Failed, ProblemCode::Interrupted, message)
            .hint("the report says what failed, and why"));
    }
    Ok(())
}

/// What was typed instead of an id isn't repeated: it may be the secret.
fn not_an_id(typed: &str) -> Problem {
    if typed.len() >= 30 {
        let message = "that isn't an access key ID. If it was a secret, other users of this machine may have read it from the \
                       command line, and your shell may keep it in its history";
        return Problem::new(ProblemKind::Invalid, ProblemCode::SecretInArguments, message)
            .hint("run `daypass leaked` without it and paste it there, and remove the line from your shell's history");
    }
    Problem::new(ProblemKind::Invalid, ProblemCode::NoKeyId, "that isn't an access key ID").hint(
        "it begins with AKIA or ASIA and has 20 characters. To paste the whole secret, run `daypass leaked` without it",
    )
}

/// What leaked, typed without being shown, or from standard input.
fn pasted() -> Result<SecretString, Problem> {
    let nothing = |why: &dyn std::fmt::Display| {
        Problem::new(ProblemKind::Invalid, ProblemCode::NothingTyped, format!("the leaked key is missing: {why}"))
            .hint("name the access key ID, or pass the text that contains it on standard input")
    };
    if std::io::stdin().is_terminal() {
        let typed = say::ask_secret("Paste what leaked (it isn't shown or kept): ").map_err(|error| nothing(&error))?;
        return Ok(typed.into());
    }
    let mut text = Vec::new();
    std::io::stdin().lock().take(LONGEST).read_to_end(&mut text).map_err(|error| nothing(&error))?;
    Ok(String::from_utf8_lossy(&text).into_owned().into())
}

fn print(report: &LeakReport) {
    say::line(&format!("Access key {}", report.access_key_id));
    match &report.owner {
        Some(owner) => print_owner(owner),
        None => say::line("  Daypass never had it: it isn't in the audit log or the vault"),
    }
    if report.owner.is_some() {
        match report.takers.as_slice() {
            [] => say::line("  taken by   no program that Daypass saw. It can't see what reads the credentials file"),
            takers => {
                let at = |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&Local).format("%Y-%m-%d %H:%M");
                takers
                    .iter()
                    .for_each(|it| say::line(&format!("  taken by   {}, {}", taker_words(&it.taker), at(it.at))));
            }
        }
    }
    report.done.iter().for_each(print_step);
    if let Some(revocation) = &report.revocation {
        let is_put = |step: &LeakStep| matches!(step.what, LeakAct::PolicyPut { .. }) && step.problem.is_none();
        if !report.done.iter().any(is_put) {
            print_revocation(revocation);
        }
    }
    match &report.trail {
        Some(trail) => print_trail(trail),
        None => say::note(
            "None of your sessions could ask CloudTrail what the key did. Name one that's allowed to: --with PROFILE",
        ),
    }
}

fn print_owner(owner: &LeakedKey) {
    let now = SystemClock.now();
    let moment = |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&Local).format("%Y-%m-%d %H:%M:%S").to_string();
    let facts = [
        ("role", owner.role.as_ref().map(ToString::to_string)),
        ("profile", owner.profile.as_ref().map(ToString::to_string)),
        ("identity", owner.identity.as_ref().map(ToString::to_string)),
        ("person", owner.person.clone()),
        ("for", owner.why.clone()),
        ("issued", owner.issued_at.map(moment)),
        (
            "works",
            owner.expires_at.map(|at| match at > now {
                true => format!("until {}", say::moment(at, now)),
                false => format!("until {} (expired)", moment(at)),
            }),
        ),
    ];
    for (name, value) in facts {
        if let Some(value) = value {
            say::line(&format!("  {name:<10} {value}"));
        }
    }
}

fn print_step(step: &LeakStep) {
    let what = match &step.what {
        LeakAct::SessionEnded { profile } => format!("End the session of profile {profile}"),
        LeakAct::SignedOut { identity } => format!("Sign out of {identity}"),
        LeakAct::KeyRotated { identity, new: Some(new) } => format!("Replace the key of {identity} with {new}"),
        LeakAct::KeyRotated { identity, new: None } => format!("Replace the key of {identity}"),
        LeakAct::PolicyPut { profile: Some(profile) } => {
            format!("Deny older sessions of the role, with profile {profile}")
        }
        LeakAct::PolicyPut { profile: None } => "Deny older sessions of the role".to_owned(),
    };
    match &step.problem {
        None => say::line(&format!("{what}: done")),
        Some(problem) => {
            say::line(&format!("{what}: failed"));
            say::warning(problem);
        }
    }
}

fn print_revocation(revocation: &Revocation) {
    let role = &revocation.role;
    if !revocation.can_be_put {
        say::line(&format!(
            "Its keys work at AWS until they expire. {role} belongs to IAM Identity Center: revoke its sessions there, or add \
             this policy to its permission set"
        ));
        return say::line(&revocation.policy);
    }
    say::line("Its keys work at AWS until they expire. This denies every session of the role issued before now:");
    say::line(&format!(
        "  aws iam put-role-policy --role-name {} --policy-name {} --policy-document '{}'",
        role.name(),
        revocation.policy_name,
        revocation.policy
    ));
}

fn print_trail(trail: &Trail) {
    let regions = trail.regions.join(", ");
    if let Some(problem) = &trail.problem {
        say::warning(problem);
    }
    if trail.events.is_empty() {
        if trail.problem.is_none() {
            say::line(&format!(
                "CloudTrail doesn't have any events for it in {regions}. Events can be up to 15 minutes late"
            ));
        }
        return;
    }
    say::line(&format!("What it did according to CloudTrail, newest first ({regions}, up to 15 minutes late):"));
    let head = ["TIME", "SERVICE", "ACTION", "FROM", "ERROR"].map(str::to_owned).to_vec();
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let rows = trail.events.iter().map(|event| {
        let at = event.at.with_timezone(&Local).format("%Y-%m-%d %H:%M:%S").to_string();
        vec![at, event.source.clone(), event.name.clone(), or_dash(&event.from), or_dash(&event.error)]
    });
    say::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
}
