//! Opens an address in the person's browser: the system's own, or the one that the settings choose.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::OpenIn;
use daypass_core::surroundings::Places;

use crate::browsers;
use crate::command_line::{self, Shell};
use crate::hand_over::{HandOver, Onward};

/// Separates the commands in `BROWSER`. On Windows a colon is part of a path.
const SEPARATOR: char = if cfg!(windows) { ';' } else { ':' };

/// How long a sign-in's browser may take to start: a person may have to choose one.
const PATIENCE: Duration = Duration::from_secs(300);
/// How long that of the console may take. The command waits for it.
const CONSOLE_PATIENCE: Duration = Duration::from_secs(60);

/// Where to open an address, and what is known of this machine.
#[derive(Debug, Clone, Copy)]
pub struct Way<'a> {
    /// What the settings say.
    pub open: &'a OpenIn,
    /// Where the person's files are.
    pub places: &'a Places,
}

/// Opens a web address in the browser that the settings choose. If they choose none, in `BROWSER`, or in the system's
/// default browser. Does not wait for it.
///
/// The browser is started with another address, which leads to this one once and for this user only
/// ([`crate::hand_over`]): other users can read a program's arguments. This process must live until the browser has
/// come.
///
/// `BROWSER` is a program, or a list of commands, separated by colons (on Windows by semicolons) and quoted as for a
/// shell. Each gets the address in place of `%s`, or as its last argument; `%c` is a colon and `%%` a percent sign. The
/// first that starts is used.
///
/// # Errors
///
/// `not-a-web-address`; `no-loopback`; `no-browser` when nothing starts; `browser-not-found`,
/// `browser-profile-not-found` and `browser-cant` where the settings ask for what isn't here.
pub fn open(url: &str, way: Way<'_>) -> Result<(), Problem> {
    let (onward, hand_over) = begin(&Page::Address(url), way)?;
    // Its own thread, because a caller may have no runtime, or one that it blocks.
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let led = runtime.map(|runtime| {
            runtime.block_on(async { tokio::time::timeout(PATIENCE, hand_over.lead_to(&onward)).await })
        });
        match led {
            Ok(Ok(Ok(()))) => {}
            Ok(Err(_)) => tracing::debug!("no browser came to the address that it was started with"),
            Ok(Ok(Err(error))) | Err(error) => tracing::warn!(%error, "the browser can't be led to the address"),
        }
    });
    Ok(())
}

/// What a browser opens.
#[derive(Clone, Copy)]
pub enum Page<'a> {
    /// An address.
    Address(&'a str),
    /// What a form posts, from a page that is served once on this machine.
    Form {
        /// Where to.
        action: &'a str,
        /// The fields' names and values, which are secrets.
        fields: &'a [(&'static str, &'a str)],
    },
}

/// Opens a page as [`open`] does, and returns when the browser has come, or after a minute.
///
/// # Errors
///
/// Those of [`open`]; `browser-did-not-come`.
pub async fn open_and_wait(page: &Page<'_>, way: Way<'_>) -> Result<(), Problem> {
    let (onward, hand_over) = begin(page, way)?;
    match tokio::time::timeout(CONSOLE_PATIENCE, hand_over.lead_to(&onward)).await {
        Ok(led) => led.map_err(|error| no_loopback(&error)),
        Err(_) => Err(Problem::new(
            ProblemKind::Failed,
            ProblemCode::BrowserDidNotCome,
            "the browser didn't open the console's address",
        )
        .hint("copy the console's address instead, and open it yourself")),
    }
}

/// Starts the browser with the address that leads to the wanted one.
fn begin(page: &Page<'_>, way: Way<'_>) -> Result<(Onward, HandOver), Problem> {
    let onward = match page {
        Page::Address(url) => Onward::Address(web_address(url)?),
        Page::Form { action, fields } => Onward::Form {
            action: web_address(action)?,
            fields: fields.iter().map(|(name, value)| (*name, SecretString::from(*value))).collect(),
        },
    };
    let hand_over = HandOver::prepare().map_err(|error| no_loopback(&error))?;
    let hand_over = hand_over.through_extension(way.open.container.is_some());
    let shown = hand_over.shown().map_err(|error| no_loopback(&error))?;
    match way.open.is_usual() {
        true => start_browser(&shown)?,
        false => start_chosen(&shown, way)?,
    }
    Ok((onward, hand_over))
}

/// The browser that the settings choose, among those that are found here.
fn start_chosen(address: &str, Way { open, places }: Way<'_>) -> Result<(), Problem> {
    let found = browsers::find(places);
    let (browser, profile) = browsers::choose(&found, open)?;
    let command = browsers::start_command(browser, profile, open, address, &places.browser_profiles)?;
    let Some((program, arguments)) = command.split_first() else { return Ok(()) };
    if spawn(Command::new(program).args(arguments)) {
        return Ok(());
    }
    let message = format!("{} couldn't be started", browser.title);
    Err(Problem::new(ProblemKind::Failed, ProblemCode::NoBrowser, message)
        .hint("copy the address into a browser, or choose another with `daypass browser use`"))
}

