//! Output and questions on the terminal. No other module writes to it.
//!
//! Everything passes [`text::shown_lines`] here: names, addresses and messages of others must not command the terminal.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::io::{BufRead, ErrorKind, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use daypass_broker::naming::in_words;
use daypass_core::names::{CatalogName, Target};
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_core::text;
use daypass_core::view::{Caution, RoleView, SessionState};
use daypass_vault::{PassphraseNeed, VaultError};
use secrecy::SecretString;
use serde::Serialize;

mod again;
mod look;
#[cfg(unix)]
mod pager;
mod quoting;

pub(crate) use look::{can_clear_lines, has_colours};
pub(crate) use quoting::shell_word;

/// The version of what `--json` prints. It changes when a key is renamed or removed.
const JSON_VERSION: u8 = 1;

static JSON: AtomicBool = AtomicBool::new(false);

/// Whether results and problems are printed as JSON from now on.
pub(crate) fn use_json(json: bool) {
    JSON.store(json, Ordering::Relaxed);
}

/// Whether the output is for a program.
pub(crate) fn wants_json() -> bool {
    JSON.load(Ordering::Relaxed)
}

/// Prints a result: as JSON for a program, or else in words.
pub(crate) fn result(value: &impl Serialize, words: impl FnOnce()) -> Result<(), Problem> {
    if wants_json() {
        return json(value);
    }
    words();
    Ok(())
}

/// Prints a line of output.
pub(crate) fn line(text: &str) {
    write_out(&text::shown_lines(text));
}

/// Prints a document of JSON or of words, which ends with a line break unless it is empty.
pub(crate) fn document(text: &str) {
    if let Some(text) = text.strip_suffix('\n') {
        write_out(&text::shown_json(text));
    }
}

/// Prints the content of a file byte for byte, unless a person looks at it.
pub(crate) fn file(text: &str) {
    match std::io::stdout().is_terminal() {
        true => write_out(text::shown_lines(text).trim_end_matches('\n')),
        false => write_exactly(text),
    }
}

/// Results that didn't arrive are a failure: a script would go on with half of them. If the reader has gone (`| head`),
/// the program ends without a word.
fn write_out(text: &str) {
    write_exactly(&format!("{text}\n"));
}

fn write_exactly(text: &str) {
    let mut out = std::io::stdout().lock();
    let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) else { return };
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
    if look::can_clear_lines(&std::io::stderr()) {
        let _ = write!(std::io::stderr(), "\r\x1b[2K{}", text::shown(text));
    }
}

/// Explains the wait to a person at a terminal, unless the returned guard is dropped within five seconds. While the
/// person types, it is they who are waited for.
pub(crate) fn explain_long_wait() -> impl Sized {
    let (over, ended) = mpsc::channel::<()>();
    if std::io::stderr().is_terminal() {
        std::thread::spawn(move || {
            let mut before = typing::times_asked();
            while ended.recv_timeout(Duration::from_secs(5)) == Err(mpsc::RecvTimeoutError::Timeout) {
                let now = typing::times_asked();
                if now == before && !typing::is_under_way() {
                    note(
                        "Still waiting for the network or the vault's key. If your keyring or an agent in another terminal \
                         is asking for a password, enter it",
                    );
                    return;
                }
                before = now;
            }
        });
    }
    over
}

/// Whether the person is being asked for something.
mod typing {
    use std::sync::atomic::{AtomicUsize, Ordering};

    static ASKED: AtomicUsize = AtomicUsize::new(0);
    static ANSWERED: AtomicUsize = AtomicUsize::new(0);

    /// Asks, and returns the answer.
    pub(super) fn during<T>(ask: impl FnOnce() -> T) -> T {
        ASKED.fetch_add(1, Ordering::SeqCst);
        let answer = ask();
        ANSWERED.fetch_add(1, Ordering::SeqCst);
        answer
    }

    pub(super) fn times_asked() -> usize {
        ASKED.load(Ordering::SeqCst)
    }

    pub(super) fn is_under_way() -> bool {
        ANSWERED.load(Ordering::SeqCst) < times_asked()
    }
}

