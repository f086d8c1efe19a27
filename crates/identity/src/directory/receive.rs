//! Receives one message from a connection.

use std::io;

use daypass_ldap::message::{Head, Message, NotLdap, head, message};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt};

/// Why a message couldn't be received.
#[derive(Debug, Error)]
pub(super) enum ReadError {
    /// The connection broke.
    #[error(transparent)]
    Broken(#[from] io::Error),
    /// The bytes received are not a message.
    #[error(transparent)]
    NotLdap(#[from] NotLdap),
}

/// Reads one message and not a byte after it. Also returns its length.
pub(super) async fn receive(
    stream: &mut (impl AsyncRead + Unpin),
    longest: usize,
) -> Result<(Message, usize), ReadError> {
    let mut begin = Vec::with_capacity(6);
    let length = loop {
        match head(&begin, longest)? {
            Head::Content(length) => break length,
            Head::Unfinished(missing) => {
                let known = begin.len();
                begin.resize(known + missing, 0);
                stream.read_exact(&mut begin[known..]).await?;
            }
        }
    };
    let mut content = vec![0; length];
    stream.read_exact(&mut content).await?;
    Ok((message(&content)?, length))
}