/// What a provider sends must lead to a page, and not to a file or a program of this machine.
fn web_address(url: &str) -> Result<Url, Problem> {
    let message = match Url::parse(url) {
        Ok(parsed) if matches!(parsed.scheme(), "https" | "http") => return Ok(parsed),
        // The rest of it may be a secret.
        Ok(parsed) => format!("an address that starts with {}: isn't a web page", parsed.scheme()),
        Err(error) => format!("the address to open can't be read: {error}"),
    };
    Err(Problem::new(ProblemKind::Refused, ProblemCode::NotAWebAddress, message)
        .hint("ask the identity provider's administrator why it sends such an address"))
}

fn no_loopback(error: &std::io::Error) -> Problem {
    let message = format!("no port on 127.0.0.1 could be opened: {error}");
    Problem::new(ProblemKind::Failed, ProblemCode::NoLoopback, message)
}

fn start_browser(address: &str) -> Result<(), Problem> {
    let chosen = chosen();
    let opened = match &chosen {
        Some(list) => commands(list, &is_program).iter().any(|command| start(command, address)),
        None => webbrowser::open_browser_with_options(
            webbrowser::Browser::Default,
            address,
            webbrowser::BrowserOptions::new().with_suppress_output(true),
        )
        .is_ok(),
    };
    if opened {
        return Ok(());
    }
    let message = match chosen {
        Some(list) => format!("no browser could be started with BROWSER={}", list.display()),
        None => "no browser could be started".to_owned(),
    };
    Err(Problem::new(ProblemKind::Failed, ProblemCode::NoBrowser, message)
        .hint("copy the address into a browser, or set BROWSER to a command that opens one"))
}

/// Whether there is a browser to open: `BROWSER` names an installed program, or this session has a screen. This is a
/// guess.
#[must_use]
pub fn can_open() -> bool {
    match chosen() {
        Some(list) => names_a_program(&list),
        // WSL opens the Windows browser.
        None => has_screen() || is_set("WSL_DISTRO_NAME"),
    }
}

