//! Ends the process when it's told to.

use daypass_broker::broker::Broker;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

use crate::say;

/// Completes on Ctrl-C, or when the system asks the process to end.
pub(crate) fn end_of_process() -> Result<impl Future<Output = ()>, Problem> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        crate::held_signals::leave_to_listener();
        let failed = |e: std::io::Error| Problem::new(ProblemKind::Failed, ProblemCode::NoSignals, e.to_string());
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        let mut hang_up = signal(SignalKind::hangup()).map_err(failed)?;
        let mut quit = signal(SignalKind::quit()).map_err(failed)?;
        Ok(async move {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
                _ = hang_up.recv() => {}
                _ = quit.recv() => {}
            }
        })
    }
    // Windows waits some seconds for the end of a process whose console is closed, or that the shutdown ends.
    #[cfg(windows)]
    {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};
        let failed = |e: std::io::Error| Problem::new(ProblemKind::Failed, ProblemCode::NoSignals, e.to_string());
        let (mut c, mut pause) = (ctrl_c().map_err(failed)?, ctrl_break().map_err(failed)?);
        let (mut close, mut shutdown) = (ctrl_close().map_err(failed)?, ctrl_shutdown().map_err(failed)?);
        Ok(async move {
            tokio::select! {
                _ = c.recv() => {}
                _ = pause.recv() => {}
                _ = close.recv() => {}
                _ = shutdown.recv() => {}
            }
        })
    }
}

/// Lets a refresh under way finish before the process ends, and says so if its result is lost.
pub(crate) async fn finish(broker: &Broker) {
    if !broker.finish().await {
        say::note("Daypass was renewing a sign-in and couldn't save the result. You may have to sign in again");
    }
}

/// The answer, unless the process is told to end. While a token is being spent, the process only ends once the next
/// token is stored, because the provider gives it out once. Until then signals do what they always do.
pub(crate) async fn unless_told_to_end<T>(
    broker: &Broker,
    answer: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    let told_to_end = async {
        broker.spends_token().await;
        match end_of_process() {
            // What is under way may be part of the answer, so that goes on meanwhile.
            Ok(end) => {
                end.await;
                broker.finish().await;
            }
            Err(problem) => {
                tracing::warn!(code = %problem.code, "signals end this process at once");
                std::future::pending().await
            }
        }
    };
    tokio::select! {
        answer = answer => answer,
        () = told_to_end => {
            let message = "the command was told to stop before it got an answer";
            Err(Problem::new(ProblemKind::Cancelled, ProblemCode::Interrupted, message))
        }
    }
}
