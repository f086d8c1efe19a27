//! The domain of Daypass: prove, exchange, hold, deliver, renew.
//!
//! One direction, one module a step: `identity` proves, `exchange` asks STS, `session` holds and renews, `deliver`
//! hands over. [`broker::Broker`] is the door to all of it, `agent` the same door for other processes.
//!
//! What is absent: a window, a terminal, a default for anything outside. Time, places, endpoints and the environment
//! are in [`surroundings::Surroundings`], which is passed in.

pub mod agent;
pub mod audit;
pub mod broker;
pub mod browser;
pub mod clock;
pub mod config;
pub mod console;
pub mod deliver;
mod digest;
pub mod doctor;
pub mod event;
pub mod exchange;
pub mod http;
pub mod identity;
pub mod log;
pub mod names;
pub mod problem;
#[cfg(test)]
mod rehearsal;
pub mod secret;
pub mod session;
pub mod surroundings;
pub mod view;
