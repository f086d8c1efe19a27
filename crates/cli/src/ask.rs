//! Sends a request to the running agent, or answers it in this process.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Once, OnceLock};

use daypass_broker::agent;
use daypass_broker::agent::{Connection, Unanswered};
use daypass_broker::broker::{Broker, beyond_lease};
use daypass_broker::credentials_file;
use daypass_broker::requests::{Answers, Ask, NoteBeyondLease, PeekSession, Request};
use daypass_core::event::Event;
use daypass_core::lease::LEASE_VARIABLE;
use daypass_core::names::ProfileName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::standing::SessionStanding;
use daypass_core::surroundings::Surroundings;
use daypass_vault::memory;

use crate::ending::{finish, unless_told_to_end};

/// Asks for something that can take long, and hears how far it is. Without an agent, this process does the work, on the
/// same vault and with the same locks. So it does if the agent is lost on the way, where that can't do harm.
pub(crate) fn ask<R: Ask>(request: R, on_event: impl Fn(Event) + Send + Sync) -> Result<R::Answer, Problem>
where
    Broker: Answers<R>,
{
    stay_within_lease(&request.clone().into())?;
    let surroundings = surroundings()?;
    let socket = surroundings.places.socket.display().to_string();
    match introduced(connect(&surroundings)?, &surroundings)? {
        Agent::Answers(agent) => {
            tracing::debug!(socket, "asking the running agent");
            match agent.ask(request.clone(), &on_event) {
                Ok(answer) => return Ok(answer),
                Err(Unanswered::Gone { problem, begun }) if !begun || R::MAY_REPEAT => {
                    tracing::debug!(socket, %problem, "the agent is gone");
                }
                Err(Unanswered::Silent(problem)) => beside_silent::<R>(SILENT.get_or_init(|| problem))?,
                Err(unanswered @ (Unanswered::Told(_) | Unanswered::Gone { .. })) => return Err(unanswered.into()),
            }
        }
        Agent::Silent(problem) => beside_silent::<R>(problem)?,
        Agent::Absent => {}
    }
    run(async {
        let config = surroundings.places.config_file.display();
        tracing::debug!(%config, "no agent answers, doing the work in this process");
        let broker = Broker::open(surroundings);
        if SILENT.get().is_some() {
            broker.wait_briefly();
        }
        if R::READS_SESSIONS {
            broker.clear_expired();
        }
        broker.admits_within_known_leases(&request.clone().into(), std::process::id())?;
        let answer = unless_told_to_end(&broker, Box::pin(broker.answer(request, &on_event))).await;
        finish(&broker).await;
        answer
    })?
}

/// `lease-limits` in a program that a lease's variable names it to, whatever started that program.
fn stay_within_lease(request: &Request) -> Result<(), Problem> {
    let name = std::env::var(LEASE_VARIABLE).ok().and_then(|name| name.parse::<ProfileName>().ok());
    let Some(name) = name.filter(|name| !request.is_open_within(name)) else { return Ok(()) };
    ask_quietly(NoteBeyondLease { name: name.clone() })?;
    Err(beyond_lease(&name))
}

/// What a command finds at the agent's socket.
enum Agent {
    Answers(Connection),
    /// It's running, but stopped or stuck.
    Silent(&'static Problem),
    Absent,
}

/// Whether this command hands credentials to the program that runs it, so that the agent has to see that it is one of
/// Daypass's.
static IS_TO_BE_SEEN: AtomicBool = AtomicBool::new(false);

/// The agent that has seen this process.
static SEEN_BY: AtomicU32 = AtomicU32::new(0);

/// This command hands credentials to the program that runs it.
pub(crate) fn is_to_be_seen() {
    IS_TO_BE_SEEN.store(true, Ordering::Relaxed);
}

/// An agent looks at a process when it connects, and remembers it. Nothing else looks into this one after that: the
/// first secret comes later. An agent that began since then is shown the process again.
fn introduced(agent: Agent, surroundings: &Surroundings) -> Result<Agent, Problem> {
    if !IS_TO_BE_SEEN.load(Ordering::Relaxed) {
        return Ok(agent);
    }
    let now = match &agent {
        Agent::Answers(connection) => connection.agent().pid,
        Agent::Silent(_) | Agent::Absent => 0,
    };
    let before = SEEN_BY.swap(now, Ordering::Relaxed);
    let is_first = before == 0 && !IS_HIDDEN.load(Ordering::Relaxed);
    let agent = if now == 0 || now == before || is_first {
        agent
    } else {
        memory::allow_tracing();
        connect(surroundings)?
    };
    memory::forbid_tracing();
    IS_HIDDEN.store(true, Ordering::Relaxed);
    Ok(agent)
}

/// Whether other programs can't look into this process any more.
static IS_HIDDEN: AtomicBool = AtomicBool::new(false);

/// Found once: a command that asks twice doesn't wait twice.
static SILENT: OnceLock<Problem> = OnceLock::new();

fn connect(surroundings: &Surroundings) -> Result<Agent, Problem> {
    if let Some(problem) = SILENT.get() {
        return Ok(Agent::Silent(problem));
    }
    match agent::connect(&surroundings.places.socket) {
        Ok(Some(agent)) => Ok(Agent::Answers(agent)),
        Ok(None) => Ok(Agent::Absent),
        Err(problem) if problem.code == ProblemCode::AgentSilent => Ok(Agent::Silent(SILENT.get_or_init(|| problem))),
        Err(problem) => Err(problem),
    }
}

/// Whether this process may do the work beside an agent that is silent. What changes something waits for the person to
/// resume or end the agent, which may be in the middle of a change.
fn beside_silent<R: Ask>(silent: &Problem) -> Result<(), Problem> {
    static TOLD: Once = Once::new();
    if !R::ONLY_LOOKS {
        return Err(silent.clone());
    }
    TOLD.call_once(|| {
        let hint = silent.hint.as_deref().unwrap_or_default();
        crate::say::note(&format!("daypass: {}. This command works without it\n  hint: {hint}", silent.message));
    });
    Ok(())
}

/// Asks for something that reports no events, and explains the wait to the person if it takes long.
pub(crate) fn ask_quietly<R: Ask>(request: R) -> Result<R::Answer, Problem>
where
    Broker: Answers<R>,
{
    let _explanation = crate::say::explain_long_wait();
    ask(request, |_| ())
}

/// A session as the running agent holds it in memory. `None` if no agent answers.
pub(crate) fn peek(profile: ProfileName) -> Option<Option<SessionStanding>> {
    let socket = surroundings().ok()?.places.socket;
    let agent = agent::connect(&socket).ok()??;
    agent.ask(PeekSession { profile }, |_| ()).ok()
}

/// Whether an agent is running, so that sessions are renewed between commands.
pub(crate) fn agent_runs() -> bool {
    surroundings().and_then(|here| connect(&here)).is_ok_and(|agent| match agent {
        Agent::Answers(_) => true,
        Agent::Silent(_) | Agent::Absent => false,
    })
}

/// The credentials file that the running agent writes to, where it isn't the one that this shell's tools read.
pub(crate) fn agents_other_file() -> Option<PathBuf> {
    let here = surroundings().ok()?;
    let Agent::Answers(agent) = connect(&here).ok()? else { return None };
    let file = PathBuf::from(agent.agent().credentials_file.as_ref()?);
    (!credentials_file::is_same(&file, &here.places.credentials_file)).then_some(file)
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
    Problem::new(ProblemKind::Failed, ProblemCode::NoRuntime, format!("can't start threads or timers: {error}"))
}
