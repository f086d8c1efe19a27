//! `daypass import`: imports other tools' configuration.
//!
//! The files are those of this shell, and profiles name this command. So the work is done in this process, as for
//! `daypass profiles`. A running agent sees what changed.

use std::io::IsTerminal;
use std::path::PathBuf;

use daypass_broker::broker::Broker;
use daypass_broker::import::{ImportAsked, Machine, PlannedImport, Tool, TypedForImport, machine};
use daypass_core::import::{ImportOutcome, ImportPlan, ImportSecretSource};
use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::secret::TypedSecrets;
use secrecy::SecretString;
use serde_json::json;

use super::identity::{login, refresh};
use super::import_words::{self, show, show_changes};
use super::own_path::own_path;
use crate::args::{Import, ImportCommand, ImportOptions, Login};
use crate::ask::{run as wait_for, surroundings};
use crate::ending::finish;
use crate::say;

pub(super) fn run(import: Import) -> Result<(), Problem> {
    match import.command {
        Some(ImportCommand::Undo) => undo(),
        None => self::import(&import.options),
    }
}

fn import(options: &ImportOptions) -> Result<(), Problem> {
    let named = named_file(options)?;
    let broker = Broker::open(surroundings()?);
    let machine = match &named {
        Some((tool, file)) => machine_here(&broker).with_file(*tool, file.clone()),
        None => machine_here(&broker),
    };
    let plan = |move_keys: bool, types_secrets: bool| {
        let asked = ImportAsked {
            tools: options.from.clone(),
            keep_profiles: options.keep_profiles,
            move_keys,
            types_secrets,
            command: own_path()?,
        };
        broker.plan_import(machine.clone(), asked)
    };
    let types_secrets = at_a_terminal() && !options.consent.yes;
    let mut planned = plan(options.move_keys, types_secrets)?;
    if let (Some((tool, file)), []) = (named, planned.plan.tools.as_slice()) {
        return Err(wrong_file(format!("{} doesn't contain anything from {}", file.display(), tool.name()))
            .hint("name its file, or the folder that contains it under its usual name"));
    }
    if !say::wants_json() {
        show(&planned.plan, options.consent.dry_run);
    }
    if options.consent.dry_run || (planned.plan.is_done && !(types_secrets && asks(&planned.plan))) {
        return say::result(&json!({ "written": false, "plan": planned.plan }), || ());
    }
    let signs_in = !options.no_sign_in && !say::wants_json() && at_a_terminal();
    let mut typed = TypedForImport::default();
    if !options.consent.yes {
        let mut move_keys = options.move_keys;
        if !options.move_keys && !options.keep_profiles && may_move_keys(&planned.plan) {
            move_keys = true;
            planned = plan(move_keys, types_secrets)?;
            if !say::wants_json() {
                show_changes(&planned.plan);
            }
        }
        if types_secrets {
            typed = ask_secrets(&planned.plan);
        }
        if typed.is_empty() {
            planned = plan(move_keys, false)?;
        }
        if planned.plan.is_done && typed.is_empty() {
            let unchanged = || say::line("You didn't type anything, so nothing changes");
            return say::result(&json!({ "written": false, "plan": planned.plan }), unchanged);
        }
        confirm(signs_in && broker.import_signs_in(&planned))?;
    }
    let shown = planned.plan.clone();
    let outcome = carry_out(&broker, planned, &typed)?;
    say::result(&json!({ "written": true, "plan": shown, "outcome": outcome }), || import_words::done(&outcome))?;
    outcome.left.iter().for_each(say::warning);
    if signs_in {
        outcome.sign_in.iter().try_for_each(sign_in)?;
    } else {
        import_words::sign_in_later(&outcome);
    }
    Ok(())
}

fn carry_out(broker: &Broker, planned: PlannedImport, typed: &TypedForImport) -> Result<ImportOutcome, Problem> {
    wait_for(async {
        let outcome = broker.import(planned, typed).await;
        finish(broker).await;
        outcome
    })?
}

