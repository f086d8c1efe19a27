//! One Daypass for each `DAYPASS_HOME`. A second start brings up the first one's window.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use daypass_broker::agent;
use daypass_broker::agent::{Host, Listening};
use daypass_broker::broker::Broker;
use daypass_broker::requests::{AgentInfo, Ask, Hello, Retire, ShowWindow};
use daypass_core::problem::{Problem, ProblemCode};
use tauri::AppHandle;

use crate::window;

/// Whether this process becomes the agent.
pub(crate) enum Claim {
    /// It does.
    Won(Listening),
    /// Another desktop app is the agent, and now shows its window.
    AlreadyRunning,
}

/// Becomes the agent. If another desktop app already is, asks it to show its window; a `daypass agent` retires instead.
pub(crate) async fn claim(socket: &Path) -> Result<Claim, Problem> {
    let mut tries = 0;
    loop {
        let problem = match agent::listen(socket) {
            Ok(listening) => return Ok(Claim::Won(listening)),
            Err(problem) if problem.code != ProblemCode::AgentRunning || tries == 50 => return Err(problem),
            Err(problem) => problem,
        };
        tries += 1;
        match ask(socket, Hello) {
            Some(AgentInfo { window: true, .. }) => {
                return ask(socket, ShowWindow).map(|()| Claim::AlreadyRunning).ok_or(problem);
            }
            Some(AgentInfo { window: false, .. }) => drop(ask(socket, Retire)),
            None => {}
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn ask<R: Ask>(socket: &Path, request: R) -> Option<R::Answer> {
    agent::connect(socket).and_then(|agent| agent.ask(request, |_| ()).ok())
}

/// Answers the `daypass` command and later starts of the desktop app.
pub(crate) fn serve(app: &AppHandle, listening: Listening, broker: Broker) {
    let host = Arc::new(Desktop { app: app.clone() });
    tauri::async_runtime::spawn(agent::serve(listening, broker, host));
}

struct Desktop {
    app: AppHandle,
}

impl Host for Desktop {
    fn show_window(&self) -> bool {
        window::show(&self.app);
        true
    }

    fn retire(&self) -> bool {
        false
    }

    fn has_window(&self) -> bool {
        true
    }
}
