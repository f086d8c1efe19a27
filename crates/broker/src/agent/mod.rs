//! The local socket between the one agent and everything else: both ends, and the messages.
//!
//! A connection carries one of the [requests](crate::requests) and its replies, each a JSON line. The agent greets, the
//! client asks, the agent says that it works on it, then come any number of events and one answer or one problem. When
//! the client hangs up, its request is dropped. This is how a sign-in is cancelled.
//!
//! The socket is the owner's alone (on Linux a folder 0700 and a socket 0600, on macOS the folder, on Windows a pipe's access
//! list), and each end checks who the other is (see `platform`).

mod client;
mod listen;
mod platform;
mod reply;
mod server;
#[cfg(all(test, unix))]
mod tests;
mod unasked;

pub use client::{Connection, Unanswered, connect};
pub use listen::{Listening, listen};
pub use server::{Host, Shown, serve};
