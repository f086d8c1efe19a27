//! Output and questions on the terminal. No other module writes to it.
//!
//! Everything passes [`text::shown_lines`] here: names, addresses and messages of others must not command the terminal.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::borrow::Cow;
use std::io::{BufRead, ErrorKind, IsTerminal, Write};

use chrono::{DateTime, TimeDelta, Utc};
use daypass_core::names::Target;
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_core::text;
use daypass_core::view::Caution;
use daypass_vault::{PassphraseNeed, VaultError};
use secrecy::SecretString;
use serde::Serialize;

/// Prints a line of output.
pub(crate) fn line(text: &str) {
    write_out(&text::shown_lines(text));
}

/// Results that didn't arrive are a failure: a script would go on with half of them. If the reader has gone (`| head`),
/// the program ends without a word.
fn write_out(text: &str) {
    let mut out = std::io::stdout().lock();
    let Err(error) = writeln!(out, "{text}").and_then(|()| out.flush()) else { return };
    if error.kind() != ErrorKind::BrokenPipe {
        note(&format!("daypass: the output can't be written: {error}"));
    }
    std::process::exit(1);
}

/// Tells the person something, on standard error.
pub(crate) fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", text::shown_lines(text));
}

/// Shows progress on one line of the terminal, replacing the previous text. An empty text clears the line. Prints
/// nothing if standard error is not a terminal.
pub(crate) fn progress(text: &str) {
    if std::io::stderr().is_terminal() {
        let _ = write!(std::io::stderr(), "\r\x1b[2K{}", text::shown(text));
    }
}

/// Explains the wait to a person at a terminal unless the returned guard is dropped within five seconds.
pub(crate) fn explain_long_wait() -> impl Sized {
    let (over, ended) = std::sync::mpsc::channel::<()>();
    if std::io::stderr().is_terminal() {
        std::thread::spawn(move || {
            let waited = ended.recv_timeout(std::time::Duration::from_secs(5));
            if waited == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                note("Still waiting for the network or your keyring. Check whether your keyring asks you to unlock it");
            }
        });
    }
    over
}

/// Prints a problem: what happened and what to do next.
pub(crate) fn problem(problem: &Problem) {
    let mut text = format!("daypass: {}", inside(&problem.message));
    if let Some(hint) = &problem.hint {
        text.push_str("\n  hint: ");
        text.push_str(&inside(hint));
    }
    if let Some(step) = &problem.next {
        text.push_str("\n  run: ");
        text.push_str(&command_for(step));
    }
    if let Some(id) = &problem.request_id {
        text.push_str("\n  request id: ");
        text.push_str(id);
    }
    // The pages in docs/ explain problems by their code.
    text.push_str("\n  code: ");
    text.push_str(&problem.code.to_string());
    note(&text);
}

/// Tells what works but isn't as it could be, and what to do about it.
pub(crate) fn caution(caution: &Caution) {
    note(&format!("note: {}\n  hint: {}", inside(&caution.message), inside(&caution.hint)));
}

/// A message that may quote others. Its further lines are indented and marked, so that none looks like ours.
pub(crate) fn inside(text: &str) -> String {
    text.replace('\n', "\n    | ")
}

/// A problem with its hint, as part of a longer output.
pub(crate) fn problem_words(problem: &Problem) -> String {
    let hint = problem.hint.as_ref().map(|hint| format!("\n  hint: {}", inside(hint))).unwrap_or_default();
    format!("{}{hint}", inside(&problem.message))
}

/// Tells of something that stops nothing now, but that the person should change.
pub(crate) fn warning(problem: &Problem) {
    note(&format!("\nwarning: {}", problem_words(problem)));
}

/// What to type to do it.
fn command_for(step: &NextStep) -> String {
    match step {
        NextStep::SignIn { identity } => format!("daypass identity login {identity}"),
        NextStep::GiveSecrets { identity, secrets } => {
            let commands: Vec<String> =
                secrets.iter().map(|secret| format!("daypass identity secret {identity} {secret}")).collect();
            commands.join(", then ")
        }
        NextStep::AddIdentity => "daypass identity add".to_owned(),
        NextStep::ListIdentities => "daypass identity list".to_owned(),
        NextStep::ListRoles => "daypass role list".to_owned(),
        NextStep::ListSessions => "daypass status".to_owned(),
        NextStep::StartAgent => "daypass agent".to_owned(),
    }
}

/// Prints a problem as JSON. It goes to standard error, because standard output is for results.
pub(crate) fn problem_json(problem: &Problem) {
    let text = serde_json::to_string_pretty(problem).unwrap_or_else(|_| problem.message.clone());
    note(&text::shown_json(&text));
}

