//! One Daypass for each `DAYPASS_HOME`. A second start tells the first one what to show.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use daypass_broker::agent;
use daypass_broker::agent::Connection;
use daypass_broker::agent::{Host, Listening, Shown};
use daypass_broker::broker::Broker;
use daypass_broker::requests::{OpenLink, Retire, ShowQuickSwitch, ShowWindow};
use daypass_core::problem::{Problem, ProblemCode};
use tauri::{AppHandle, Manager};

use crate::activation::{self, Activation};
use crate::{links, quick, window};

/// Whether this process becomes the agent.
// Made once, and taken apart at once.
#[allow(clippy::large_enum_variant)]
pub(crate) enum Claim {
    /// It does.
    Won(Listening),
    /// Another desktop app is the agent, and now shows what was asked for.
    AlreadyRunning,
}

/// Becomes the agent. If another desktop app already is, asks it to show something; a `daypass agent` retires instead.
pub(crate) async fn claim(socket: &Path, asked: &Shown) -> Result<Claim, Problem> {
    let mut tries = 0;
    loop {
        let problem = match agent::listen(socket) {
            Ok(listening) => return Ok(Claim::Won(listening)),
            Err(problem) if problem.code != ProblemCode::AgentRunning || tries == 50 => return Err(problem),
            Err(problem) => problem,
        };
        tries += 1;
        // Bounded: an agent that doesn't respond is a problem that names it.
        if let Some(agent) = agent::connect(socket)? {
            if agent.agent().window {
                return ask(agent, asked).map(|()| Claim::AlreadyRunning).ok_or(problem);
            }
            let _ = agent.ask(Retire, |_| ());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Asks the running app, and passes the focus on that the desktop gave to this start.
fn ask(agent: Connection, asked: &Shown) -> Option<()> {
    let activation_token = activation::of_process();
    match asked {
        Shown::Window => agent.ask(ShowWindow { activation_token }, |_| ()).ok(),
        Shown::QuickSwitch => agent.ask(ShowQuickSwitch { activation_token }, |_| ()).ok(),
        Shown::Link(link) => agent.ask(OpenLink { link: link.clone(), activation_token }, |_| ()).ok(),
    }
}

/// Shows what was asked for.
pub(crate) fn show(app: &AppHandle, what: Shown) {
    match what {
        Shown::Window => window::show(app),
        Shown::QuickSwitch => quick::show(app),
        Shown::Link(link) => links::open(app, link),
    }
}

/// Answers the `daypass` command and later starts of the desktop app.
pub(crate) fn serve(app: &AppHandle, mut listening: Listening, broker: Broker) {
    let host = Arc::new(Desktop { app: app.clone() });
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        loop {
            agent::serve(listening, broker.clone(), Arc::clone(&host) as Arc<dyn Host>).await;
            // The socket was removed, and another agent has it now.
            listening = match claim_again(&broker.surroundings().places.socket).await {
                Claim::Won(listening) => listening,
                Claim::AlreadyRunning => return app.exit(0),
            };
        }
    });
}

async fn claim_again(socket: &Path) -> Claim {
    loop {
        match claim(socket, &Shown::Window).await {
            Ok(claim) => return claim,
            Err(problem) => tracing::warn!(code = %problem.code, "the agent's socket can't be had back yet"),
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
}

struct Desktop {
    app: AppHandle,
}

impl Host for Desktop {
    fn show(&self, what: Shown, activation_token: Option<String>) -> bool {
        self.app.state::<Activation>().give(activation_token);
        show(&self.app, what);
        true
    }

    fn retire(&self) -> bool {
        false
    }

    fn has_window(&self) -> bool {
        true
    }
}
