//! One connection, and the credentials that are asked for on it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use daypass_deliver::process::ProcessCredentials;
use daypass_peer::PeerCheck;
use hyper::{Request, Response};
use tokio::net::TcpStream;

use crate::answer::refusal;
use crate::consumer::Consumer;
use crate::line::{Line, while_beating};
use crate::patience::Patience;

/// One connection.
pub(crate) struct Visit {
    line: Arc<TcpStream>,
    peer: SocketAddr,
    check: PeerCheck,
    /// Whether it was asked whose it is.
    is_known: AtomicBool,
}

impl Visit {
    pub(crate) fn new(stream: TcpStream, peer: SocketAddr, check: PeerCheck) -> Self {
        Self { line: Arc::new(stream), peer, check, is_known: AtomicBool::new(false) }
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
        self.note_use(consumer);
        let patience = Patience::of(request);
        let asking = consumer.fresh.credentials(patience.hold);
        let answered = if patience.beats { while_beating(&self.line, asking).await } else { asking.await };
        answered.map_err(|problem| refusal(&problem))
    }

    fn note_use(&self, consumer: &Arc<Consumer>) {
        consumer.note_use();
        if self.is_known.swap(true, Ordering::AcqRel) {
            return;
        }
        let (consumer, check, peer) = (Arc::clone(consumer), self.check.clone(), self.peer);
        tokio::spawn(async move { consumer.note_program(check.process(peer)).await });
    }
}