/// Prints a problem: what happened and what to do next. It goes to standard error, because standard output is for
/// results.
pub(crate) fn problem(problem: &Problem) {
    if wants_json() {
        let text = in_json(problem).unwrap_or_else(|_| problem.message.clone());
        return note(&text::shown_json(&text));
    }
    let mut text = format!("daypass: {}", inside(&problem.message));
    if let Some(hint) = &problem.hint {
        text.push_str("\n  hint: ");
        text.push_str(&inside(hint));
    }
    if let Some(step) = &problem.next {
        for (at, command) in commands_for(step).iter().enumerate() {
            text.push_str(if at == 0 { "\n  run: " } else { "\n   or: " });
            text.push_str(command);
        }
    }
    if let Some(id) = &problem.request_id {
        text.push_str("\n  request id: ");
        text.push_str(id);
    }
    // The pages in docs/ explain problems by their code.
    text.push_str("\n  code: ");
    text.push_str(&problem.code.to_string());
    look::note_with_head("daypass:", look::Head::Problem, &text);
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
    note("");
    look::note_with_head("warning:", look::Head::Warning, &format!("warning: {}", problem_words(problem)));
}

/// What to type to do it: one of these.
fn commands_for(step: &NextStep) -> Vec<String> {
    match step {
        NextStep::NameRole { typed, roles, more } => {
            let typed_again = roles.iter().map(|role| again::with_role(typed, role));
            let list = (*more > 0).then(|| format!("daypass role list {}", shell_word(typed)));
            typed_again.chain(list).collect()
        }
        step => vec![command_for(step)],
    }
}

/// The same in one line.
pub(crate) fn command_for(step: &NextStep) -> String {
    match step {
        NextStep::NameRole { typed, .. } => format!("daypass role list {}", shell_word(typed)),
        NextStep::SignIn { identity } => format!("daypass identity login {identity}"),
        NextStep::GiveSecrets { identity, secrets } => {
            let commands: Vec<String> =
                secrets.iter().map(|secret| format!("daypass identity secret {identity} {secret}")).collect();
            commands.join(", then ")
        }
        NextStep::AddIdentity => "daypass identity add".to_owned(),
        NextStep::ListIdentities => "daypass identity list".to_owned(),
        NextStep::ListRoles => "daypass role list".to_owned(),
        NextStep::ShowCatalog { catalog } => format!("daypass catalog show {catalog}"),
        NextStep::ListSessions => "daypass status".to_owned(),
        NextStep::StartAgent => "daypass agent".to_owned(),
        NextStep::KeepKeyElsewhere => {
            "daypass vault move passphrase, or daypass vault move file:~/.config/daypass/vault.key".to_owned()
        }
        NextStep::UnlockVault => "daypass unlock".to_owned(),
    }
}

/// Prints an object as JSON, with the version of its form.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Problem> {
    write_out(&text::shown_json(&in_json(value)?));
    Ok(())
}

/// Prints a value as JSON, in the form that another program's reader expects.
pub(crate) fn foreign_json(value: &impl Serialize) -> Result<(), Problem> {
    let text = serde_json::to_string_pretty(value).map_err(|error| no_json(&error))?;
    write_out(&text::shown_json(&text));
    Ok(())
}

fn in_json(value: &impl Serialize) -> Result<String, Problem> {
    #[derive(Serialize)]
    struct Versioned<'a, T> {
        version: u8,
        #[serde(flatten)]
        value: &'a T,
    }
    serde_json::to_string_pretty(&Versioned { version: JSON_VERSION, value }).map_err(|error| no_json(&error))
}

fn no_json(error: &serde_json::Error) -> Problem {
    Problem::new(ProblemKind::Failed, ProblemCode::NoJson, error.to_string())
}

/// Prints rows in columns that are as wide as their widest cell. The first row is the head. On a terminal that is too
/// narrow, each row becomes a block of lines.
pub(crate) fn table(rows: &[Vec<String>]) {
    look::rows(rows, look::width()).iter().for_each(|row| line(row));
}

/// The same for a table that can be long: on a terminal, it is shown in the person's pager.
pub(crate) fn long_table(rows: &[Vec<String>]) {
    let lines = look::rows(rows, look::width());
    let text = text::shown_lines(&lines.join("\n")).into_owned();
    #[cfg(unix)]
    if pager::show(&text) {
        return;
    }
    write_out(&text);
}

/// `ACCOUNT/NAME`.
pub(crate) fn target(target: &Target) -> String {
    format!("{}/{}", target.account(), target.name())
}

/// `Shop – production/ReadOnly (111122223333)`, with a mark for production.
pub(crate) fn role(role: &RoleView) -> String {
    let alias = role.account_alias.as_ref().map(|alias| alias.as_str());
    let words = in_words(&role.account, role.account_name.as_deref().or(alias), &role.name);
    if role.production { format!("{words} [production]") } else { words }
}

