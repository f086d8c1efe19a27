//! The texts of `daypass import`: its plan, which takes ten seconds to read, and its result.

use daypass_core::import::{
    ImportBackup, ImportFile, ImportIdentity, ImportOutcome, ImportPlan, ImportProfile, ImportSecretSource,
};
use daypass_core::names::IdentityName;

use crate::say;

/// How many of a kind are shown before the question.
const SHOWN: usize = 8;
/// How many names stand in a line.
const NAMED: usize = 6;

/// Shows the plan. All of it, with each line that changes; or so much that one reads it in ten seconds.
pub(super) fn show(plan: &ImportPlan, all: bool) {
    let most = if all { usize::MAX } else { SHOWN };
    if plan.tools.is_empty() {
        return say::line("Daypass didn't find files from other tools. `daypass import --help` lists the tools");
    }
    for tool in &plan.tools {
        let files = names_of(tool.files.iter().map(String::as_str), NAMED);
        say::line(&format!("Found {}{}", tool.name, if files.is_empty() { files } else { format!(" in {files}") }));
    }
    if !plan.identities.is_empty() {
        say::line("\nBecomes");
        part(plan.identities.iter().map(|one| identity(one, plan)), most);
    }
    if !plan.accounts.is_empty() {
        say::line(&format!("  {} with their names", say::count(plan.accounts.len(), "account")));
    }
    changes(plan, all);
    let moves_keys = plan.files.iter().any(|file| file.backup == ImportBackup::Vault);
    if !plan.keys.is_empty() && !moves_keys {
        let profiles = names_of(plan.keys.iter().map(|key| key.profile.as_str()), NAMED);
        say::line(&format!("\nThe access keys of {profiles} stay in their file. --move-keys moves them out"));
    }
    if !plan.remarks.is_empty() {
        say::line("\nNot imported");
        part(
            plan.remarks.iter().map(|remark| {
                let advice = remark.advice.as_ref().map(|advice| format!(". {}", capital(advice))).unwrap_or_default();
                format!("  {} ({}): {}{advice}", remark.what, remark.place, remark.why)
            }),
            most,
        );
    }
    if plan.is_done && plan.identities.is_empty() {
        say::line("\nDaypass can't import any of it. Nothing changes");
    } else if plan.is_done {
        say::line("\nYou already have all of it. Nothing changes");
    }
    say::line("");
}

/// Shows what changes in the files, now that keys leave them too.
pub(super) fn show_changes(plan: &ImportPlan) {
    changes(plan, false);
    say::line("");
}

fn changes(plan: &ImportPlan, all: bool) {
    if plan.files.is_empty() {
        return;
    }
    say::line("\nChanges");
    for file in &plan.files {
        say::line(&format!("  {}{}", file.path, kept(file)));
        if all {
            file.profiles.iter().map(profile).for_each(|lines| say::line(&lines));
        } else {
            in_short(file).iter().for_each(|line| say::line(line));
        }
    }
}

fn part(lines: impl ExactSizeIterator<Item = String>, most: usize) {
    let more = lines.len().saturating_sub(most);
    lines.take(most).for_each(|line| say::line(&line));
    if more > 0 {
        say::line(&format!("  … and {} more: see them with --dry-run", say::number(more)));
    }
}

fn identity(one: &ImportIdentity, plan: &ImportPlan) -> String {
    let roles = plan.roles.iter().filter(|role| role.identity == one.name);
    let users = plan.users.iter().filter(|user| user.identity == one.name).map(|user| user.profile.as_str());
    let role_names = roles.map(|role| role.profiles.first().map_or(role.name.as_str(), |profile| profile.as_str()));
    let all: Vec<&str> = users.chain(role_names).collect();
    let there = if one.is_there { ", which already exists" } else { "" };
    let mut line = format!("  {}  {} ({}){there}", one.name, one.settings.kind(), one.provider);
    if !all.is_empty() {
        line.push_str(&format!("\n      for {}", names_of(all.into_iter(), NAMED)));
    }
    let wanted: Vec<String> = one.secrets.iter().filter_map(wanted).collect();
    if !wanted.is_empty() {
        line.push_str(&format!("\n      {}", wanted.join("\n      ")));
    }
    line
}

