//! One connection, and the credentials that it requests.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use daypass_core::problem::Problem;
use daypass_core::program::Program;
use daypass_deliver::process::ProcessCredentials;
use daypass_peer::PeerCheck;
use hyper::{Request, Response};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use crate::answer::refusal;
use crate::consumer::{Consumer, TELL_EVERY};
use crate::fresh::Asker;
use crate::line::{Line, while_beating};
use crate::patience::Patience;

/// How long an answer waits until it is known whose the connection is. On a machine with very many processes the answer
/// comes first, and the program is written down when it is found.
const FIND_WITHIN: Duration = Duration::from_millis(20);

/// One connection.
pub(crate) struct Visit {
    line: Arc<TcpStream>,
    peer: SocketAddr,
    check: PeerCheck,
    /// Whose it is, once that was asked.
    program: Arc<OnceCell<Option<Program>>>,
    /// The end of the credentials that went over it, and when the source heard of that.
    told: Mutex<Option<(DateTime<Utc>, Instant)>>,
}

impl Visit {
    pub(crate) fn new(stream: TcpStream, peer: SocketAddr, check: PeerCheck) -> Self {
        Self { line: Arc::new(stream), peer, check, program: Arc::default(), told: Mutex::default() }
    }

    /// The end that hyper reads and writes.
    pub(crate) fn line(&self) -> Line {
        Line(Arc::clone(&self.line))
    }

    /// Credentials for a consumer that may have them, or the answer that says why there are none.
    pub(crate) async fn credentials(
        &self,
        consumer: &Arc<Consumer>,
        request: &Request<impl Sized>,
    ) -> Result<ProcessCredentials, Response<String>> {
        consumer.note_use();
        let patience = Patience::of(request);
        let asking = self.answered(consumer, patience.hold);
        let answered = if patience.beats { while_beating(&self.line, asking).await } else { asking.await };
        answered.inspect(|credentials| self.note_taken(consumer, credentials)).map_err(|problem| refusal(&problem))
    }

    async fn answered(&self, consumer: &Arc<Consumer>, patience: Duration) -> Result<ProcessCredentials, Problem> {
        let program = match self.program.get() {
            Some(known) => known.clone(),
            None => timeout(FIND_WITHIN, self.whose(consumer)).await.ok().flatten(),
        };
        let is_unknown = program.is_none();
        match consumer.fresh.credentials(Asker { program, patience }).await {
            // The person is asked about programs, so this one has to be known.
            Err(problem) if is_unknown && problem.code.is_of_consent() => {
                let program = self.whose(consumer).await;
                consumer.fresh.credentials(Asker { program, patience }).await
            }
            answered => answered,
        }
    }

    /// The program at the other end. Found out once, by a task that goes on if this doesn't wait for it.
    async fn whose(&self, consumer: &Arc<Consumer>) -> Option<Program> {
        if let Some(known) = self.program.get() {
            return known.clone();
        }
        let (cell, consumer) = (Arc::clone(&self.program), Arc::clone(consumer));
        let (check, peer) = (self.check.clone(), self.peer);
        let finding = tokio::spawn(async move {
            let found = cell.get_or_init(async || {
                let found = check.program(peer).await;
                consumer.note_program(found.as_ref());
                found
            });
            found.await.clone()
        });
        finding.await.ok().flatten()
    }

    /// Tells the source which program took the credentials, after the answer.
    fn note_taken(&self, consumer: &Arc<Consumer>, credentials: &ProcessCredentials) {
        if !self.is_time_to_tell(credentials.expires_at()) {
            return;
        }
        let (known, consumer, ends) = (self.program.get().cloned(), Arc::clone(consumer), credentials.expires_at());
        if let Some(program) = &known
            && !consumer.is_news(program.as_ref(), ends)
        {
            return;
        }
        let (cell, check, peer) = (Arc::clone(&self.program), self.check.clone(), self.peer);
        tokio::spawn(async move {
            let program = match known {
                Some(program) => program,
                None => {
                    let program = cell.get_or_init(|| check.program(peer)).await.clone();
                    if !consumer.is_news(program.as_ref(), ends) {
                        return;
                    }
                    program
                }
            };
            consumer.fresh.were_taken(program).await;
        });
    }

    /// Whether something may be new since the last request on this connection.
    fn is_time_to_tell(&self, ends: DateTime<Utc>) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_some_and(|(before, at)| before == ends && at.elapsed() < TELL_EVERY) {
            return false;
        }
        *told = Some((ends, Instant::now()));
        true
    }
}
