//! `daypass profiles`: profiles of the AWS config file for the roles of the catalog.
//!
//! The files are those of this shell, and the lines name this command. So the work is done in this process, and an agent
//! is only asked which roles there are.

use std::collections::BTreeMap;

use daypass_broker::broker::Broker;
use daypass_broker::credentials_file::{WhatIsWritten, Written, concerns};
use daypass_broker::environment::shadowing_variables;
use daypass_broker::generated::{LeftOut, ProfilePlan, Scope, Style};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::session_request::Delivery;
use daypass_core::surroundings::Places;
use daypass_core::view::SessionView;
use daypass_deliver::generated::{Difference, FoundProfile, GeneratedProfiles};
use serde_json::json;

use super::own_path::own_path;
use super::snapshot::snapshot;
use crate::args::{Consent, ProfilesCommand, RemoveProfiles, SyncProfiles};
use crate::ask::surroundings;
use crate::say;

/// How many profiles of each kind are shown before the question. `--dry-run` shows all.
const SHOWN: usize = 20;

pub(super) fn run(command: ProfilesCommand) -> Result<(), Problem> {
    match command {
        ProfilesCommand::Sync(sync) => self::sync(*sync),
        ProfilesCommand::List => list(),
        ProfilesCommand::Remove(remove) => self::remove(remove),
        ProfilesCommand::Undo => undo(),
    }
}

fn sync(sync: SyncProfiles) -> Result<(), Problem> {
    let SyncProfiles { patterns, identity, name, output, consent } = sync;
    let broker = Broker::open(surroundings()?);
    let config = broker.good_config()?;
    if let Some(identity) = &identity {
        config.identity(identity)?;
    }
    let command = own_path()?;
    let style =
        Style { name: name.unwrap_or_else(|| config.profiles.name.clone()), output: output.or(config.profiles.output) };
    let generated = GeneratedProfiles::of(broker.surroundings());
    let scope = Scope { patterns, identity };
    let plan = ProfilePlan::sync(&snapshot()?, &config, &generated, &command, &scope, &style)?;
    let plan = carry_out(plan, &generated, &consent)?;
    if !consent.dry_run {
        warn(&plan, &broker.surroundings().places);
    }
    note_left_out(&plan)
}

/// Gives the profiles of a session that is delivered by process their sections in the AWS config file, and takes back those
/// that it had `before` a change.
pub(super) fn follow_session(before: Option<&SessionView>, session: &SessionView) -> Result<(), Problem> {
    let is_by_process = |session: &SessionView| match session.delivery {
        Delivery::CredentialsFile => false,
        Delivery::Process => true,
    };
    if !is_by_process(session) && !before.is_some_and(is_by_process) {
        return Ok(());
    }
    let broker = Broker::open(surroundings()?);
    let (mut plan, generated) = broker.plan_sections(before, session, own_path)?;
    if !plan.is_empty() {
        plan.carry_out(&generated)?;
    }
    if !plan.added.is_empty() || !plan.changed.is_empty() {
        say::note(&format!("{} has the profile. Tools that use it ask Daypass, and no keys are in a file", plan.file));
    }
    note_left_out(&plan)
}

fn remove(remove: RemoveProfiles) -> Result<(), Problem> {
    let RemoveProfiles { names, all: _, consent } = remove;
    let generated = GeneratedProfiles::of(&surroundings()?);
    let plan = ProfilePlan::removal(&generated, &names)?;
    carry_out(plan, &generated, &consent).map(drop)
}

/// Shows the plan, asks, and carries it out.
fn carry_out(mut plan: ProfilePlan, generated: &GeneratedProfiles, consent: &Consent) -> Result<ProfilePlan, Problem> {
    let is_shown_whole = consent.dry_run || consent.yes;
    if !say::wants_json() {
        show(&plan, if is_shown_whole { usize::MAX } else { SHOWN });
    }
    if !consent.dry_run && !plan.is_empty() {
        if !consent.yes && !say::confirm(&format!("Make these changes to {}?", plan.file)) {
            return Err(Problem::new(
                ProblemKind::Cancelled,
                ProblemCode::NotConfirmed,
                format!("{} wasn't changed", plan.file),
            )
            .hint("answer y, or pass --yes. --dry-run shows all the changes"));
        }
        plan.carry_out(generated)?;
    }
    let is_done = !consent.dry_run && !plan.is_empty();
    say::result(&json!({ "written": is_done, "plan": plan }), || {
        if is_done {
            say::line(&format!("Changed {}. `daypass profiles undo` undoes this", plan.file));
        }
    })?;
    Ok(plan)
}

