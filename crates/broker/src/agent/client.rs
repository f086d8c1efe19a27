//! The client's end. It's synchronous, so that `credential-process` doesn't pay for a runtime.
//!
//! An agent may be stopped (Ctrl-Z, SIGSTOP), out of descriptors, or stuck. So it has to give a sign of life in time:
//! it greets first, and a request is sent only then. It says that it works on the request as soon as it has read it,
//! and keeps saying so. A client that gives up hangs up, and then the agent doesn't carry out its request later.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use interprocess::local_socket::Stream;
use interprocess::local_socket::traits::Stream as _;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::platform::{self, HERE};
use super::reply::{Reply, WORKING_EVERY};
use crate::requests::{AgentInfo, Ask, Request};
use daypass_core::event::Event;
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};

/// How long an agent may take to greet, and to say that it has read a request.
const FIRST_SIGN: Duration = Duration::from_secs(3);

/// How long an agent that works on a request may say nothing.
const LONGEST_SILENCE: Duration = WORKING_EVERY.saturating_mul(4);

/// A connection to an agent that answers, for one request.
pub struct Connection {
    stream: BufReader<Stream>,
    agent: AgentInfo,
}

/// Why a request has no answer.
pub enum Unanswered {
    /// The agent did what it could, and this is its problem.
    Told(Problem),
    /// The agent hung up.
    Gone {
        /// `agent-gone`.
        problem: Problem,
        /// Whether it may have begun to carry out the request.
        begun: bool,
    },
    /// The agent is running, but silent. It doesn't carry out the request later.
    Silent(Problem),
}

impl From<Unanswered> for Problem {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Told(problem) | Unanswered::Gone { problem, .. } | Unanswered::Silent(problem) => problem,
        }
    }
}

/// Connects to the agent, if one is running.
///
/// # Errors
///
/// `agent-refused` when another user made the socket or answers at it; `agent-silent` when the agent doesn't
/// respond; `agent-version` when its greeting can't be read. Nothing was sent.
pub fn connect(socket: &Path) -> Result<Option<Connection>, Problem> {
    if !HERE.find(socket)? {
        return Ok(None);
    }
    // A thread of its own, because a connect to a full queue can't be bounded on every platform. One that is late is
    // dropped, and has asked for nothing.
    let (tell, progress) = mpsc::channel();
    let at = socket.to_owned();
    if std::thread::Builder::new().spawn(move || drop(tell.send(reach(&at, &tell)))).is_err() {
        return Ok(None);
    }
    let mut pid = None;
    loop {
        match progress.recv_timeout(FIRST_SIGN) {
            Ok(Reached::Process(process)) => pid = process,
            Ok(Reached::Greeted(connection)) => return Ok(Some(connection)),
            Ok(Reached::Problem(problem)) => return Err(problem),
            Ok(Reached::NoAgent) | Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(None),
            Err(mpsc::RecvTimeoutError::Timeout) => return Err(silent(pid)),
        }
    }
}

/// How far a connection came.
enum Reached {
    /// This process listens, where the platform tells.
    Process(Option<u32>),
    Greeted(Connection),
    /// No agent listens, or it is just ending.
    NoAgent,
    Problem(Problem),
}

fn reach(socket: &Path, tell: &mpsc::Sender<Reached>) -> Reached {
    let Ok(stream) = HERE.connect(socket) else { return Reached::NoAgent };
    if !HERE.is_own_agent(&stream) {
        return Reached::Problem(platform::foreign_peer(socket, &stream));
    }
    let _ = tell.send(Reached::Process(platform::pid_of(&stream)));
    let mut stream = BufReader::new(stream);
    match next(&mut stream) {
        Ok(Reply::<IgnoredAny>::Agent(agent)) => Reached::Greeted(Connection { stream, agent }),
        Ok(Reply::Working(()) | Reply::Event(_) | Reply::Answer(_) | Reply::Problem(_)) | Err(Unread::Unknown) => {
            Reached::Problem(other_version())
        }
        Err(Unread::HungUp(_) | Unread::Late) => Reached::NoAgent,
    }
}

