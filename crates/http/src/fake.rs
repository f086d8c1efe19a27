//! A small server for tests. It gives the answers that the test chooses, and keeps every request.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// The URL of a port that refuses every connection, and that no other program can take while the test runs.
pub fn closed() -> String {
    let taken = TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", taken.local_addr().unwrap());
    // Bound, and never listening.
    std::mem::forget(taken);
    url
}

/// A request: `METHOD /path`, and the body.
pub type Request<'a> = (&'a str, &'a str);

/// Status, further header lines, body.
pub struct Reply(pub u16, pub String, pub String);

impl Reply {
    pub fn json(value: &serde_json::Value) -> Self {
        Self(200, "content-type: application/json\r\n".into(), value.to_string())
    }

    pub fn with(status: u16, content_type: &str, body: impl Into<String>) -> Self {
        Self(status, format!("content-type: {content_type}\r\n"), body.into())
    }
}

/// The server's address, and every request so far.
#[derive(Clone)]
pub struct Fake {
    pub url: String,
    pub seen: Arc<Mutex<Vec<(String, String)>>>,
    /// The header lines of every request so far.
    pub heads: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    /// Serves until the test's runtime ends. `answer` gets the server's own URL and the request.
    pub async fn start(answer: impl Fn(&str, Request<'_>) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let fake = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            seen: Arc::default(),
            heads: Arc::default(),
        };
        let (served, answer) = (fake.clone(), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (served, answer) = (served.clone(), Arc::clone(&answer));
                tokio::spawn(async move { served.answer(stream, &*answer).await });
            }
        });
        fake
    }

    pub fn count(&self, request: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|(line, _)| line == request).count()
    }

    async fn answer(
        &self,
        mut stream: TcpStream,
        answer: &(dyn Fn(&str, Request<'_>) -> Reply + Send + Sync),
    ) -> Option<()> {
        let mut bytes = Vec::new();
        let (line, body) = loop {
            let mut chunk = [0; 4096];
            let n = stream.read(&mut chunk).await.ok().filter(|n| *n > 0)?;
            bytes.extend_from_slice(&chunk[..n]);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length =
                head.lines().find_map(|l| l.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
            if body.len() >= length.unwrap_or(0usize) {
                self.heads.lock().unwrap().push(head.to_owned());
                break (head.lines().next()?.rsplit_once(' ')?.0.to_owned(), body.to_owned());
            }
        };
        let Reply(status, headers, reply) = answer(&self.url, (&line, &body));
        self.seen.lock().unwrap().push((line, body));
        let head =
            format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n", reply.len());
        stream.write_all(format!("{head}{reply}").as_bytes()).await.ok()
    }
}
