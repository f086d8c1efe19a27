//! The local socket between the one agent and everything else: both ends, and the messages.
//!
//! A connection carries one request and its replies, each a JSON line: any number of events, then one answer or
//! one problem. When the asker hangs up, what it asked for is dropped; a sign-in is cancelled that way.
//!
//! The socket is the owner's alone (folder 0700, socket 0600), and the server checks the peer's uid as well.

mod client;
mod listen;
mod protocol;
mod server;
#[cfg(all(test, unix))]
mod tests;

pub use client::{Connection, connect};
pub use listen::{Listening, listen};
pub use protocol::{Answer, Request};
pub use server::{Host, serve};