/// What `--file` names, and whose file it is.
fn named_file(options: &ImportOptions) -> Result<Option<(Tool, PathBuf)>, Problem> {
    let Some(file) = &options.file else { return Ok(None) };
    let &[tool] = options.from.as_slice() else {
        return Err(wrong_file("--file needs one --from TOOL".to_owned())
            .hint("say which tool's file it is, as in: daypass import --from saml2aws --file PATH"));
    };
    if !tool.has_own_file() {
        return Err(wrong_file(format!(
            "{} doesn't have its own file: its settings are in the AWS files",
            tool.name()
        ))
        .hint("name other AWS files with AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE"));
    }
    let unread = |error: std::io::Error| wrong_file(format!("{} can't be read: {error}", file.display()));
    std::fs::metadata(file).map_err(unread)?;
    Ok(Some((tool, std::path::absolute(file).map_err(unread)?)))
}

fn wrong_file(message: String) -> Problem {
    Problem::new(ProblemKind::Invalid, ProblemCode::BadUsage, message)
}

fn machine_here(broker: &Broker) -> Machine {
    machine(&broker.surroundings().places, |name| std::env::var_os(name))
}

fn at_a_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Whether the person has secrets to type.
fn asks(plan: &ImportPlan) -> bool {
    let is_asked = |source: &ImportSecretSource| match source {
        ImportSecretSource::Held { .. } => false,
        ImportSecretSource::Sealed { .. } | ImportSecretSource::Ask { .. } => true,
    };
    let secrets = plan.identities.iter().flat_map(|identity| &identity.secrets);
    secrets.map(|secret| &secret.source).any(is_asked)
}

fn may_move_keys(plan: &ImportPlan) -> bool {
    if plan.keys.is_empty() {
        return false;
    }
    let question = format!(
        "Remove the access keys of {} from the AWS files, once they're in the vault and AWS accepts them?",
        import_words::names(plan.keys.iter().map(|key| key.profile.as_str()))
    );
    say::confirm(&question)
}

/// Secrets that only the person has, or that a passphrase of theirs opens. An empty line leaves one for later.
fn ask_secrets(plan: &ImportPlan) -> TypedForImport {
    let mut typed = TypedForImport::default();
    for identity in &plan.identities {
        let mut own = TypedSecrets::none();
        for secret in &identity.secrets {
            match &secret.source {
                ImportSecretSource::Held { .. } => {}
                ImportSecretSource::Sealed { tool, place } => {
                    if !typed.passphrases.contains_key(tool) {
                        let passphrase = ask(&format!("passphrase of {tool}'s file {place} (leave empty to skip)"));
                        typed.passphrases.insert(tool.clone(), passphrase.unwrap_or_default());
                    }
                }
                ImportSecretSource::Ask { .. } => {
                    let label = format!("{} of {} (leave empty to skip)", secret.label, identity.name);
                    let Some(value) = ask(&label) else { break };
                    own = own.and(&secret.field, value);
                }
            }
        }
        if !own.is_empty() {
            typed.secrets.insert(identity.name.clone(), own);
        }
    }
    typed.passphrases.retain(|_, passphrase| !secrecy::ExposeSecret::expose_secret(passphrase).is_empty());
    typed
}

fn ask(label: &str) -> Option<SecretString> {
    say::ask_secret(label).ok().filter(|text| !text.is_empty()).map(SecretString::from)
}

fn confirm(signs_in: bool) -> Result<(), Problem> {
    let question = if signs_in { "Import this, then sign in?" } else { "Import this?" };
    if say::confirm(question) {
        return Ok(());
    }
    Err(Problem::new(ProblemKind::Cancelled, ProblemCode::NotConfirmed, "nothing was imported")
        .hint("answer y, or pass --yes. --dry-run shows the whole plan"))
}

fn sign_in(identity: &IdentityName) -> Result<(), Problem> {
    say::note(&format!("Sign in to {identity}"));
    let who = login::sign_in(identity, Login::to(identity.clone()))?;
    say::line(&format!("Signed in to {identity} as {who}"));
    refresh::tell_remarks(identity)
}

fn undo() -> Result<(), Problem> {
    let broker = Broker::open(surroundings()?);
    let undone = wait_for(async {
        let undone = broker.undo_import().await;
        finish(&broker).await;
        undone
    })??;
    say::result(&undone, || {
        undone.files.iter().for_each(|file| say::line(&format!("Restored {file} to what it was before the import")));
        if !undone.identities.is_empty() {
            let names = import_words::names(undone.identities.iter().map(IdentityName::as_str));
            say::line(&format!("Removed {names}"));
        }
    })?;
    for left in &undone.left {
        say::note(&format!("{left} has changed since, so Daypass left it alone"));
    }
    Ok(())
}
