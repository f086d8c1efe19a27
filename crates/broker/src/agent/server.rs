//! The answering end.

use std::sync::Arc;

use interprocess::local_socket::tokio::Stream;
use interprocess::local_socket::traits::tokio::Listener as _;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::sync::mpsc;

use super::listen::Listening;
use super::protocol::{Answer, LONGEST_REQUEST, Reply, Request};
use crate::broker::Broker;
use daypass_core::problem::{Problem, ProblemKind};

/// The program that the agent lives in.
pub trait Host: Send + Sync + 'static {
    /// Brings its window up; false when it has none.
    fn show_window(&self) -> bool;

    /// Ends the program because a desktop takes over; false when it will not.
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
        tracing::warn!("somebody else's process knocked at the agent's socket; it was not answered");
        return Ok(());
    }
    let mut writer = &stream;
    let mut reader = BufReader::new(&stream);
    let mut line = Vec::new();
    (&mut reader).take(LONGEST_REQUEST as u64).read_until(b'\n', &mut line).await?;
    let request = match serde_json::from_slice(&line) {
        Ok(request) => request,
        Err(_) => {
            let problem = Problem::new(
                ProblemKind::Invalid,
                "agent-version",
                "the running Daypass agent does not know this request",
            )
            .hint("it is of another version: quit the desktop app or `daypass agent`, and start it again");
            return send(&mut writer, &Reply::Problem(problem)).await;
        }
    };
    let (events, mut happening) = mpsc::unbounded_channel();
    let answer = answer(&broker, &*host, request, events);
    tokio::pin!(answer);
    let mut more = [0; 1];
    loop {
        tokio::select! {
            biased;
            Some(event) = happening.recv() => send(&mut writer, &Reply::Event(Box::new(event))).await?,
            reply = &mut answer => {
                // What happened in the same breath as the end.
                while let Ok(event) = happening.try_recv() {
                    send(&mut writer, &Reply::Event(Box::new(event))).await?;
                }
                let reply = match reply {
                    Ok(answer) => Reply::Answer(answer),
                    Err(problem) => Reply::Problem(problem),
                };
                return send(&mut writer, &reply).await;
            }
            // The asker hung up: dropping the future cancels what it asked for.
            _ = reader.read(&mut more) => return Ok(()),
        }
    }
}

async fn answer(
    broker: &Broker,
    host: &dyn Host,
    request: Request,
    events: mpsc::UnboundedSender<daypass_core::event::Event>,
) -> Result<Answer, Problem> {
    match request {
        Request::Hello => Ok(Answer::Hello {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            window: host.has_window(),
        }),
        Request::ShowWindow if host.show_window() => Ok(Answer::Done),
        Request::Retire if host.retire() => Ok(Answer::Done),
        Request::ShowWindow | Request::Retire => {
            Err(Problem::new(ProblemKind::Refused, "agent-refused", "this agent does not do that"))
        }
        request => broker.answer(request, &move |event| drop(events.send(event))).await,
    }
}

async fn send(writer: &mut (impl AsyncWriteExt + Unpin), reply: &Reply) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(reply).map_err(std::io::Error::other)?;
    line.push(b'\n');
    writer.write_all(&line).await?;
    writer.flush().await
}

/// The folder's mode keeps others out already; this is the second lock on the same door.
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
