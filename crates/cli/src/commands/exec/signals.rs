//! The signals that reach this process while it waits for a program.

#[cfg(unix)]
pub(super) use unix::{Signals, pass_on};
#[cfg(not(unix))]
pub(super) use windows::{Signals, pass_on};

#[cfg(unix)]
mod unix {
    use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
    use rustix::process::{
        Pid, Signal, WaitId, WaitIdOptions, getpgid, getpgrp, getpid, kill_process, kill_process_group, waitid,
    };
    use tokio::process::Child;
    use tokio::signal::unix::{self, SignalKind};

    use crate::held_signals::leave_to_listener;

    /// What would end this process, from now on.
    pub(in super::super) struct Signals {
        terminate: unix::Signal,
        hang_up: unix::Signal,
        interrupt: unix::Signal,
        quit: unix::Signal,
        child: unix::Signal,
    }

    /// What a program's parent has to do.
    pub(in super::super) enum ForProgram {
        PassOn(Signal),
        /// It may have stopped itself.
        Look,
    }

    impl Signals {
        pub(in super::super) fn listen() -> Result<Self, Problem> {
            leave_to_listener();
            let listen = |kind| {
                unix::signal(kind).map_err(|e| Problem::new(ProblemKind::Failed, ProblemCode::NoSignals, e.to_string()))
            };
            Ok(Self {
                terminate: listen(SignalKind::terminate())?,
                hang_up: listen(SignalKind::hangup())?,
                interrupt: listen(SignalKind::interrupt())?,
                quit: listen(SignalKind::quit())?,
                child: listen(SignalKind::child())?,
            })
        }

        /// The next signal that means something for the program. The terminal sends the others to it as well.
        pub(in super::super) async fn next(&mut self) -> ForProgram {
            loop {
                tokio::select! {
                    _ = self.terminate.recv() => return ForProgram::PassOn(Signal::TERM),
                    _ = self.hang_up.recv() => return ForProgram::PassOn(Signal::HUP),
                    _ = self.child.recv() => return ForProgram::Look,
                    _ = self.interrupt.recv() => {}
                    _ = self.quit.recv() => {}
                }
            }
        }
    }

    pub(in super::super) fn pass_on(signal: ForProgram, child: &Child) {
        let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        match (id, signal) {
            // It may have ended just now.
            (Some(id), ForProgram::PassOn(signal)) => drop(kill_process(id, signal)),
            (Some(id), ForProgram::Look) => stop_with(id),
            (None, _) => {}
        }
    }

    /// Stops this process with its program, as a shell does that runs `suspend`, so that the shell around both goes on; and
    /// continues the program together with this one. A program in the same process group got its signal from the terminal, as
    /// this process did.
    fn stop_with(child: Pid) {
        let Some(group) = getpgid(Some(child)).ok().filter(|group| *group != getpgrp()) else { return };
        let stopped = waitid(WaitId::Pid(child), WaitIdOptions::STOPPED | WaitIdOptions::NOHANG);
        if !matches!(stopped, Ok(Some(status)) if status.stopped()) {
            return;
        }
        // Nothing happens where no shell could continue it.
        let _ = kill_process(getpid(), Signal::TSTP);
        let _ = kill_process_group(group, Signal::CONT);
    }
}

#[cfg(not(unix))]
mod windows {
    use std::convert::Infallible;

    use daypass_core::problem::Problem;
    use tokio::process::Child;

    /// Ctrl-C, which the console sends to the program as well.
    pub(in super::super) struct Signals;

    impl Signals {
        #[allow(clippy::unnecessary_wraps)] // It can fail elsewhere.
        pub(in super::super) fn listen() -> Result<Self, Problem> {
            Ok(Self)
        }

        pub(in super::super) async fn next(&mut self) -> Infallible {
            loop {
                let _ = tokio::signal::ctrl_c().await;
            }
        }
    }

    pub(in super::super) fn pass_on(never: Infallible, _: &Child) {
        match never {}
    }
}
