//! The shell: window, tray, notifications, and thin commands over the broker.
//!
//! The app is also the agent: it holds the sessions, keeps them fresh and answers the `daypass` command. What is
//! absent: any decision about identities, roles or sessions (those are `daypass-broker`'s), and any secret on its way
//! to the web view.

mod clipboard;
mod commands;
mod events;
mod instance;
mod mfa_code;
mod notify;
mod sandbox;
mod sign_in_window;
mod start;
mod tray;
mod trials;
mod window;

pub use start::run;
