//! Sends a request to the running agent, or answers it in this process.

use std::sync::Arc;

use daypass_broker::agent;
use daypass_broker::agent::{Answer, Request};
use daypass_broker::broker::Broker;
use daypass_core::event::Event;
use daypass_core::problem::{Problem, ProblemKind};
use daypass_core::surroundings::Surroundings;

/// Asks the agent. Without an agent, this process does the work, on the same vault and with the same locks.
pub(crate) fn ask(request: Request, on_event: impl Fn(Event) + Send + Sync) -> Result<Answer, Problem> {
    let surroundings = surroundings()?;
    // A sign-in waits for the person, a discovery can take AWS minutes, and a trial shows its own steps.
    let may_take_long =
        matches!(request, Request::SignIn { .. } | Request::Refresh { .. } | Request::TryIdentity { .. });
    let _explanation = (!may_take_long).then(crate::say::explain_long_wait);
    match agent::connect(&surroundings.places.socket) {
        Some(agent) => {
            tracing::debug!(socket = %surroundings.places.socket.display(), "asking the running agent");
            agent.ask(&request, on_event)
        }
        None => run(async {
            let config = surroundings.places.config_file.display();
            tracing::debug!(%config, "no agent is running, doing the work in this process");
            let broker = Broker::open(surroundings);
            if concerns_sessions(&request) {
                broker.clear_expired();
            }
            broker.answer(request, &on_event).await
        })?,
    }
}

/// Whether an agent is running, so that sessions are renewed between commands.
pub(crate) fn agent_runs() -> bool {
    surroundings().is_ok_and(|here| agent::connect(&here.places.socket).is_some())
}

/// Whether the request reads sessions, so that it opens the vault anyway.
fn concerns_sessions(request: &Request) -> bool {
    matches!(
        request,
        Request::Snapshot
            | Request::Start { .. }
            | Request::Stop { .. }
            | Request::Credentials { .. }
            | Request::Env { .. }
            | Request::WhoAmI { .. }
            | Request::ExplainDenial { .. }
            | Request::WhoseKey { .. }
    )
}

/// Like [`ask`], for requests that report no events.
pub(crate) fn ask_quietly(request: Request) -> Result<Answer, Problem> {
    ask(request, |_| ())
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
    Problem::new(ProblemKind::Failed, "no-runtime", format!("cannot start threads or timers: {error}"))
}

/// The answer doesn't fit the request, so the agent must be of another version.
pub(crate) fn unexpected(answer: &Answer) -> Problem {
    let kind = serde_json::to_value(answer).ok().and_then(|v| v["answer"].as_str().map(str::to_owned));
    let message = format!("the Daypass agent gave an unexpected answer ({})", kind.unwrap_or_default());
    Problem::new(ProblemKind::Failed, "agent-version", message)
        .hint("the agent has another version. Quit the desktop app or `daypass agent`, then start it again")
}
