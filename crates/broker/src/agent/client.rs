//! The client's end. Synchronous, because `credential-process` should not pay for a runtime.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use interprocess::local_socket::Stream;
use interprocess::local_socket::traits::Stream as _;

use super::reply::Reply;
use super::socket_name::socket_name;
use crate::requests::{Ask, Request};
use daypass_core::event::Event;
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};

/// A connection to the agent, for one request.
pub struct Connection {
    stream: BufReader<Stream>,
}

/// Connects to the agent, if one is running.
#[must_use]
pub fn connect(socket: &Path) -> Option<Connection> {
    let stream = Stream::connect(socket_name(socket).ok()?).ok()?;
    Some(Connection { stream: BufReader::new(stream) })
}

impl Connection {
    /// Asks, and hands over events until the answer comes.
    ///
    /// # Errors
    ///
    /// The agent's problem; `agent-gone` if it hangs up without one; `agent-version` if its reply can't be read.
    pub fn ask<R: Ask>(mut self, request: R, mut on_event: impl FnMut(Event)) -> Result<R::Answer, Problem> {
        let request: Request = request.into();
        let mut line = serde_json::to_string(&request).map_err(|e| gone(&e))?;
        line.push('\n');
        self.stream.get_mut().write_all(line.as_bytes()).map_err(|e| gone(&e))?;
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line).map_err(|e| gone(&e))? == 0 {
                return Err(gone(&"it closed the connection"));
            }
            match serde_json::from_str(&line) {
                Ok(Reply::Event(event)) => on_event(*event),
                Ok(Reply::Answer(answer)) => return Ok(answer),
                Ok(Reply::Problem(problem)) => return Err(problem),
                Err(_) => return Err(other_version()),
            }
        }
    }
}

fn gone(why: &dyn std::fmt::Display) -> Problem {
    Problem::new(ProblemKind::Failed, ProblemCode::AgentGone, format!("the Daypass agent did not answer: {why}"))
        .hint("start it again: it is the desktop app, or the agent in a terminal")
        .next(NextStep::StartAgent)
}

fn other_version() -> Problem {
    Problem::new(ProblemKind::Failed, ProblemCode::AgentVersion, "the Daypass agent gave an answer that can't be read")
        .hint("the agent has another version. Quit it, then start it again")
}
