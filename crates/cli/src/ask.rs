//! Sends a request to the running agent, or answers it in this process.

use std::sync::Arc;

use daypass_broker::agent;
use daypass_broker::broker::Broker;
use daypass_broker::requests::{Answers, Ask};
use daypass_core::event::Event;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::surroundings::Surroundings;

use crate::ending::{finish, unless_told_to_end};

/// Asks for something that can take long, and hears how far it is. Without an agent, this process does the work, on the
/// same vault and with the same locks.
pub(crate) fn ask<R: Ask>(request: R, on_event: impl Fn(Event) + Send + Sync) -> Result<R::Answer, Problem>
where
    Broker: Answers<R>,
{
    let surroundings = surroundings()?;
    match agent::connect(&surroundings.places.socket) {
        Some(agent) => {
            tracing::debug!(socket = %surroundings.places.socket.display(), "asking the running agent");
            agent.ask(request, on_event)
        }
        None => run(async {
            let config = surroundings.places.config_file.display();
            tracing::debug!(%config, "no agent is running, doing the work in this process");
            let broker = Broker::open(surroundings);
            if R::READS_SESSIONS {
                broker.clear_expired();
            }
            let answer = unless_told_to_end(&broker, Box::pin(broker.answer(request, &on_event))).await;
            finish(&broker).await;
            answer
        })?,
    }
}

/// Asks for something that reports no events, and explains the wait to the person if it takes long.
pub(crate) fn ask_quietly<R: Ask>(request: R) -> Result<R::Answer, Problem>
where
    Broker: Answers<R>,
{
    let _explanation = crate::say::explain_long_wait();
    ask(request, |_| ())
}

/// Whether an agent is running, so that sessions are renewed between commands.
pub(crate) fn agent_runs() -> bool {
    surroundings().is_ok_and(|here| agent::connect(&here.places.socket).is_some())
}

pub(crate) fn surroundings() -> Result<Surroundings, Problem> {
    Surroundings::of_process(Arc::new(crate::say::passphrase))
}

/// Runs a future on this thread.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> Result<T, Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| no_runtime(&e))?;
    Ok(runtime.block_on(future))
}

/// Runs a future that also serves other processes, on all cores.
pub(crate) fn run_serving<T>(future: impl Future<Output = T>) -> Result<T, Problem> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| no_runtime(&e))?;
    Ok(runtime.block_on(future))
}

fn no_runtime(error: &std::io::Error) -> Problem {
    Problem::new(ProblemKind::Failed, ProblemCode::NoRuntime, format!("cannot start threads or timers: {error}"))
}
