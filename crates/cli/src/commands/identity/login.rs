//! `daypass identity login`

use std::io::{BufRead, IsTerminal, Read};
use std::path::Path;

use daypass_broker::requests::SignIn;
use daypass_core::event::Event;
use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::secret::TypedSecrets;
use daypass_core::settings::IdentitySettings;
use daypass_core::view::{FormField, SignInAsk, SignInWay};
use daypass_identity::browser;
use secrecy::SecretString;
use serde_json::json;

use super::{refresh, roles, secret, which};
use crate::args::Login;
use crate::ask::{ask, ask_quietly};
use crate::commands::snapshot::snapshot_without_roles;
use crate::say;

/// More than STS accepts, so that an assertion that's too long reaches the code that checks the limit.
const LONGEST_ASSERTION: u64 = 1024 * 1024;

/// What the console's sign-in calls the code from another device.
const CODE: &str = "code";

pub(super) fn run(login: Login) -> Result<(), Problem> {
    let name = which::to_sign_in(login.name.clone())?;
    let person = sign_in(&name, login)?;
    if say::wants_json() {
        let roles = refresh::after_sign_in(&name)?;
        return say::json(&json!({ "identity": name, "person": person, "roles": roles }));
    }
    say::line(&format!("Signed in to {name} as {person}"));
    match refresh::after_sign_in(&name)? {
        Some(count) => {
            say::line(&format!("{name} can assume {}. See them with `daypass role list`", say::count(count, "role")));
        }
        None => roles::tell(&name)?,
    }
    refresh::tell_remarks(&name)
}

/// Signs in and returns the person's name. Everything that it prints, except a URL to print, goes to standard error.
pub(in crate::commands) fn sign_in(name: &IdentityName, login: Login) -> Result<String, Problem> {
    let given = given(name, &login)?;
    let Login { print_url, device, timeout, .. } = login;
    // If no browser can open here, a code works better than a URL that leads back to this machine.
    let device = device || (!print_url && !browser::can_open());
    let elsewhere = device && shows_a_code(name)?;
    let request = SignIn { identity: name.clone(), timeout_seconds: timeout, device, given };
    let began = ask(request.clone(), |event| match event {
        Event::SignInBegan { ask, .. } => show_instructions(&ask, print_url, elsewhere),
        Event::SignInCautioned { caution, .. } => say::caution(&caution),
        _ => {}
    });
    match began {
        // The browser on another device shows it.
        Err(problem) if problem.code == ProblemCode::ConsoleCodeWanted => {
            let given = TypedSecrets::none().and(CODE, secret::read("code that the browser shows")?);
            ask_quietly(SignIn { given, ..request })
        }
        result => result,
    }
}

/// Whether a browser on another device ends the sign-in with a code to copy. Other kinds compare one, or come back here.
fn shows_a_code(name: &IdentityName) -> Result<bool, Problem> {
    let identities = snapshot_without_roles()?.identities;
    let settings = identities.into_iter().find(|identity| identity.name == *name).map(|identity| identity.settings);
    Ok(matches!(settings, Some(IdentitySettings::Console(_))))
}

fn show_instructions(ask: &SignInAsk, print_url: bool, elsewhere: bool) {
    match ask {
        SignInAsk::Browser { url } if print_url => print(url),
        SignInAsk::Browser { url } if elsewhere => {
            say::note(&format!("Open this address in a browser on any device, and sign in:\n  {url}"));
        }
        SignInAsk::Browser { url } => open(url),
        SignInAsk::Device { url, short_url, code, .. } => {
            say::note(&format!("Open {short_url} on any device and enter the code {code}"));
            if print_url {
                print(url);
            } else {
                say::note(&format!("or open this URL and compare the code:\n  {url}"));
            }
        }
        SignInAsk::Window { host } => say::note(&format!("Continue in the Daypass window ({host})")),
    }
}

/// As JSON, standard output has the result alone.
fn print(url: &str) {
    if say::wants_json() { say::note(url) } else { say::line(url) }
}

fn open(url: &str) {
    match browser::open(url) {
        Ok(()) => say::note(&format!("Continue in your browser. If it did not open, open this address:\n  {url}")),
        Err(problem) if std::io::stderr().is_terminal() => {
            say::note(&format!("{problem}. Open this address yourself:\n  {url}"));
        }
        // A script cannot open the address, and would wait for the sign-in until its time is up.
        Err(problem) => {
            give_up(&problem.hint(
                "set BROWSER to a program that opens addresses, or use --print-url and open the address yourself",
            ))
        }
    }
}

/// Ends the command in the middle of the sign-in, which is cancelled by that.
fn give_up(problem: &Problem) -> ! {
    say::problem(problem);
    std::process::exit(crate::exit_code::exit_code(problem.kind).into())
}

/// What is typed before the sign-in begins.
fn given(name: &IdentityName, login: &Login) -> Result<TypedSecrets, Problem> {
    if let Some(path) = &login.assertion_file {
        return Ok(TypedSecrets::none().and("assertion", assertion(path)?));
    }
    let mut given = TypedSecrets::none();
    for field in fields(name)? {
        given = given.and(&field.name, typed(&field, login.user.as_deref())?);
    }
    Ok(given)
}

fn fields(name: &IdentityName) -> Result<Vec<FormField>, Problem> {
    let identity = snapshot_without_roles()?.identities.into_iter().find(|identity| &identity.name == name);
    match identity.map(|identity| identity.way) {
        Some(SignInWay::Form { fields }) => Ok(fields),
        _ => Ok(Vec::new()),
    }
}

fn typed(field: &FormField, user: Option<&str>) -> Result<SecretString, Problem> {
    if field.secret {
        return secret::read(&field.label);
    }
    if let Some(user) = user {
        return Ok(user.into());
    }
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        let usual = field.usual.as_ref().map(|usual| format!(" [{usual}]")).unwrap_or_default();
        say::prompt(&format!("{}{usual}: ", field.label));
    }
    let mut line = String::new();
    let _ = stdin.lock().read_line(&mut line);
    match (line.trim(), &field.usual) {
        ("", Some(usual)) => Ok(usual.as_str().into()),
        ("", None) => Err(Problem::new(
            ProblemKind::Invalid,
            ProblemCode::NothingTyped,
            format!("the {} is missing", field.label),
        )
        .hint("type it when asked, or pass it with --user or on standard input")),
        (text, _) => Ok(text.into()),
    }
}

fn assertion(path: &Path) -> Result<SecretString, Problem> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(LONGEST_ASSERTION).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(LONGEST_ASSERTION).read_to_string(&mut text))
    };
    read.map_err(|e| {
        Problem::new(ProblemKind::Invalid, ProblemCode::AssertionUnreadable, format!("{}: {e}", path.display()))
            .hint("pass a file with the SAMLResponse that the sign-in page posts to AWS, or - for standard input")
    })?;
    Ok(text.into())
}
