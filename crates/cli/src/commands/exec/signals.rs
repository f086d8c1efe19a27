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
            (Some(id), ForProgram::Look) => {
                reap_adopted(id);
                stop_with(id);
            }
            (None, _) => {}
        }
    }

    /// Takes in the end of processes whose parent ended before them, which are this process's while it holds a lease. The
    /// program's own end isn't taken: that is waited for elsewhere.
    fn reap_adopted(child: Pid) {
        for id in children().into_iter().filter(|id| *id != child) {
            let _ = waitid(WaitId::Pid(id), WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
        }
    }

    /// None where the system doesn't say: only Linux gives a process the children of others.
    fn children() -> Vec<Pid> {
        let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
        let lists = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
        let ids = lists.flat_map(|list| list.split_whitespace().map(str::parse).collect::<Vec<_>>());
        ids.filter_map(|id| Pid::from_raw(id.ok()?)).collect()
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
