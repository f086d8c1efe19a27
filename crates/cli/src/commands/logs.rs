//! `daypass logs`: reads and checks the audit log, in this process, also while an agent writes to it.

use chrono::{DateTime, Local, Utc};
use daypass_audit::{AuditFilter, AuditLine, Entries, Entry, Verified};
use daypass_broker::broker::Broker;
use daypass_core::history::{TakenBy, Taker};
use daypass_core::problem::Problem;
use serde_json::json;

use super::save::save;
use crate::args::{ExportFormat, LogsCommand, LogsExport, LogsFilter};
use crate::ask::surroundings;
use crate::say;

pub(super) fn run(command: LogsCommand) -> Result<(), Problem> {
    let broker = Broker::open(surroundings()?);
    match command {
        LogsCommand::List(filter) => list(&broker, filter),
        LogsCommand::Export(export) => write(&broker, export),
        LogsCommand::Verify => verify(&broker),
        LogsCommand::Restart => restart(&broker),
    }
}

fn find(broker: &Broker, filter: LogsFilter) -> Result<Entries, Problem> {
    let now = broker.surroundings().clock.now();
    let LogsFilter { role, identity, account, event, text, since, until, last } = filter;
    let account = account.map(|account| broker.account(&account)).transpose()?;
    let filter = AuditFilter {
        role,
        of_role: None,
        identity,
        account,
        events: event,
        text_accounts: text.as_deref().map(|text| broker.accounts_named(text)).unwrap_or_default(),
        text,
        since: since.map(|day| day.begins(now)),
        until: until.map(|day| day.ends(now)),
    };
    let found = broker.audit().read(&filter, last)?;
    if found.unreadable > 0 {
        let lines = say::count(found.unreadable, "line");
        say::note(&format!(
            "{lines} of the log can't be read, and aren't shown. To check the log: daypass logs verify"
        ));
    }
    Ok(found)
}

fn list(broker: &Broker, filter: LogsFilter) -> Result<(), Problem> {
    let Entries { entries, unreadable } = find(broker, filter)?;
    if say::wants_json() {
        let lines: Vec<&AuditLine> = entries.iter().map(|entry| &entry.line).collect();
        return say::json(&json!({ "lines": lines, "unreadable": unreadable }));
    }
    if entries.is_empty() {
        say::note("No lines match");
        return Ok(());
    }
    let head = ["TIME", "EVENT", "PROFILE", "ROLE", "IDENTITY", "DETAILS"].map(str::to_owned).to_vec();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(entries.iter().map(|entry| row(&entry.line))).collect();
    say::long_table(&rows);
    Ok(())
}

fn row(line: &AuditLine) -> Vec<String> {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    vec![
        say_time(line.at),
        line.event.to_string(),
        or_dash(line.profile.as_ref().map(ToString::to_string)),
        or_dash(line.role.as_ref().map(say::target)),
        or_dash(line.identity.as_ref().map(ToString::to_string)),
        or_dash(details(line)),
    ]
}

fn say_time(at: DateTime<Utc>) -> String {
    at.with_timezone(&Local).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// `by terraform, by zsh, in konsole, from an endpoint, in /home/ann/shop`
pub(super) fn taker_words(taker: &Taker) -> String {
    let way = match taker.by {
        TakenBy::Process => "with credential_process",
        TakenBy::Endpoint => "from an endpoint",
        TakenBy::Variables => "in variables",
        TakenBy::Console => "as a console address",
        TakenBy::Clipboard => "on the clipboard",
    };
    let words = taker.words().map_or_else(|| way.to_owned(), |program| format!("by {program}, {way}"));
    let details = taker.details.as_ref();
    let folder = details.and_then(|it| it.folder.as_ref()).map(|folder| format!(", folder {folder}"));
    let container = details.and_then(|it| it.container.as_ref()).map(|container| format!(", container {container}"));
    [Some(words), folder, container].into_iter().flatten().collect()
}

fn details(line: &AuditLine) -> Option<String> {
    let parts = [
        line.person.clone(),
        line.former_name.as_ref().map(|name| format!("was {name}")),
        line.catalog.as_ref().map(|catalog| format!("catalog {catalog}")),
        line.taker.as_ref().map(taker_words),
        line.consent.map(|answer| format!("answer {answer}")),
        line.since.map(|since| format!("since {}", say_time(since))),
        line.why.clone(),
        line.problem.clone(),
        line.access_key_id.clone(),
        line.region.as_ref().map(|region| format!("STS in {region}")),
        line.request_id.as_ref().map(|id| format!("request {id}")),
        line.lines_before.map(|lines| format!("{} before", say::count(lines, "line"))),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn write(broker: &Broker, export: LogsExport) -> Result<(), Problem> {
    let LogsExport { filter, format, output, force } = export;
    let entries = find(broker, filter)?.entries;
    let text = match format {
        ExportFormat::Jsonl => entries.iter().map(|Entry { text, .. }| format!("{text}\n")).collect(),
        ExportFormat::Csv => daypass_audit::csv(entries.iter().map(|entry| &entry.line))?,
    };
    let count = entries.len();
    match output {
        Some(file) => {
            save(&file, &text, force)?;
            let words = || say::note(&format!("{}: {}", file.display(), say::count(count, "line")));
            say::result(&json!({ "file": file, "lines": count }), words)
        }
        None => say::result(&json!({ "text": text, "lines": count }), || say::document(&text)),
    }
}

fn verify(broker: &Broker) -> Result<(), Problem> {
    // The vault knows where the log ends.
    broker.vault().read()?;
    let Verified { files, lines, unsealed, removed, restarted } = broker.audit().verify()?;
    let file = &broker.surroundings().places.audit_log;
    if say::wants_json() {
        return say::json(&json!({
            "file": file, "files": files, "lines": lines, "unsealed": unsealed, "removed": removed, "restarted": restarted,
        }));
    }
    let in_files = if files > 1 { format!(" in {files} files") } else { String::new() };
    say::line(&format!("{}: {}{in_files}, unchanged", file.display(), say::count(lines, "line")));
    if let Some(at) = restarted {
        let day = at.with_timezone(&Local).format("%Y-%m-%d %H:%M");
        say::line(&format!("It was restarted at {day}, because the log before it has a break"));
    }
    if unsealed > 0 {
        say::line(&format!(
            "The vault was closed when {} were written, so only the hash chain protects them",
            say::count(unsealed, "line")
        ));
    }
    if removed > 0 {
        say::line(&format!("{} past the log's retention time were removed", say::count(removed, "line")));
    }
    Ok(())
}

fn restart(broker: &Broker) -> Result<(), Problem> {
    broker.vault().read()?;
    let kept = broker.audit().restart(broker.surroundings().clock.now())?;
    say::result(&json!({ "kept": kept }), || {
        if kept.is_empty() {
            return say::line("The log isn't broken, so nothing changed");
        }
        say::line("Started a new log. Its first line says that the previous one is broken. Daypass kept that one:");
        kept.iter().for_each(|file| say::line(&format!("  {}", file.display())));
    })
}