fn show(plan: &ProfilePlan, most: usize) {
    let ProfilePlan { file, added, changed, removed, kept, unchanged, .. } = plan;
    let added = added.iter().map(|it| {
        let region = it.region.as_ref().map(|region| format!(", {region}")).unwrap_or_default();
        format!("+ {}  for {}{region}", it.name, it.role_id)
    });
    show_some(added, most, "to add");
    let changed = changed.iter().map(|it| {
        let lines: Vec<String> = it.lines.iter().map(difference).collect();
        format!("~ {}  {}", it.name, lines.join("; "))
    });
    show_some(changed, most, "to change");
    let removed = removed.iter().map(|it| match &it.renamed {
        Some(name) => format!("- {}  now {name}", it.name),
        None => format!("- {}  for {}", it.name, it.role_id),
    });
    show_some(removed, most, "to remove");
    match (plan.is_empty(), unchanged) {
        (true, 0) => say::line(&format!("{file} doesn't need any changes")),
        (true, unchanged) => say::line(&format!("{} in {file} are up to date", say::count(*unchanged, "profile"))),
        (false, 0) => {}
        (false, unchanged) => say::line(&format!("{} unchanged", say::count(*unchanged, "more profile"))),
    }
    let mut by_identity = BTreeMap::<&str, usize>::new();
    for it in kept {
        *by_identity.entry(&it.identity).or_default() += 1;
    }
    for (identity, kept) in by_identity {
        say::note(&format!(
            "{} of identity {identity} stay although their roles aren't listed now. Sign in to {identity}, then sync again",
            say::count(kept, "profile")
        ));
    }
}

fn show_some(lines: impl ExactSizeIterator<Item = String>, most: usize, what: &str) {
    let more = lines.len().saturating_sub(most);
    lines.take(most).for_each(|line| say::line(&line));
    if more > 0 {
        say::line(&format!("  and {} {what}", say::count(more, "more profile")));
    }
}

fn difference(line: &Difference) -> String {
    let Difference { key, before, after } = line;
    match (before, after) {
        (Some(before), Some(after)) => format!("{key}: {before} → {after}"),
        (None, Some(after)) => format!("{key}: {after}"),
        (_, None) => format!("no {key}"),
    }
}

/// What keeps tools from the profiles.
fn warn(plan: &ProfilePlan, places: &Places) {
    let written = plan.wanted().map(|profile| Written { profile, what: WhatIsWritten::Process });
    concerns(places, written).iter().for_each(say::warning);
    shadowing_variables(|name| std::env::var_os(name)).iter().for_each(say::warning);
}

/// Names what was left out. The exit code tells too.
fn note_left_out(plan: &ProfilePlan) -> Result<(), Problem> {
    let ProfilePlan { left_out, file, .. } = plan;
    if left_out.is_empty() {
        return Ok(());
    }
    for LeftOut { problem, .. } in left_out {
        say::warning(problem);
    }
    let count = say::count(left_out.len(), "profile");
    let message = format!("{count} couldn't be written to {file}. The others are up to date");
    Err(Problem::new(ProblemKind::Refused, ProblemCode::ProfilesLeftOut, message)
        .hint("see the warning about each of them above"))
}

fn list() -> Result<(), Problem> {
    let generated = GeneratedProfiles::of(&surroundings()?);
    let found = generated.found()?;
    let path = generated.path().display().to_string();
    if say::wants_json() {
        let profiles: Vec<_> = found
            .iter()
            .map(|it| json!({ "name": it.name, "roleId": it.role, "region": it.region(), "line": it.line }))
            .collect();
        return say::json(&json!({ "file": path, "profiles": profiles }));
    }
    if found.is_empty() {
        say::note(&format!("Daypass generated no profiles in {path}. `daypass profiles sync` does"));
        return Ok(());
    }
    let mut rows = vec![["PROFILE", "ROLE", "REGION"].map(str::to_owned).to_vec()];
    rows.extend(
        found
            .iter()
            .map(|it: &FoundProfile| vec![it.name.to_string(), it.role.clone(), it.region().unwrap_or("-").to_owned()]),
    );
    say::table(&rows);
    Ok(())
}

fn undo() -> Result<(), Problem> {
    let undone = GeneratedProfiles::of(&surroundings()?).undo()?;
    let (file, count) = (undone.file.display().to_string(), say::count(undone.profiles.len(), "profile"));
    say::result(&undone, || {
        say::line(&format!("Restored {count} in {file} to what they were before {}", say::clock(undone.done_at)))
    })?;
    for left in &undone.left {
        say::note(&format!("Profile {left} has changed since, so Daypass left it alone"));
    }
    Ok(())
}
