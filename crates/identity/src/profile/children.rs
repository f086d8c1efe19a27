//! Runs a program and everything it starts, for a limited time.

use std::io;
use std::process::Output;
use std::time::Duration;

use tokio::process::Command;

/// How a run ended.
pub(super) enum Ended {
    /// It can't be started.
    NotStarted(io::Error),
    /// It took too long, and was ended with what it started.
    Late,
    /// What it printed can't be read.
    Unread(io::Error),
    Printed(Output),
}

/// Runs a program until it ends, and has it end after a while, with its children.
#[cfg(unix)]
pub(super) async fn run(mut command: Command, limit: Duration) -> Ended {
    use rustix::process::{Pid, Signal, kill_process_group};

    // Its own process group, so that its children end with it.
    command.process_group(0).kill_on_drop(true);
    let child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Ended::NotStarted(error),
    };
    let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    match tokio::time::timeout(limit, child.wait_with_output()).await {
        Ok(output) => output.map_or_else(Ended::Unread, Ended::Printed),
        Err(_) => {
            if let Some(group) = group {
                let _ = kill_process_group(group, Signal::KILL);
            }
            Ended::Late
        }
    }
}

/// Runs a program until it ends, and has it end after a while, with its children: they are in a job object. No console
/// opens for it.
#[cfg(windows)]
pub(super) async fn run(mut command: Command, limit: Duration) -> Ended {
    use process_wrap::tokio::{CommandWrap, CreationFlags, JobObject};
    use tokio::io::{AsyncRead, AsyncReadExt};
    use windows::Win32::System::Threading::CREATE_NO_WINDOW;

    async fn all(from: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if let Some(mut from) = from {
            from.read_to_end(&mut bytes).await?;
        }
        Ok(bytes)
    }

    command.kill_on_drop(true);
    let mut wrapped = CommandWrap::from(command);
    wrapped.wrap(CreationFlags(CREATE_NO_WINDOW)).wrap(JobObject);
    let mut child = match wrapped.spawn() {
        Ok(child) => child,
        Err(error) => return Ended::NotStarted(error),
    };
    let (stdout, stderr) = (child.stdout().take(), child.stderr().take());
    // Only the program itself: what it leaves running on purpose is not waited for.
    let output = async {
        let (stdout, stderr, status) = tokio::try_join!(all(stdout), all(stderr), child.inner_mut().wait())?;
        Ok(Output { status, stdout, stderr })
    };
    match tokio::time::timeout(limit, output).await {
        Ok(output) => output.map_or_else(Ended::Unread, Ended::Printed),
        Err(_) => {
            let _ = child.start_kill();
            Ended::Late
        }
    }
}

#[cfg(all(test, windows))]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::process::Stdio;

    use super::*;

    fn shell(line: &str) -> Command {
        let mut command = Command::new("cmd.exe");
        command.raw_arg("/D /S /C ").raw_arg(format!("\"{line}\""));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    #[tokio::test]
    async fn what_a_program_prints_is_read_and_one_that_waits_is_ended() {
        let Ended::Printed(output) = run(shell("echo \"a  b\"& exit 3"), Duration::from_secs(60)).await else {
            panic!("it ends")
        };
        assert_eq!((output.status.code(), output.stdout.trim_ascii()), (Some(3), &b"\"a  b\""[..]));
        let late = run(shell("ping -n 60 127.0.0.1 >NUL"), Duration::from_millis(300)).await;
        assert!(matches!(late, Ended::Late));
        assert!(matches!(run(Command::new("no-such-program"), Duration::from_secs(1)).await, Ended::NotStarted(_)));
    }
}
