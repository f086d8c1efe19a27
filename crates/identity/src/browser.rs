//! Opening an address in the person's browser.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

use crate::command_line::{self, Shell};

/// Separates the commands in `BROWSER`. On Windows a colon is part of a path.
const SEPARATOR: char = if cfg!(windows) { ';' } else { ':' };

/// Opens an address with `BROWSER`, or with the system's default browser. Does not wait for it.
///
/// `BROWSER` is a program, or a list of commands, separated by colons (on Windows by semicolons) and quoted as for a
/// shell. Each gets the address in place of `%s`, or as its last argument; `%c` is a colon and `%%` a percent sign. The
/// first that starts is used.
///
/// # Errors
///
/// `no-browser` when nothing starts.
pub fn open(url: &str) -> Result<(), Problem> {
    let chosen = chosen();
    let opened = match &chosen {
        Some(list) => commands(list, &is_program).iter().any(|command| start(command, url)),
        None => webbrowser::open_browser_with_options(
            webbrowser::Browser::Default,
            url,
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
        None if cfg!(any(windows, target_os = "macos")) => true,
        // WSL opens the Windows browser.
        None => ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"]
            .into_iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty())),
    }
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
/// `no-editor` when nothing opens it; `not-there` when there is no such file.
pub fn open_file(path: &Path) -> Result<(), Problem> {
    if !path.exists() {
        let message = format!("{} does not exist yet", path.display());
        return Err(Problem::new(ProblemKind::NotFound, ProblemCode::NotThere, message)
            .hint("it is created when you add the first identity"));
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

/// Opens an address that is itself a secret, such as a console sign-in. A program's arguments can be read by other
/// users of the machine, so the browser is given an address on loopback that works once and leads to the real one.
///
/// Returns when the browser has connected, or after a minute.
///
/// # Errors
///
/// `no-browser`; `browser-did-not-come`.
pub async fn open_secret(url: &str) -> Result<(), Problem> {
    let unable = |e: std::io::Error| {
        Problem::new(ProblemKind::Failed, ProblemCode::NoLoopback, format!("no port on 127.0.0.1 could be opened: {e}"))
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(unable)?;
    let address = listener.local_addr().map_err(unable)?;
    let ticket = oauth2::CsrfToken::new_random_len(24).secret().clone();
    open(&format!("http://{address}/open/{ticket}"))?;
    let hand_over = async {
        loop {
            if let Ok((stream, _)) = listener.accept().await
                && let Ok(Ok(true)) = tokio::time::timeout(Duration::from_secs(5), redirect(stream, &ticket, url)).await
            {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), hand_over).await.map_err(|_| {
        Problem::new(
            ProblemKind::Failed,
            ProblemCode::BrowserDidNotCome,
            "the browser did not open the console's address",
        )
        .hint("copy the console's address instead, and open it yourself")
    })
}

/// Answers one request. True if it was the browser's.
async fn redirect(mut stream: TcpStream, ticket: &str, url: &str) -> std::io::Result<bool> {
    let mut head = vec![0; 8 * 1024];
    let mut length = 0;
    while !head[..length].windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut head[length..]).await? {
            0 => return Ok(false),
            more => length += more,
        }
    }
    let expected = format!("GET /open/{ticket} HTTP/1.1\r\n");
    let is_it = head[..length].starts_with(expected.as_bytes());
    let answer = if is_it {
        format!(
            "HTTP/1.1 303 See Other\r\nLocation: {url}\r\nReferrer-Policy: no-referrer\r\nCache-Control: no-store\r\n\
             Content-Length: 0\r\nConnection: close\r\n\r\n"
        )
    } else {
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned()
    };
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    Ok(is_it)
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

    #[tokio::test]
    async fn a_ticket_leads_to_the_secret_address_and_anything_else_nowhere() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        for (path, taken) in [("/", false), ("/open/wrong", false), ("/open/right", true)] {
            let client = tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
                stream.write_all(request.as_bytes()).await.unwrap();
                let mut answer = String::new();
                stream.read_to_string(&mut answer).await.unwrap();
                answer
            });
            let (stream, _) = listener.accept().await.unwrap();
            assert_eq!(redirect(stream, "right", "https://secret.example/?t=1").await.unwrap(), taken);
            assert_eq!(client.await.unwrap().contains("https://secret.example/?t=1"), taken);
        }
    }
}
