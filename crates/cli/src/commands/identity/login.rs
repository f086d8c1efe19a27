//! `daypass identity login`

use std::io::{BufRead, IsTerminal, Read};
use std::path::Path;

use daypass_broker::broker::Broker;
use daypass_broker::requests::SignIn;
use daypass_core::event::Event;
use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::secret::TypedSecrets;
use daypass_core::settings::IdentitySettings;
use daypass_core::view::{FormField, IdentityView, SignInAsk, SignInWay};
use daypass_identity::browser::{self, Way};
use secrecy::SecretString;
use serde_json::json;

use super::{refresh, roles, secret, which};
use crate::args::Login;
use crate::ask::{ask, ask_quietly, surroundings};
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
    let identity = identity(name)?;
    identity.iter().try_for_each(|identity| check_options(identity, &login))?;
    let given = given(identity.as_ref(), &login)?;
    let Login { print_url, device, timeout, .. } = login;
    // If no browser can open here, a code works better than a URL that leads back to this machine.
    let device = device || (!print_url && !browser::can_open());
    let elsewhere = device && identity.is_some_and(|identity| shows_a_code(&identity));
    let request = SignIn { identity: name.clone(), timeout_seconds: timeout, device, given };
    let began = ask(request.clone(), |event| match event {
        Event::SignInBegan { ask, .. } => show_instructions(name, &ask, print_url, elsewhere),
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

/// The identity, unless it is unknown. Signing in says so.
fn identity(name: &IdentityName) -> Result<Option<IdentityView>, Problem> {
    Ok(snapshot_without_roles()?.identities.into_iter().find(|identity| identity.name == *name))
}

/// Whether a browser on another device ends the sign-in with a code to copy. Other kinds compare one, or come back
/// here.
fn shows_a_code(identity: &IdentityView) -> bool {
    matches!(identity.settings, IdentitySettings::Console(_))
}

/// `bad-usage` for an option that would change nothing for this identity.
fn check_options(identity: &IdentityView, login: &Login) -> Result<(), Problem> {
    let (has_code, has_name, has_page) = match &identity.way {
        SignInWay::Browser { device } => (*device || shows_a_code(identity), false, true),
        SignInWay::Form { fields } => (false, fields.iter().any(|field| !field.secret), false),
        SignInWay::Window | SignInWay::None => (false, false, false),
    };
    let takes_assertion = identity.way == SignInWay::Window;
    let unused = [
        ("--device", login.device && !has_code, "you sign in to it here, and not with a code on another device"),
        ("--user", login.user.is_some() && !has_name, "it doesn't ask for a user name here"),
        ("--print-url", login.print_url && !has_page, "it doesn't have an address to print"),
        ("--assertion-file", login.assertion_file.is_some() && !takes_assertion, "it isn't a SAML identity"),
    ];
    match unused.into_iter().find(|(_, is_unused, _)| *is_unused) {
        None => Ok(()),
        Some((option, _, why)) => {
            let message = format!("{option} doesn't apply to identity {}: {why}", identity.name);
            Err(Problem::new(ProblemKind::Invalid, ProblemCode::BadUsage, message).hint("leave that option out"))
        }
    }
}

fn show_instructions(identity: &IdentityName, ask: &SignInAsk, print_url: bool, elsewhere: bool) {
    match ask {
        SignInAsk::Browser { url } if print_url => print(url),
        SignInAsk::Browser { url } if elsewhere => {
            say::note(&format!("Open this address in a browser on any device, and sign in:\n  {url}"));
        }
        SignInAsk::Browser { url } => open(identity, url),
        SignInAsk::Device { url, short_url, code, .. } => {
            say::note(&format!("Open {short_url} on any device and enter the code {code}"));
            if print_url {
                print(url);
            } else {
                say::note(&format!("or open this URL and compare the code:\n  {url}"));
            }
        }
        SignInAsk::Window { host, browser: Some(title) } => {
            say::note(&format!("Continue in the {title} window that opens ({host})"));
        }
        SignInAsk::Window { host, browser: None } => say::note(&format!("Continue in the Daypass window ({host})")),
    }
}

/// As JSON, standard output has the result alone.
fn print(url: &str) {
    if say::wants_json() { say::note(url) } else { say::line(url) }
}

fn open(identity: &IdentityName, url: &str) {
    let opened = surroundings().and_then(|surroundings| {
        let broker = Broker::open(surroundings);
        let places = &broker.surroundings().places;
        browser::open(url, Way { open: &broker.signs_in_in(identity), places })
    });
    match opened {
        Ok(()) => say::note(&format!("Continue in your browser. If it didn't open, open this address:\n  {url}")),
        Err(problem) if std::io::stderr().is_terminal() => {
            say::note(&format!("{problem}. Open this address yourself:\n  {url}"));
        }
        // A script cannot open the address, and would wait for the sign-in until its time is up.
        Err(problem) => give_up(
            &problem.hint("set BROWSER to a program that opens URLs, or use --print-url and open the address yourself"),
        ),
    }
}

/// Ends the command in the middle of the sign-in, which is cancelled by that.
fn give_up(problem: &Problem) -> ! {
    say::problem(problem);
    std::process::exit(crate::exit_code::exit_code(problem.kind).into())
}

/// What is typed before the sign-in begins.
fn given(identity: Option<&IdentityView>, login: &Login) -> Result<TypedSecrets, Problem> {
    if let Some(path) = &login.assertion_file {
        return Ok(TypedSecrets::none().and("assertion", assertion(path)?));
    }
    let fields = match identity.map(|identity| &identity.way) {
        Some(SignInWay::Form { fields }) => fields.as_slice(),
        Some(SignInWay::Browser { .. } | SignInWay::Window | SignInWay::None) | None => &[],
    };
    fields
        .iter()
        .try_fold(TypedSecrets::none(), |given, field| Ok(given.and(&field.name, typed(field, login.user.as_deref())?)))
}

fn typed(field: &FormField, user: Option<&str>) -> Result<SecretString, Problem> {
    if field.secret {
        return secret::read(&field.label);
    }
    typed_or(&field.label, field.usual.as_deref(), user)
}

/// A text that isn't secret: the one that was given, or what is typed when asked.
pub(in crate::commands) fn typed_or(
    label: &str,
    usual: Option<&str>,
    given: Option<&str>,
) -> Result<SecretString, Problem> {
    if let Some(given) = given {
        return Ok(given.into());
    }
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        let usual = usual.map(|usual| format!(" [{usual}]")).unwrap_or_default();
        say::prompt(&format!("{label}{usual}: "));
    }
    let mut line = String::new();
    let _ = stdin.lock().read_line(&mut line);
    match (line.trim(), usual) {
        ("", Some(usual)) => Ok(usual.into()),
        ("", None) => {
            Err(Problem::new(ProblemKind::Invalid, ProblemCode::NothingTyped, format!("the {label} is missing"))
                .hint("type it when asked, or pass it with --user or on standard input"))
        }
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
