//! The local socket between the one agent and everything else: both ends, and the messages.
//!
//! A connection carries one of the [requests](crate::requests) and its replies, each a JSON line: any number of events,
//! then one answer or one problem. When the client hangs up, its request is dropped. This is how a sign-in is cancelled.
//!
//! The socket is the owner's alone (folder 0700, socket 0600), and the server checks the peer's uid as well.

mod client;
mod listen;
mod reply;
mod server;
mod socket_name;
#[cfg(all(test, unix))]
mod tests;

pub use client::{Connection, connect};
pub use listen::{Listening, listen};
pub use server::{Host, serve};
