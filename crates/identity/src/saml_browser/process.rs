//! Starts the browser with its end of the pipe, and ends it.
//!
//! The browser reads orders from its descriptor 3 and writes to 4. All four ends are closed on exec in this process,
//! and only the browser's own start takes that off its two, so no other program gets one. When this process dies, the
//! pipe closes, and the browser ends by itself.

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use command_fds::{CommandFdExt, FdMapping};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::net::unix::pipe;

use super::profile::Profile;
use super::talk::Talk;

/// How long a browser may take to write its cookies after we told it to end.
const ENDS: Duration = Duration::from_secs(5);
/// The same after a signal.
const ENDS_BY_SIGNAL: Duration = Duration::from_secs(3);

/// A browser that runs, and the profile that it uses.
pub(super) struct Running {
    /// Absent once it has ended.
    held: Option<Held>,
}

struct Held {
    child: Child,
    /// No other browser gets it before this one has ended.
    _profile: Profile,
}

pub(super) type Pipe = Talk<pipe::Receiver, pipe::Sender>;

impl Running {
    /// Starts it.
    pub(super) fn start(command: &[OsString], profile: Profile) -> io::Result<(Self, Pipe)> {
        let (orders_read, orders) = io::pipe()?;
        let (news, news_written) = io::pipe()?;
        let (program, arguments) =
            command.split_first().ok_or_else(|| io::Error::other("the browser has no program"))?;
        let mut start = Command::new(program);
        start.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let mapped = |parent_fd: OwnedFd, child_fd| FdMapping { parent_fd, child_fd };
        start
            .fd_mappings(vec![mapped(orders_read.into(), 3), mapped(news_written.into(), 4)])
            .map_err(io::Error::other)?;
        let child = start.spawn()?;
        // The command owns the browser's ends until now. The pipe only closes once nothing here holds them.
        drop(start);
        let running = Self { held: Some(Held { child, _profile: profile }) };
        let talk = Talk::new(pipe::Receiver::from_owned_fd(news.into())?, pipe::Sender::from_owned_fd(orders.into())?);
        Ok((running, talk))
    }

    /// Waits until it has ended, and makes it end if it takes too long. How it ended by itself.
    pub(super) async fn end(mut self) -> Option<ExitStatus> {
        let held = self.held.as_mut()?;
        let ended = held.within(ENDS).await;
        if ended.is_none() {
            held.signal(Signal::TERM);
            if held.within(ENDS_BY_SIGNAL).await.is_none() {
                held.kill();
            }
        }
        if !ended.is_some_and(|status| status.success()) {
            // What a browser that crashed leaves behind.
            held.signal(Signal::KILL);
        }
        self.held = None;
        ended
    }
}

/// The sign-in was given up.
impl Drop for Running {
    fn drop(&mut self) {
        let Some(mut held) = self.held.take() else { return };
        held.signal(Signal::TERM);
        // The profile is free once the browser has ended, and dropping must not wait for that.
        std::thread::spawn(move || {
            let begin = Instant::now();
            while begin.elapsed() < ENDS && held.status().is_none() {
                std::thread::sleep(Duration::from_millis(20));
            }
            held.kill();
        });
    }
}

impl Held {
    fn status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    async fn within(&mut self, limit: Duration) -> Option<ExitStatus> {
        let begin = tokio::time::Instant::now();
        loop {
            if let Some(status) = self.status() {
                return Some(status);
            }
            if begin.elapsed() > limit {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// To it and its helpers.
    fn signal(&self, signal: Signal) {
        if let Some(group) = Pid::from_raw(self.child.id().cast_signed()) {
            let _ = kill_process_group(group, signal);
        }
    }

    fn kill(&mut self) {
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }
}
