//! `daypass serve list`, `revoke` and `rotate`.

use chrono::{DateTime, Utc};
use daypass_core::clock::{Clock as _, SystemClock};
use daypass_core::problem::Problem;
use daypass_deliver::env::{self, Shell, Variables};
use daypass_endpoint::{Book, ConsumerName, Entry, Process, TOKEN_VARIABLE};
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::ask::surroundings;
use crate::say;

const HEAD: [&str; 7] = ["CONSUMER", "ROLE", "PROFILE", "AT", "SERVED BY", "LAST USED BY", "LAST USE"];

pub(super) fn list() -> Result<(), Problem> {
    let entries = book()?.list()?;
    if say::wants_json() {
        return say::json(&json!({ "consumers": entries }));
    }
    if entries.is_empty() {
        say::line("There are no consumers. Start one with `daypass serve ROLE`");
        return Ok(());
    }
    let now = SystemClock.now();
    let rows = std::iter::once(HEAD.map(str::to_owned).to_vec()).chain(entries.iter().map(|entry| row(entry, now)));
    say::table(&rows.collect::<Vec<_>>());
    Ok(())
}

fn row(entry: &Entry, now: DateTime<Utc>) -> Vec<String> {
    let process = |process: &Process| format!("{} ({})", process.program, process.id);
    vec![
        entry.name.to_string(),
        say::target(&entry.role),
        entry.profile.to_string(),
        entry.address.to_string(),
        process(&entry.served_by),
        entry.used_by.as_ref().map_or_else(|| "-".to_owned(), process),
        entry.last_use.map_or_else(|| "never".to_owned(), |at| format!("{} ago", say::span(now - at))),
    ]
}

pub(super) fn revoke(name: Option<ConsumerName>) -> Result<(), Problem> {
    let book = book()?;
    let names = match name {
        Some(name) => vec![name],
        None => book.list()?.into_iter().map(|entry| entry.name).collect(),
    };
    for name in &names {
        book.revoke(name)?;
    }
    say::result(&json!({ "revoked": names }), || match &names[..] {
        [] => say::line("There were no consumers"),
        names => names.iter().for_each(|name| {
            say::line(&format!("Revoked {name}. Credentials that it already has work until they expire"))
        }),
    })
}

pub(super) fn rotate(name: &ConsumerName) -> Result<(), Problem> {
    let (entry, token) = book()?.rotate(name)?;
    let token = token.secret().expose_secret();
    match &entry.token_file {
        Some(file) => {
            let file = file.display().to_string();
            say::result(&json!({ "rotated": name, "tokenFile": file }), || {
                say::line(&format!("{file} has a new token for {name}. The old one doesn't work any more"));
            })
        }
        None => {
            let mut variables = Variables::default();
            variables.set(TOKEN_VARIABLE, token);
            let statement = env::statements(&variables, Shell::Sh)?;
            say::result(&json!({ "rotated": name, "variables": { TOKEN_VARIABLE: token } }), || {
                say::line(statement.expose_secret().trim_end());
            })
        }
    }
}

fn book() -> Result<Book, Problem> {
    Ok(Book::in_folder(surroundings()?.places.consumers))
}