fn wanted(secret: &daypass_core::import::ImportSecret) -> Option<String> {
    match &secret.source {
        ImportSecretSource::Held { .. } => None,
        ImportSecretSource::Sealed { place, .. } => Some(format!("{}: a passphrase opens {place}", secret.label)),
        ImportSecretSource::Ask { why } => Some(format!("{}: type it, because {why}", secret.label)),
    }
}

fn kept(file: &ImportFile) -> &'static str {
    match file.backup {
        ImportBackup::None => " is new",
        ImportBackup::Copy => " (keeps a copy beside it)",
        ImportBackup::Vault => " (the vault keeps what Daypass removes)",
    }
}

/// The profiles of a file that change, without their lines.
fn in_short(file: &ImportFile) -> Vec<String> {
    let asks = |profile: &&ImportProfile| !profile.added.is_empty();
    let line = |profiles: Vec<&str>, what: &str| {
        (!profiles.is_empty()).then(|| format!("      {}: {what}", names_of(profiles.into_iter(), NAMED)))
    };
    let (ask, rest): (Vec<&ImportProfile>, Vec<&ImportProfile>) = file.profiles.iter().partition(asks);
    let named = |all: Vec<&ImportProfile>| -> Vec<String> { all.iter().map(|it| it.name.clone()).collect() };
    let (ask, rest) = (named(ask), named(rest));
    let lines = [
        line(
            ask.iter().map(String::as_str).collect(),
            "tools ask Daypass for their credentials. --dry-run shows the lines",
        ),
        line(rest.iter().map(String::as_str).collect(), "Daypass removes what it imports from this file"),
    ];
    lines.into_iter().flatten().collect()
}

fn profile(profile: &ImportProfile) -> String {
    let ImportProfile { name, is_new, removed, added } = profile;
    let sign = if *is_new { '+' } else { '~' };
    let mut line = format!("  {sign} [{name}]");
    for (sign, lines) in [('-', removed), ('+', added)] {
        for text in lines {
            line.push_str(&format!("\n      {sign} {text}"));
        }
    }
    line
}

/// What was done, in a few lines.
pub(super) fn done(outcome: &ImportOutcome) {
    let ImportOutcome { identities, roles, profiles, backups, .. } = outcome;
    let what = [
        (!identities.is_empty()).then(|| names(identities.iter().map(IdentityName::as_str))),
        (*roles > 0).then(|| say::count(*roles, "role")),
    ];
    let what: Vec<String> = what.into_iter().flatten().collect();
    if !what.is_empty() {
        say::line(&format!("Imported {}", what.join(" with ")));
    }
    if !profiles.is_empty() {
        let names = names(profiles.iter().map(|profile| profile.as_str()));
        say::line(&format!("Tools get the credentials of {names} from Daypass"));
    }
    for backup in backups {
        say::note(&format!("Backup: {backup}"));
    }
    say::note("`daypass import undo` undoes this");
}

/// What to type to sign in later.
pub(super) fn sign_in_later(outcome: &ImportOutcome) {
    for identity in &outcome.sign_in {
        say::note(&format!("Sign in with: daypass identity login {identity}"));
    }
}

/// Names in a sentence.
pub(super) fn names<'a>(all: impl ExactSizeIterator<Item = &'a str>) -> String {
    names_of(all, NAMED)
}

fn names_of<'a>(all: impl ExactSizeIterator<Item = &'a str>, most: usize) -> String {
    let more = all.len().saturating_sub(most);
    let shown: Vec<&str> = all.take(most).collect();
    match (shown.as_slice(), more) {
        ([], _) => String::new(),
        ([one], 0) => (*one).to_owned(),
        ([first @ .., last], 0) => format!("{} and {last}", first.join(", ")),
        (shown, more) => format!("{} and {} more", shown.join(", "), say::number(more)),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
