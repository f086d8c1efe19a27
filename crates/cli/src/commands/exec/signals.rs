//! The signals that reach this process while it waits for a program.

#[cfg(unix)]
pub(super) use unix::{Signals, pass_on};
#[cfg(not(unix))]
pub(super) use windows::{Signals, pass_on};

#[cfg(unix)]
mod unix {
    use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
    use rustix::process::{Pid, Signal, kill_process};
    use tokio::process::Child;
    use tokio::signal::unix::{self, SignalKind};

    /// What would end this process, from now on.
    pub(in super::super) struct Signals {
        terminate: unix::Signal,
        hang_up: unix::Signal,
        interrupt: unix::Signal,
        quit: unix::Signal,
    }

    impl Signals {
        pub(in super::super) fn listen() -> Result<Self, Problem> {
            let listen = |kind| {
                unix::signal(kind).map_err(|e| Problem::new(ProblemKind::Failed, ProblemCode::NoSignals, e.to_string()))
            };
            Ok(Self {
                terminate: listen(SignalKind::terminate())?,
                hang_up: listen(SignalKind::hangup())?,
                interrupt: listen(SignalKind::interrupt())?,
                quit: listen(SignalKind::quit())?,
            })
        }

        /// The next signal that is to be passed on. The terminal sends the others to the program as well.
        pub(in super::super) async fn next(&mut self) -> Signal {
            loop {
                tokio::select! {
                    _ = self.terminate.recv() => return Signal::TERM,
                    _ = self.hang_up.recv() => return Signal::HUP,
                    _ = self.interrupt.recv() => {}
                    _ = self.quit.recv() => {}
                }
            }
        }
    }

    pub(in super::super) fn pass_on(signal: Signal, child: &Child) {
        let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(id) = id {
            // It may have ended just now.
            let _ = kill_process(id, signal);
        }
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
