//! The agent's lines.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::requests::AgentInfo;
use daypass_core::event::Event;
use daypass_core::problem::Problem;

/// One line from the agent, for a request whose answer is an `A`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Reply<A> {
    /// The greeting: a client sends its request after it.
    Agent(AgentInfo),
    /// The request was read and is being worked on. Repeated until the answer.
    Working(()),
    /// Something happened meanwhile.
    Event(Box<Event>),
    /// The answer, which ends the conversation.
    Answer(A),
    /// A problem in its place.
    Problem(Problem),
}

/// How often an agent that works on a request says so.
pub(super) const WORKING_EVERY: Duration = Duration::from_secs(2);

/// A request is a few names, and a SAML response at most. One that is longer than STS accepts is still read, so that the
/// person is told the limit. A longer line is not a request.
pub(super) const LONGEST_REQUEST: usize = 2 * 1024 * 1024;
