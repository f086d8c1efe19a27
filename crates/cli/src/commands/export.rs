//! `daypass export` and `daypass restore`. The work of this process, also if an agent runs, so that it asks for passphrases
//! on this terminal.

use std::fs::File;
use std::io::{IsTerminal, Read};
use std::path::Path;

use daypass_broker::broker::{
    self, Broker, LARGEST_EXPORT, PlannedPart, RestorePlan, Restored, SealedExport, Standing,
};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::identity::read_secret;
use super::save::save;
use crate::args::{Export, Restore};
use crate::ask::surroundings;
use crate::say;

/// How often the person may type the passphrase of a file.
const TRIES: u8 = 3;

pub(super) fn export(wanted: Export) -> Result<(), Problem> {
    let Export { with_secrets, output, force } = wanted;
    let broker = Broker::open(surroundings()?);
    let (text, secrets) = match with_secrets {
        false => (broker.export()?, 0),
        true => {
            if output.is_none() && std::io::stdout().is_terminal() {
                return Err(to_terminal());
            }
            // Before the person types a passphrase twice.
            broker.export()?;
            broker.vault().read()?;
            let SealedExport { text, secrets } = broker.export_with_secrets(new_passphrase()?)?;
            (text, secrets)
        }
    };
    let with =
        if with_secrets { format!(", with {}", say::count(secrets, "secret")) } else { ", without secrets".to_owned() };
    match output {
        Some(file) => {
            save(&file, &text, force)?;
            say::result(&json!({ "file": file, "withSecrets": with_secrets, "secrets": secrets }), || {
                say::line(&format!("Wrote your configuration to {}{with}", file.display()));
            })
        }
        None => say::result(&json!({ "text": text, "withSecrets": with_secrets, "secrets": secrets }), || {
            say::file(&text);
        }),
    }
}

fn to_terminal() -> Problem {
    Problem::new(ProblemKind::Refused, ProblemCode::ExportToTerminal, "secrets aren't exported to a terminal")
        .hint("name a file: daypass export --with-secrets --output daypass.age")
}

/// Typed twice, or a line of standard input.
fn new_passphrase() -> Result<SecretString, Problem> {
    if !std::io::stdin().is_terminal() {
        return read_secret("passphrase for the export");
    }
    for _ in 0..TRIES {
        let first = read_secret("new passphrase for the export")?;
        if read_secret("same passphrase again")?.expose_secret() == first.expose_secret() {
            return Ok(first);
        }
        say::note("The passphrases don't match");
    }
    Err(daypass_vault::VaultError::PassphraseDeclined.into())
}

pub(super) fn restore(wanted: Restore) -> Result<(), Problem> {
    let Restore { file, replace, consent } = wanted;
    let broker = Broker::open(surroundings()?);
    let export = read(&file)?;
    let plan = broker.plan_restore(&export, replace)?;
    if !say::wants_json() {
        show(&plan, replace);
    }
    if consent.dry_run || !plan.changes(replace) {
        return say::result(&json!({ "changed": false, "plan": plan }), || {
            if !plan.changes(replace) {
                say::line("Nothing to change");
            }
        });
    }
    if !consent.yes && !say::confirm("Make these changes?") {
        return Err(Problem::new(ProblemKind::Cancelled, ProblemCode::NotConfirmed, "nothing was changed")
            .hint("answer y, or pass --yes"));
    }
    let restored = broker.restore(&export, replace)?;
    say::result(&restored, || {
        let Restored { plan, backups, .. } = &restored;
        let taken = plan.items.iter().filter(|item| item.is_taken(replace)).count();
        say::line(&format!("Took over {}", say::count(taken, "part")));
        backups.iter().for_each(|copy| say::line(&format!("Backup: {}", copy.display())));
    })
}

fn show(plan: &RestorePlan, replace: bool) {
    for PlannedPart { what, name, standing, .. } in &plan.items {
        let (mark, words) = match (standing, replace) {
            (Standing::New, _) => ("+", ""),
            (Standing::Same, _) => ("=", ", you already have it"),
            (Standing::Differs, true) => ("~", ", replaces yours"),
            (Standing::Differs, false) => ("!", ", differs from yours, which stays"),
            (Standing::LeftOut, _) => ("-", ", belongs to the other machine"),
        };
        say::line(&format!("{mark} {what} {name}{words}"));
    }
}

/// Reads a file, and asks for its passphrase if it has one.
fn read(file: &Path) -> Result<broker::Export, Problem> {
    let bytes = content(file)?;
    if !broker::Export::is_sealed(&bytes) {
        return broker::Export::read(&bytes, None, file);
    }
    let is_typed = std::io::stdin().is_terminal() && file != Path::new("-");
    for left in (1..=if is_typed { TRIES } else { 1 }).rev() {
        let passphrase = read_secret(&format!("passphrase of {}", file.display()))?;
        match broker::Export::read(&bytes, Some(passphrase), file) {
            Err(problem) if problem.code == ProblemCode::PassphraseWrong && left > 1 => {
                say::note("That isn't the right passphrase");
            }
            outcome => return outcome,
        }
    }
    Err(daypass_vault::VaultError::PassphraseDeclined.into())
}

/// No more than an export can be, whatever the file is.
fn content(file: &Path) -> Result<Vec<u8>, Problem> {
    let failed = |error: &std::io::Error| {
        let kind =
            if error.kind() == std::io::ErrorKind::NotFound { ProblemKind::NotFound } else { ProblemKind::Failed };
        Problem::new(kind, ProblemCode::FileNotReadable, format!("{}: {error}", file.display()))
            .hint("check the path, and that you can read the file")
    };
    let mut bytes = Vec::new();
    let limit = LARGEST_EXPORT as u64 + 1;
    let read = match file == Path::new("-") {
        true => std::io::stdin().lock().take(limit).read_to_end(&mut bytes),
        false => File::open(file).and_then(|file| file.take(limit).read_to_end(&mut bytes)),
    };
    read.map_err(|error| failed(&error))?;
    Ok(bytes)
}
