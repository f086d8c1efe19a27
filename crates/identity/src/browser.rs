//! Opening an address in the person's browser.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use daypass_core::problem::{Problem, ProblemKind};

/// Opens an address with `BROWSER`, or with the system's default browser. Does not wait for it.
///
/// `BROWSER` is a list of commands, separated by colons; each gets the address in place of `%s`, or as its last
/// argument. The first that starts is used.
///
/// # Errors
///
/// `no-browser` when nothing starts.
pub fn open(url: &str) -> Result<(), Problem> {
    let chosen = std::env::var("BROWSER").ok().filter(|browser| !browser.trim().is_empty());
    let opened = match &chosen {
        Some(list) => list.split(':').any(|command| start(command, url)),
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
        Some(list) => format!("no browser could be started with BROWSER={list}"),
        None => "no browser could be started".to_owned(),
    };
    Err(Problem::new(ProblemKind::Failed, "no-browser", message)
        .hint("copy the address into a browser, or set BROWSER to a command that opens one"))
}

/// Whether there is a browser to open: `BROWSER` names a program that is there, or this is a session with a screen. A
/// guess, and no promise.
#[must_use]
pub fn can_open() -> bool {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    match set("BROWSER") {
        Some(list) => list.split(':').filter_map(|command| command.split_whitespace().next()).any(is_program),
        None if cfg!(any(windows, target_os = "macos")) => true,
        // A WSL machine opens the browser of Windows.
        None => ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"].into_iter().any(|name| set(name).is_some()),
    }
}

fn is_program(name: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    // An absolute name joined to a folder is itself.
    std::env::split_paths(&folders).any(|folder| folder.join(name).is_file())
}

/// Opens a text file in the person's editor, as the desktop would on a double click.
///
/// # Errors
///
/// `no-editor` when nothing opens it; `not-there` when there is no such file.
pub fn open_file(path: &Path) -> Result<(), Problem> {
    if !path.exists() {
        let message = format!("{} does not exist yet", path.display());
        return Err(Problem::new(ProblemKind::NotFound, "not-there", message)
            .hint("it is made when the first identity is added"));
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
    Err(Problem::new(ProblemKind::Failed, "no-editor", message).hint("open the file with an editor of your choice"))
}

/// Opens an address that is itself a secret, such as a console sign-in. A program's arguments can be read by other
/// users of the machine, so the browser is given an address on loopback that works once and leads to the real one.
///
/// Ends when the browser has come, or after a minute.
///
/// # Errors
///
/// `no-browser`; `browser-did-not-come`.
pub async fn open_secret(url: &str) -> Result<(), Problem> {
    let unable = |e: std::io::Error| {
        Problem::new(ProblemKind::Failed, "no-loopback", format!("no port on 127.0.0.1 could be opened: {e}"))
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
        Problem::new(ProblemKind::Failed, "browser-did-not-come", "the browser did not open the console's address")
            .hint("copy the address instead: `daypass console ROLE --print`")
    })
}

/// Answers one request; true when it was the browser's.
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

fn start(command: &str, url: &str) -> bool {
    let mut words = command.split_whitespace();
    let Some(program) = words.next() else { return false };
    let mut arguments: Vec<String> = words.map(|word| word.replace("%s", url)).collect();
    if !command.contains("%s") {
        arguments.push(url.to_owned());
    }
    spawn(Command::new(program).args(arguments))
}

fn spawn(command: &mut Command) -> bool {
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let Ok(mut child) = child else { return false };
    // Somebody has to take note of its end, or it stays as a zombie for as long as Daypass runs.
    std::thread::spawn(move || drop(child.wait()));
    true
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

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
