//! The agent's end.

use std::sync::Arc;
use std::time::Duration;

use interprocess::local_socket::tokio::Stream;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval_at};

use super::listen::{Listening, Lost};
use super::platform::{HERE, pid_of};
use super::reply::{LONGEST_REQUEST, Reply, WORKING_EVERY};
use super::unasked::{Place, Unasked};
use crate::broker::Broker;
use crate::requests::{
    AgentInfo, Answers, Ask, Encode, Hello, OpenLink, Request, Retire, ShowQuickSwitch, ShowWindow, Tell,
};
use daypass_core::event::Event;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::program::Program;
use daypass_peer::{OwnCommands, Pinned};
use serde::Serialize;

/// What a program is asked to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// Its window.
    Window,
    /// The quick switch.
    QuickSwitch,
    /// A question about a link, which any web page may have opened.
    Link(String),
}

/// The program that the agent lives in.
pub trait Host: Send + Sync + 'static {
    /// Shows something. Returns false if it has no window. `activation_token`: what lets a window take the focus.
    fn show(&self, what: Shown, activation_token: Option<String>) -> bool;

    /// Ends the program because a desktop takes over. Returns false if it doesn't.
    fn retire(&self) -> bool;

    /// Whether it has a window.
    fn has_window(&self) -> bool;
}

/// A connected command sends its request at once.
const REQUEST_WITHIN: Duration = Duration::from_secs(10);

/// A client that doesn't read what it asked for holds a descriptor for this long.
const READ_WITHIN: Duration = Duration::from_secs(60);

