//! `daypass agent status` and `daypass agent stop`.

use std::path::Path;
use std::time::{Duration, Instant};

use daypass_broker::agent;
use daypass_broker::requests::{AgentInfo, Retire};
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use serde_json::json;

use super::run_agent;
use crate::args::AgentCommand;
use crate::ask::surroundings;
use crate::say;

/// An agent finishes a refresh before it ends, for ten seconds at most.
const ENDS_WITHIN: Duration = Duration::from_secs(15);

pub(super) fn run(command: Option<AgentCommand>) -> Result<(), Problem> {
    match command {
        None => run_agent::agent(),
        Some(AgentCommand::Status) => status(&surroundings()?.places.socket),
        Some(AgentCommand::Stop) => stop(&surroundings()?.places.socket),
    }
}

fn status(socket: &Path) -> Result<(), Problem> {
    let Some(agent) = agent::connect(socket)? else {
        return Err(Problem::new(ProblemKind::NotFound, ProblemCode::NoAgent, "no agent is running")
            .hint(
                "start the desktop app, or run `daypass agent`. Until then, Daypass renews sessions only when you ask",
            )
            .next(NextStep::StartAgent));
    };
    let AgentInfo { version, pid, window, .. } = agent.agent();
    let result = json!({ "pid": pid, "window": window, "release": version, "socket": socket });
    say::result(&result, || {
        let which = if *window { "The desktop app" } else { "An agent in a terminal" };
        say::line(&format!("{which} is running (process {pid}, Daypass {version}), at {}", socket.display()));
    })
}

fn stop(socket: &Path) -> Result<(), Problem> {
    let Some(agent) = agent::connect(socket)? else {
        return say::result(&json!({ "stopped": false }), || say::line("No agent was running"));
    };
    let AgentInfo { pid, window, .. } = *agent.agent();
    if window {
        let message = format!("the agent is the desktop app (process {pid}), which a command doesn't end");
        return Err(Problem::new(ProblemKind::Refused, ProblemCode::AgentCannot, message)
            .hint("choose Quit in its tray icon's menu"));
    }
    agent.ask(Retire, |_| ()).map_err(Problem::from)?;
    let asked = Instant::now();
    while agent::connect(socket)?.is_some_and(|agent| agent.agent().pid == pid) {
        if asked.elapsed() > ENDS_WITHIN {
            let message = format!("the agent (process {pid}) was asked to end and still runs");
            return Err(Problem::new(ProblemKind::Failed, ProblemCode::AgentSilent, message)
                .hint(format!("check what it's doing, or end it with `kill {pid}`")));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    say::result(&json!({ "stopped": true, "pid": pid }), || {
        say::line(&format!("Stopped the agent (process {pid}). Sessions work until their credentials expire"));
    })
}