/// Whether a browser of this machine can show a window in this session.
pub(crate) fn has_screen() -> bool {
    cfg!(any(windows, target_os = "macos")) || ["DISPLAY", "WAYLAND_DISPLAY"].into_iter().any(is_set)
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// Whether one of the commands in a value of `BROWSER` can be started.
#[must_use]
pub fn names_a_program(list: &OsStr) -> bool {
    commands(list, &is_program).iter().any(|command| is_program(&command[0]))
}

fn chosen() -> Option<OsString> {
    std::env::var_os("BROWSER").filter(|list| !list.to_string_lossy().trim().is_empty())
}

/// The commands in a value of `BROWSER`, each with its program first. A path doesn't need quotes: if the whole value,
/// or everything between two separators, is a program, it is taken as that.
fn commands(list: &OsStr, is_program: &dyn Fn(&OsStr) -> bool) -> Vec<Vec<OsString>> {
    if is_program(list) {
        return vec![vec![list.to_owned()]];
    }
    let command = |text: &str| -> Vec<OsString> {
        if is_program(text.as_ref()) {
            return vec![text.into()];
        }
        command_line::words(text, Shell::HERE).into_iter().map(OsString::from).collect()
    };
    let texts = list.to_str().unwrap_or_default().split(SEPARATOR);
    texts.map(|text| command(text.trim())).filter(|words| !words.is_empty()).collect()
}

fn is_program(name: &OsStr) -> bool {
    command_line::find_program(name).is_some()
}

/// Opens a text file in the person's editor, as the desktop would on a double click.
///
/// # Errors
///
/// `no-editor` if nothing can open it, `not-there` if the file doesn't exist.
pub fn open_file(path: &Path) -> Result<(), Problem> {
    if !path.exists() {
        let message = format!("{} doesn't exist yet", path.display());
        return Err(Problem::new(ProblemKind::NotFound, ProblemCode::NotThere, message)
            .hint("it's created when you add the first identity"));
    }
    let (program, arguments): (&str, &[&str]) = match std::env::consts::OS {
        "macos" => ("open", &["-t"]),
        "windows" => ("notepad", &[]),
        _ => ("xdg-open", &[]),
    };
    if spawn(Command::new(program).args(arguments).arg(path)) {
        return Ok(());
    }
    let message = format!("no program could be started to open {}", path.display());
    Err(Problem::new(ProblemKind::Failed, ProblemCode::NoEditor, message)
        .hint("open the file with an editor of your choice"))
}

fn start(command: &[OsString], url: &str) -> bool {
    let Some((program, arguments)) = command.split_first() else { return false };
    spawn(Command::new(program).args(with_address(arguments, url)))
}

/// The arguments with the address in its place.
fn with_address(arguments: &[OsString], url: &str) -> Vec<OsString> {
    let mut has_place = false;
    let mut filled: Vec<OsString> = Vec::with_capacity(arguments.len() + 1);
    for argument in arguments {
        // They were cut from a valid text.
        let (mut rest, mut text) = (argument.to_str().unwrap_or_default(), String::new());
        while let Some((before, after)) = rest.split_once('%') {
            text.push_str(before);
            let (put, length) = match after.chars().next() {
                Some('s') => (url, 1),
                Some('c') => (":", 1),
                Some('%') => ("%", 1),
                _ => ("%", 0),
            };
            has_place |= after.starts_with('s');
            text.push_str(put);
            rest = &after[length..];
        }
        filled.push((text + rest).into());
    }
    if !has_place {
        filled.push(url.into());
    }
    filled
}

fn spawn(command: &mut Command) -> bool {
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let Ok(mut child) = child else { return false };
    // Without a wait it would stay a zombie as long as Daypass runs.
    std::thread::spawn(move || drop(child.wait()));
    true
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[cfg(windows)]
    #[test]
    fn on_windows_a_semicolon_separates_and_cmd_s_quotes_count() {
        let is_program = |name: &OsStr| name == r"C:\My Browser\run.exe" || name == "firefox";
        let of = |list: &str| -> Vec<Vec<OsString>> { commands(list.as_ref(), &is_program) };
        assert_eq!(of(r"C:\My Browser\run.exe;firefox"), [[r"C:\My Browser\run.exe"], ["firefox"]]);
        assert_eq!(of(r#""C:\My Browser\run.exe" "my self""#), [[r"C:\My Browser\run.exe", "my self"]]);
    }

    #[cfg(unix)]
    #[test]
    fn a_path_needs_no_quotes_and_anything_else_is_quoted_as_in_a_shell() {
        const THERE: [&str; 4] = ["/opt/My Browser/run", "/opt/a:b/run", "firefox", "/home/day pass ü/person.py"];
        let is_program = |name: &OsStr| THERE.iter().any(|there| name == *there);
        let of = |list: &str| -> Vec<Vec<OsString>> { commands(list.as_ref(), &is_program) };
        for path in THERE {
            assert_eq!(of(path), [[path]]);
        }
        assert_eq!(of("/opt/My Browser/run:firefox"), [["/opt/My Browser/run"], ["firefox"]]);
        assert_eq!(of(" lynx: firefox --new-tab %s :"), [vec!["lynx"], vec!["firefox", "--new-tab", "%s"]]);
        assert_eq!(of(r#""/opt/My Browser/run" --as 'my self'"#), [["/opt/My Browser/run", "--as", "my self"]]);
        assert_eq!(of(r"/opt/My\ Browser/run --quick"), [["/opt/My Browser/run", "--quick"]]);
        // A command that doesn't exist is split at spaces.
        assert_eq!(of("/opt/No Browser/run"), [["/opt/No", "Browser/run"]]);
        assert!(of(" : ").is_empty());
    }

    #[test]
    fn the_address_stands_in_its_place_or_last() {
        let with = |arguments: &[&str]| {
            let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
            with_address(&arguments, "https://x/?a=%s&b=%41")
        };
        const URL: &str = "https://x/?a=%s&b=%41";
        assert_eq!(with(&[]), [URL]);
        assert_eq!(with(&["--app=%s", "-x"]), [&*format!("--app={URL}"), "-x"]);
        assert_eq!(with(&["%%s", "50%", "a%cb"]), ["%s", "50%", "a:b", URL]);
    }

    #[cfg(unix)]
    #[test]
    #[allow(clippy::disallowed_methods)]
    fn a_program_in_a_folder_with_blanks_is_started_and_what_is_none_is_told() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("My Browser ü").join("run");
        std::fs::create_dir(program.parent().unwrap()).unwrap();
        std::fs::write(&program, "#!/bin/sh\n").unwrap();
        assert!(!names_a_program(program.as_os_str()), "it may not be run yet");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(names_a_program(program.as_os_str()));
        assert!(!names_a_program(folder.path().as_os_str()));
    }

    #[test]
    fn only_web_addresses_are_opened() {
        for url in ["https://x.example/a?b=c", "http://127.0.0.1:1/", "HTTPS://x.example/"] {
            assert!(web_address(url).is_ok(), "{url}");
        }
        for url in ["file:///etc/passwd", "javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "x", ""] {
            assert_eq!(web_address(url).unwrap_err().code, ProblemCode::NotAWebAddress, "{url}");
        }
    }
}
