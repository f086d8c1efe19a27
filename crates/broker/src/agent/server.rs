//! The agent's end.

use std::sync::Arc;

use interprocess::local_socket::tokio::Stream;
use interprocess::local_socket::traits::tokio::Listener as _;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::sync::mpsc;

use super::listen::Listening;
use super::reply::{LONGEST_REQUEST, Reply};
use crate::broker::Broker;
use crate::requests::{AgentInfo, Answers, Ask, Encode, Hello, Request, Retire, ShowWindow, Tell};
use daypass_core::event::Event;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use serde::Serialize;

/// The program that the agent lives in.
pub trait Host: Send + Sync + 'static {
    /// Brings its window up. Returns false if it has none.
    fn show_window(&self) -> bool;

    /// Ends the program because a desktop takes over. Returns false if it doesn't.
    fn retire(&self) -> bool;

    /// Whether it has a window.
    fn has_window(&self) -> bool;
}

/// Answers for as long as the future is polled.
pub async fn serve(listening: Listening, broker: Broker, host: Arc<dyn Host>) {
    loop {
        match listening.listener.accept().await {
            Ok(stream) => {
                let (broker, host) = (broker.clone(), Arc::clone(&host));
                tokio::spawn(async move {
                    if let Err(error) = converse(stream, broker, host).await {
                        tracing::debug!(%error, "a connection to the agent ended early");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the agent's socket does not accept");
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            }
        }
    }
}

async fn converse(stream: Stream, broker: Broker, host: Arc<dyn Host>) -> std::io::Result<()> {
    if !is_own(&stream) {
        tracing::warn!("another user's process connected to the agent's socket, and got no answer");
        return Ok(());
    }
    let mut writer = &stream;
    let mut reader = BufReader::new(&stream);
    let mut line = Vec::new();
    (&mut reader).take(LONGEST_REQUEST as u64).read_until(b'\n', &mut line).await?;
    let Ok(request) = serde_json::from_slice::<Request>(&line) else {
        return send(&mut writer, &line_of(&Reply::<()>::Problem(unknown_request()))?).await;
    };
    let (events, mut happening) = mpsc::unbounded_channel();
    let agent = Agent { broker, host };
    let tell = move |event: Event| drop(events.send(event));
    let answer = request.answer_with(&agent, &tell, ToLine);
    tokio::pin!(answer);
    let mut more = [0; 1];
    loop {
        tokio::select! {
            biased;
            Some(event) = happening.recv() => send(&mut writer, &line_of(&event_of(event))?).await?,
            reply = &mut answer => {
                // Events that came just before the end.
                while let Ok(event) = happening.try_recv() {
                    send(&mut writer, &line_of(&event_of(event))?).await?;
                }
                return send(&mut writer, &reply?).await;
            }
            // The client hung up. Dropping the future cancels its request.
            _ = reader.read(&mut more) => return Ok(()),
        }
    }
}

/// The broker, and the program around it.
struct Agent {
    broker: Broker,
    host: Arc<dyn Host>,
}

/// Whatever the broker answers, it also answers for other processes.
impl<R: Ask + 'static> Answers<R> for Agent
where
    Broker: Answers<R>,
{
    async fn answer(&self, request: R, tell: Tell<'_>) -> Result<R::Answer, Problem> {
        self.broker.answer(request, tell).await
    }
}

impl Answers<Hello> for Agent {
    async fn answer(&self, _: Hello, _: Tell<'_>) -> Result<AgentInfo, Problem> {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Ok(AgentInfo { version, pid: std::process::id(), window: self.host.has_window() })
    }
}

impl Answers<ShowWindow> for Agent {
    async fn answer(&self, _: ShowWindow, _: Tell<'_>) -> Result<(), Problem> {
        self.host.show_window().then_some(()).ok_or_else(refused)
    }
}

impl Answers<Retire> for Agent {
    async fn answer(&self, _: Retire, _: Tell<'_>) -> Result<(), Problem> {
        self.host.retire().then_some(()).ok_or_else(refused)
    }
}

fn refused() -> Problem {
    Problem::new(ProblemKind::Refused, ProblemCode::AgentRefused, "this agent does not do that")
}

fn unknown_request() -> Problem {
    Problem::new(
        ProblemKind::Invalid,
        ProblemCode::AgentVersion,
        "the running Daypass agent does not know this request",
    )
    .hint("it has another version. Quit it, then start it again")
}

fn event_of(event: Event) -> Reply<()> {
    Reply::Event(Box::new(event))
}

/// Encodes an answer as a line.
struct ToLine;

impl Encode for ToLine {
    type Encoded = std::io::Result<Vec<u8>>;

    fn encode<A: Serialize>(self, answer: Result<A, Problem>) -> Self::Encoded {
        line_of(&answer.map_or_else(Reply::Problem, Reply::Answer))
    }
}

fn line_of(reply: &Reply<impl Serialize>) -> std::io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(reply).map_err(std::io::Error::other)?;
    line.push(b'\n');
    Ok(line)
}

async fn send(writer: &mut (impl AsyncWriteExt + Unpin), line: &[u8]) -> std::io::Result<()> {
    writer.write_all(line).await?;
    writer.flush().await
}

/// The folder's mode already keeps others out. This is a second check.
fn is_own(stream: &Stream) -> bool {
    #[cfg(unix)]
    {
        use interprocess::local_socket::traits::StreamCommon;
        let own = rustix::process::geteuid().as_raw();
        stream.peer_creds().ok().and_then(|peer| peer.euid()) == Some(own)
    }
    #[cfg(not(unix))]
    {
        // The pipe's default security descriptor admits the owner and the system.
        let _ = stream;
        true
    }
}
