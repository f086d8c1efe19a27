//! The one door to Daypass: what the window, the tray, the agent and the command call.
//!
//! [`broker::Broker`] puts the steps together: identities prove, STS exchanges, sessions hold and renew, deliveries hand
//! over. [`requests`] are what it answers, [`agent`] is the same door for other processes, `config` the file that
//! a person edits.
//!
//! What is absent: a window, a terminal, a default for anything outside. Time, places, endpoints and the environment
//! are in [`Surroundings`](daypass_core::surroundings::Surroundings), which is passed in.

mod account_book;
pub mod agent;
pub mod broker;
mod config;
pub mod credentials_file;
pub mod doctor;
pub mod environment;
pub mod generated;
pub mod import;
mod login_start;
pub mod naming;
mod network;
mod outcome;
pub mod region;
#[cfg(test)]
mod rehearsal;
pub mod requests;
mod screen_lock;
#[cfg(test)]
mod tests;
pub mod web_renderer;
pub mod web_sandbox;

pub use outcome::Outcome;
