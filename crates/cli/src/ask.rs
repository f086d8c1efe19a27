//! Who does the work: the agent that runs, or this process.

use std::sync::Arc;

use daypass_broker::agent;
use daypass_broker::agent::{Answer, Request};
use daypass_broker::broker::Broker;
use daypass_core::event::Event;
use daypass_core::problem::{Problem, ProblemKind};
use daypass_core::surroundings::Surroundings;

/// Asks the agent, or does it here on the same vault and locks.
pub(crate) fn ask(request: Request, on_event: impl Fn(Event) + Send + Sync) -> Result<Answer, Problem> {
    let surroundings = surroundings()?;
    // A sign-in takes as long as the person does, a discovery as AWS lets it, and a trial tells its steps.
    let is_patient = matches!(request, Request::SignIn { .. } | Request::Refresh { .. } | Request::TryIdentity { .. });
    let _patience = (!is_patient).then(crate::say::patience);
    match agent::connect(&surroundings.places.socket) {
        Some(agent) => {
            tracing::debug!(socket = %surroundings.places.socket.display(), "an agent runs and is asked");
            agent.ask(&request, on_event)
        }
        None => run(async {
            tracing::debug!(config = %surroundings.places.config_file.display(), "no agent runs: it is done here");
            let broker = Broker::open(surroundings);
            if concerns_sessions(&request) {
                broker.clear_expired();
            }
            broker.answer(request, &on_event).await
        })?,
    }
}

/// Whether somebody renews sessions while no command runs.
pub(crate) fn agent_runs() -> bool {
    surroundings().is_ok_and(|here| agent::connect(&here.places.socket).is_some())
}

/// Whether sessions are looked at, so that the vault is opened anyway.
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

/// As [`ask`], where nothing happens meanwhile.
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

/// Runs a future that serves others as well, on all cores.
pub(crate) fn run_serving<T>(future: impl Future<Output = T>) -> Result<T, Problem> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| no_runtime(&e))?;
    Ok(runtime.block_on(future))
}

fn no_runtime(error: &std::io::Error) -> Problem {
    Problem::new(ProblemKind::Failed, "no-runtime", format!("the system gives no threads or timers: {error}"))
}

/// The answer was of another kind than the request has: the agent is not of this version.
pub(crate) fn unexpected(answer: &Answer) -> Problem {
    let kind = serde_json::to_value(answer).ok().and_then(|v| v["answer"].as_str().map(str::to_owned));
    let message = format!("the Daypass agent answered something else ({})", kind.unwrap_or_default());
    Problem::new(ProblemKind::Failed, "agent-version", message)
        .hint("it is of another version: quit the desktop app or `daypass agent`, and start it again")
}