impl Connection {
    /// The agent at the other end.
    #[must_use]
    pub fn agent(&self) -> &AgentInfo {
        &self.agent
    }

    /// Asks, and hands over events until the answer comes.
    ///
    /// # Errors
    ///
    /// The agent's problem, with `agent-version` if its reply can't be read; `agent-gone` if it hangs up without one;
    /// `agent-silent` if it doesn't respond.
    pub fn ask<R: Ask>(mut self, request: R, mut on_event: impl FnMut(Event)) -> Result<R::Answer, Unanswered> {
        let request: Request = request.into();
        let gone = |begun: bool, why: &dyn std::fmt::Display| Unanswered::Gone { problem: gone(why), begun };
        let mut line = serde_json::to_string(&request).map_err(|e| gone(false, &e))?;
        line.push('\n');
        let stream = self.stream.get_mut();
        // Windows doesn't support this for pipes. There, only the greeting is bounded.
        let _ = (stream.set_send_timeout(Some(FIRST_SIGN)), stream.set_recv_timeout(Some(FIRST_SIGN)));
        match stream.write_all(line.as_bytes()) {
            Ok(()) => {}
            Err(error) if is_late(&error) => return Err(Unanswered::Silent(silent(Some(self.agent.pid)))),
            Err(error) => return Err(gone(false, &error)),
        }
        let mut begun = false;
        loop {
            match next(&mut self.stream) {
                Ok(Reply::Agent(_)) => {}
                Ok(Reply::Working(())) if begun => {}
                Ok(Reply::Working(())) => {
                    begun = true;
                    let _ = self.stream.get_mut().set_recv_timeout(Some(LONGEST_SILENCE));
                }
                Ok(Reply::Event(event)) => on_event(*event),
                Ok(Reply::Answer(answer)) => return Ok(answer),
                Ok(Reply::Problem(problem)) => return Err(Unanswered::Told(problem)),
                Err(Unread::HungUp(why)) => return Err(gone(begun, &why)),
                Err(Unread::Late) => return Err(Unanswered::Silent(silent(Some(self.agent.pid)))),
                Err(Unread::Unknown) => return Err(Unanswered::Told(other_version())),
            }
        }
    }
}

/// Why a reply is missing.
enum Unread {
    HungUp(String),
    Late,
    Unknown,
}

fn next<A: DeserializeOwned>(stream: &mut impl BufRead) -> Result<Reply<A>, Unread> {
    let mut line = String::new();
    match stream.read_line(&mut line) {
        Ok(0) => Err(Unread::HungUp("it closed the connection".to_owned())),
        Ok(_) => serde_json::from_str(&line).map_err(|_| Unread::Unknown),
        Err(error) if is_late(&error) => Err(Unread::Late),
        Err(error) => Err(Unread::HungUp(error.to_string())),
    }
}

fn is_late(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn silent(pid: Option<u32>) -> Problem {
    let (which, hint) = match pid {
        Some(pid) => (
            format!(" (process {pid})"),
            format!("if it's stopped, resume it with `kill -CONT {pid}`. Otherwise end it (`kill -9 {pid}`)"),
        ),
        None => (String::new(), "if it's stopped, resume it. Otherwise end it".to_owned()),
    };
    let message = format!("the Daypass agent{which} is running but doesn't respond");
    Problem::new(ProblemKind::Failed, ProblemCode::AgentSilent, message).hint(format!("{hint} and start it again"))
}

fn gone(why: &dyn std::fmt::Display) -> Problem {
    Problem::new(ProblemKind::Failed, ProblemCode::AgentGone, format!("the Daypass agent didn't answer: {why}"))
        .hint("restart it: the desktop app, or the agent in a terminal")
        .next(NextStep::StartAgent)
}

fn other_version() -> Problem {
    Problem::new(ProblemKind::Failed, ProblemCode::AgentVersion, "the Daypass agent sent a response that can't be read")
        .hint("the agent has a different version. Quit it, then start it again")
}