/// How often the agent looks whether commands still find its socket.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Answers for as long as the future is polled. Completes if another agent has taken the socket's place.
pub async fn serve(mut listening: Listening, broker: Broker, host: Arc<dyn Host>) {
    let (unasked, commands) = (Unasked::new(), Arc::<OwnCommands>::default());
    let mut look = interval_at(Instant::now() + LOOK_EVERY, LOOK_EVERY);
    let mut is_lost = false;
    loop {
        tokio::select! {
            accepted = listening.accept() => match accepted {
                Ok(stream) => {
                    let (place, broker, host) = (unasked.admit(), broker.clone(), Arc::clone(&host));
                    let commands = Arc::clone(&commands);
                    tokio::spawn(async move {
                        if let Err(error) = converse(stream, place, broker, host, commands).await {
                            tracing::debug!(%error, "a connection to the agent ended early");
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "the agent's socket doesn't accept");
                    let pause = if unasked.end_all() { 5 } else { 200 };
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
            },
            _ = look.tick() => if !listening.is_in_place() {
                match listening.bind_again() {
                    Ok(()) => {
                        tracing::warn!(socket = %listening.socket().display(), "the agent's socket was gone. It's back");
                        is_lost = false;
                    }
                    Err(Lost::ToAnother) => {
                        tracing::warn!("another agent has taken this one's place");
                        return;
                    }
                    Err(Lost::ForNow(error)) if !is_lost => {
                        let socket = listening.socket().display();
                        tracing::warn!(%socket, %error, "the agent's socket is gone and can't be made again yet");
                        is_lost = true;
                    }
                    Err(Lost::ForNow(_)) => {}
                }
            }
        }
    }
}

async fn converse(
    stream: Stream,
    place: Place,
    broker: Broker,
    host: Arc<dyn Host>,
    commands: Arc<OwnCommands>,
) -> std::io::Result<()> {
    if !HERE.is_own_client(&stream) {
        tracing::warn!("another user's process connected to the agent's socket, and got no answer");
        return Ok(());
    }
    // Before it can end, and another process get its number.
    let asker = pid_of(&stream).map(|id| Arc::new(Pinned::process(id, &commands)));
    let agent = Agent { broker, host, asker };
    send(&stream, &line_of(&Reply::<()>::Agent(agent.info()))?).await?;
    let mut reader = BufReader::new(&stream);
    let Some(line) = request_line(&mut reader, place).await? else { return Ok(()) };
    let Ok(request) = serde_json::from_slice::<Request>(&line) else {
        return send(&stream, &line_of(&Reply::<()>::Problem(unknown_request()))?).await;
    };
    // In this order: who doesn't hear this in time hangs up, and who hung up is seen to have.
    send(&stream, &line_of(&Reply::<()>::Working(()))?).await?;
    if has_hung_up(&stream) {
        tracing::debug!("a client gave up before its request was read, so it isn't carried out");
        return Ok(());
    }
    if let Some(problem) = beyond_lease(&agent.broker, &request, &stream).await {
        return send(&stream, &line_of(&Reply::<()>::Problem(problem))?).await;
    }
    let (events, mut happening) = mpsc::unbounded_channel();
    // A task of its own, so that the client hears of us while this one waits for a keyring or a disk.
    let mut answering = JoinSet::new();
    answering.spawn(async move {
        let tell = move |event: Event| drop(events.send(event));
        request.answer_with(&agent, &tell, ToLine).await
    });
    let mut at_work = interval_at(Instant::now() + WORKING_EVERY, WORKING_EVERY);
    let mut more = [0; 1];
    loop {
        tokio::select! {
            biased;
            // The client hung up. Dropping the task cancels its request.
            _ = reader.read(&mut more) => return Ok(()),
            Some(event) = happening.recv() => send(&stream, &line_of(&event_of(event))?).await?,
            Some(reply) = answering.join_next() => {
                // Events that came just before the end.
                while let Ok(event) = happening.try_recv() {
                    send(&stream, &line_of(&event_of(event))?).await?;
                }
                return send(&stream, &reply.map_err(std::io::Error::other)??).await;
            }
            _ = at_work.tick() => send(&stream, &line_of(&Reply::<()>::Working(()))?).await?,
        }
    }
}

/// Why the program at the other end doesn't get an answer, if it runs below a lease that doesn't give it.
async fn beyond_lease(broker: &Broker, request: &Request, stream: &Stream) -> Option<Problem> {
    if !broker.has_leases() {
        return None;
    }
    let process = pid_of(stream)?;
    let (broker, request) = (broker.clone(), request.clone());
    // It reads some files of `/proc`, and a refusal is written down.
    let admitted = tokio::task::spawn_blocking(move || broker.admits_within_lease(&request, process)).await;
    admitted.unwrap_or_else(|_| Err(refused())).err()
}

/// The line that a client asks with. None if it doesn't ask in time.
async fn request_line(reader: &mut BufReader<&Stream>, mut place: Place) -> std::io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let mut request = reader.take(LONGEST_REQUEST as u64);
    tokio::select! {
        biased;
        read = request.read_until(b'\n', &mut line) => read.map(|_| Some(line)),
        () = place.lost() => Ok(None),
        () = tokio::time::sleep(REQUEST_WITHIN) => Ok(None),
    }
}

/// Whether the client has closed its end. What it sent before that may still be unread.
fn has_hung_up(stream: &Stream) -> bool {
    #[cfg(unix)]
    {
        use rustix::net::{RecvFlags, recv};
        use std::os::fd::AsFd;
        let Stream::UdSocket(socket) = stream;
        let mut peeked = [0_u8; 1];
        recv(socket.as_fd(), &mut peeked, RecvFlags::PEEK | RecvFlags::DONTWAIT).is_ok_and(|(_, length)| length == 0)
    }
    #[cfg(not(unix))]
    {
        let _ = stream;
        false
    }
}

/// The broker, and the program around it.
struct Agent {
    broker: Broker,
    host: Arc<dyn Host>,
    /// The process at the other end.
    asker: Option<Arc<Pinned>>,
}

impl Agent {
    fn info(&self) -> AgentInfo {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let credentials_file = self.broker.surroundings().places.credentials_file.to_str().map(str::to_owned);
        AgentInfo { version, pid: std::process::id(), window: self.host.has_window(), credentials_file }
    }

    /// The program that asks. It waits for the answer, so it is still there.
    async fn asking_program(&self) -> Option<Program> {
        let asker = Arc::clone(self.asker.as_ref()?);
        tokio::task::spawn_blocking(move || asker.program()).await.ok().flatten()
    }
}

/// Whatever the broker answers, it also answers for other processes.
impl<R: Ask + 'static> Answers<R> for Agent
where
    Broker: Answers<R>,
{
    async fn answer(&self, mut request: R, tell: Tell<'_>) -> Result<R::Answer, Problem> {
        if !R::IS_AUTOMATIC {
            self.broker.person_acts();
        }
        if R::NAMES_ASKER {
            request.asked_by(self.asking_program().await);
        }
        self.broker.answer(request, tell).await
    }
}

impl Answers<Hello> for Agent {
    async fn answer(&self, _: Hello, _: Tell<'_>) -> Result<AgentInfo, Problem> {
        Ok(self.info())
    }
}

impl Answers<ShowWindow> for Agent {
    async fn answer(&self, asked: ShowWindow, _: Tell<'_>) -> Result<(), Problem> {
        self.host.show(Shown::Window, asked.activation_token).then_some(()).ok_or_else(refused)
    }
}

impl Answers<ShowQuickSwitch> for Agent {
    async fn answer(&self, asked: ShowQuickSwitch, _: Tell<'_>) -> Result<(), Problem> {
        self.host.show(Shown::QuickSwitch, asked.activation_token).then_some(()).ok_or_else(refused)
    }
}

impl Answers<OpenLink> for Agent {
    async fn answer(&self, asked: OpenLink, _: Tell<'_>) -> Result<(), Problem> {
        self.host.show(Shown::Link(asked.link), asked.activation_token).then_some(()).ok_or_else(refused)
    }
}

impl Answers<Retire> for Agent {
    async fn answer(&self, _: Retire, _: Tell<'_>) -> Result<(), Problem> {
        self.host.retire().then_some(()).ok_or_else(refused)
    }
}

fn refused() -> Problem {
    Problem::new(ProblemKind::Refused, ProblemCode::AgentCannot, "this agent can't do that")
}

fn unknown_request() -> Problem {
    Problem::new(ProblemKind::Invalid, ProblemCode::AgentVersion, "the running Daypass agent doesn't know this request")
        .hint("it has a different version. Quit it, then start it again")
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

async fn send(mut stream: &Stream, line: &[u8]) -> std::io::Result<()> {
    tokio::time::timeout(READ_WITHIN, stream.write_all(line)).await?
}