/// Prints a value as JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Problem> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|e| Problem::new(ProblemKind::Failed, ProblemCode::NoJson, e.to_string()))?;
    write_out(&text::shown_json(&text));
    Ok(())
}

/// Prints rows in columns that are as wide as their widest cell.
pub(crate) fn table(rows: &[Vec<String>]) {
    let rows: Vec<Vec<Cow<'_, str>>> =
        rows.iter().map(|row| row.iter().map(|cell| text::shown(cell)).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|r| r.get(column)).map(|c| c.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in &rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        line(cells.join("  ").trim_end());
    }
}

/// `ACCOUNT/NAME`.
pub(crate) fn target(target: &Target) -> String {
    format!("{}/{}", target.account(), target.name())
}

/// A word as a shell takes it: quoted if necessary.
pub(crate) fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./@%+:".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// The roles before this one in its chain, nearest first: ` via ACCOUNT/NAME via …`. Empty if the role has no chain.
pub(crate) fn chain(via: &[Target]) -> String {
    via.iter().rev().map(|role| format!(" via {}", target(role))).collect()
}

/// `1 h 05 min`, `12 min`, `40 s`. Rounds to the nearest minute above 99 seconds.
pub(crate) fn span(left: TimeDelta) -> String {
    let seconds = left.num_seconds().max(0);
    match (seconds, (seconds + 30) / 60) {
        (..=99, _) => format!("{seconds} s"),
        (_, minutes @ ..=59) => format!("{minutes} min"),
        (_, minutes) => format!("{} h {:02} min", minutes / 60, minutes % 60),
    }
}

/// `no roles`, `1 role`, `3,600 roles`.
pub(crate) fn count(count: usize, what: &str) -> String {
    match count {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        more => format!("{} {what}s", number(more)),
    }
}

/// `45`, `1,200`, with commas as in the window.
pub(crate) fn number(number: impl ToString) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A moment, with its date unless it is today, and how far away it is.
pub(crate) fn moment(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let (there, here) = (at.with_timezone(&chrono::Local), now.with_timezone(&chrono::Local));
    let form = if there.date_naive() == here.date_naive() { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    format!("{} (in {})", there.format(form), span(at - now))
}

/// The local time of day.
pub(crate) fn clock(at: DateTime<Utc>) -> String {
    at.with_timezone(&chrono::Local).format("%H:%M:%S").to_string()
}

/// Asks for something that may be visible on the screen.
pub(crate) fn prompt(text: &str) {
    let _ = write!(std::io::stderr(), "{}", text::shown(text));
}

/// Asks for a secret, without echoing what is typed.
pub(crate) fn ask_secret(label: &str) -> std::io::Result<String> {
    rpassword::prompt_password(format!("{}: ", text::shown(label)))
}

/// Asks a yes-or-no question. Without a terminal, the answer is no.
pub(crate) fn confirm(question: &str) -> bool {
    if !std::io::stdin().is_terminal() {
        return false;
    }
    let _ = write!(std::io::stderr(), "{} [y/N] ", text::shown(question));
    let mut answer = String::new();
    let _ = std::io::stdin().lock().read_line(&mut answer);
    matches!(answer.trim(), "y" | "Y" | "yes")
}

/// Asks for the vault's passphrase on the terminal, without echoing it.
pub(crate) fn passphrase(need: PassphraseNeed) -> Result<SecretString, VaultError> {
    if !std::io::stderr().is_terminal() {
        // The desktop app does not ask for it either.
        let hint =
            "run `daypass agent` on a terminal: it asks once, and opens the vault for all other commands".to_owned();
        return Err(VaultError::PassphraseNeeded { hint });
    }
    let read = |label: &str| ask_secret(label).map_err(|_| VaultError::PassphraseDeclined);
    let first = read(match need {
        PassphraseNeed::New => "Choose a passphrase for the Daypass vault",
        PassphraseNeed::Existing => "Passphrase for the Daypass vault",
    })?;
    if need == PassphraseNeed::New && read("Enter it again")? != first {
        note("The passphrases don't match");
        return Err(VaultError::PassphraseDeclined);
    }
    Ok(first.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_in_threes() {
        let written = [0, 45, 999, 1_000, 1_200, 123_456, 1_234_567].map(number);
        assert_eq!(written, ["0", "45", "999", "1,000", "1,200", "123,456", "1,234,567"]);
        assert_eq!([0, 1, 3_600].map(|n| count(n, "role")), ["no roles", "1 role", "3,600 roles"]);
    }
}
