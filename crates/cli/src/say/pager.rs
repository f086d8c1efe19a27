//! Long output on a terminal, a page at a time.

use std::io::IsTerminal;
use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

/// At its end, because the newest line is the last.
const DEFAULT: &str = "less +G";

/// What a shell answers for a program that it can't find.
const NOT_FOUND: i32 = 127;

/// Shows text in the person's pager. Returns false if the text fits on the screen, the output isn't a terminal, or no
/// pager can be started.
pub(super) fn show(text: &str) -> bool {
    let stdout = std::io::stdout();
    let size = terminal_size::terminal_size_of(&stdout).filter(|_| stdout.is_terminal());
    if size.is_none_or(|(_, height)| text.lines().count() < usize::from(height.0)) {
        return false;
    }
    let wanted = std::env::var("PAGER").unwrap_or_else(|_| DEFAULT.to_owned());
    if matches!(wanted.trim(), "" | "cat") {
        return false;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.is_ok_and(|runtime| runtime.block_on(run(&wanted, text)).unwrap_or(false))
}

async fn run(pager: &str, text: &str) -> std::io::Result<bool> {
    // Ctrl-C is for the pager. If this process ended by it, the pager and the shell would share the terminal.
    let _interrupts = signal(SignalKind::interrupt())?;
    let mut command = Command::new("sh");
    command.args(["-c", pager]).stdin(Stdio::piped());
    if std::env::var_os("LESS").is_none() {
        command.env("LESS", "FRX");
    }
    let mut child = command.spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // A person who has seen enough ends the pager before its end.
        let _ = input.write_all(text.as_bytes()).await;
    }
    Ok(child.wait().await?.code() != Some(NOT_FOUND))
}