/// Where a session stands.
pub(crate) fn state(state: SessionState) -> &'static str {
    match state {
        SessionState::Starting => "starting",
        SessionState::Active => "active",
        SessionState::Renewing => "renewing",
        SessionState::NeedsSignIn => "sign in again",
        SessionState::Failed => "failed",
        SessionState::Expired => "expired",
        SessionState::Stopped => "stopped",
    }
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
    count_of(count, what, &format!("{what}s"))
}

/// The same for a word with a plural of its own.
pub(crate) fn count_of(count: usize, one: &str, several: &str) -> String {
    match count {
        0 => format!("no {several}"),
        1 => format!("1 {one}"),
        more => format!("{} {several}", number(more)),
    }
}

/// Adds a column that says which shared catalog each row comes from, if any does.
pub(crate) fn with_origins(rows: &mut [Vec<String>], origins: &[Option<CatalogName>]) {
    if origins.iter().all(Option::is_none) {
        return;
    }
    let head = std::iter::once("FROM".to_owned());
    let of_row = |origin: &Option<CatalogName>| match origin {
        Some(catalog) => format!("catalog {catalog}"),
        None => "-".to_owned(),
    };
    let cells = head.chain(origins.iter().map(of_row));
    rows.iter_mut().zip(cells).for_each(|(row, cell)| row.push(cell));
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
    typing::during(|| rpassword::prompt_password(format!("{}: ", text::shown(label))))
}

/// Whether [`confirm`] asks.
pub(crate) fn can_confirm() -> bool {
    std::io::stdin().is_terminal()
}

/// Asks a yes-or-no question. Without a terminal, the answer is no.
pub(crate) fn confirm(question: &str) -> bool {
    if !can_confirm() {
        return false;
    }
    let _ = write!(std::io::stderr(), "{} [y/N] ", text::shown(question));
    let mut answer = String::new();
    let _ = typing::during(|| std::io::stdin().lock().read_line(&mut answer));
    matches!(answer.trim(), "y" | "Y" | "yes")
}

/// How often the person may type a new passphrase twice.
const NEW_PASSPHRASE_TRIES: u8 = 3;

/// Asks for the vault's passphrase on the terminal, without echoing it.
pub(crate) fn passphrase(need: PassphraseNeed) -> Result<SecretString, VaultError> {
    if !can_ask() {
        let hint =
            "start the desktop app, or run `daypass agent` in a terminal. Either asks once, and opens the vault for all \
             other commands. To stop using a passphrase, run `daypass vault move` in a terminal, with another place"
                .to_owned();
        return Err(VaultError::PassphraseNeeded { hint });
    }
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    match (need, &mut *known) {
        (PassphraseNeed::Existing, Some(typed)) => {
            typed.is_repeated = true;
            return Ok(typed.passphrase.clone());
        }
        // The person had all tries, and this was the last one.
        (PassphraseNeed::Again { .. }, Some(Typed { is_repeated: true, .. })) => {
            return Err(VaultError::PassphraseDeclined);
        }
        _ => {}
    }
    let passphrase = type_passphrase(need)?;
    *known = Some(Typed { passphrase: passphrase.clone(), is_repeated: false });
    Ok(passphrase)
}

/// What the person typed last.
struct Typed {
    passphrase: SecretString,
    /// Whether it was given again, to another broker of this process.
    is_repeated: bool,
}

/// A command may open the vault several times, and asks once.
static KNOWN: Mutex<Option<Typed>> = Mutex::new(None);

fn type_passphrase(need: PassphraseNeed) -> Result<SecretString, VaultError> {
    let read = |label: &str| ask_secret(label).map_err(|_| VaultError::PassphraseDeclined);
    match need {
        PassphraseNeed::Existing => read("Passphrase for the Daypass vault").map(SecretString::from),
        PassphraseNeed::Again { left } => {
            let tries = if left == 1 { "one more try".to_owned() } else { format!("{left} more tries") };
            note(&format!("That isn't the vault's passphrase. You have {tries}"));
            read("Passphrase for the Daypass vault").map(SecretString::from)
        }
        PassphraseNeed::New => {
            for _ in 0..NEW_PASSPHRASE_TRIES {
                let first = read("Choose a passphrase for the Daypass vault")?;
                if first.is_empty() {
                    note("The passphrase is empty. Choose one that is hard to guess");
                } else if read("Enter it again")? == first {
                    return Ok(first.into());
                } else {
                    note("The passphrases don't match");
                }
            }
            Err(VaultError::PassphraseDeclined)
        }
    }
}

/// Whether there is a person who can type a passphrase, which is read from the terminal itself.
fn can_ask() -> bool {
    let has_terminal = if cfg!(unix) { std::fs::File::open("/dev/tty").is_ok() } else { true };
    std::io::stderr().is_terminal() && has_terminal
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
