//! The desktop app: window, tray, notifications, and thin commands over the broker.
//!
//! The app is also the agent, which holds the sessions, renews them and answers the `daypass` command. It makes no
//! decisions about identities, roles or sessions, which are up to `daypass-broker`, and it never sends a secret to the
//! web view.

mod activation;
#[cfg(target_os = "linux")]
mod allocator;
mod at_login;
mod attention;
mod clipboard;
mod commands;
mod consent;
mod deeds;
#[cfg(target_os = "linux")]
mod dialog;
mod events;
mod faces;
mod failure;
mod instance;
mod links;
mod look;
#[cfg(target_os = "macos")]
mod macos;
mod mfa_code;
mod notify;
mod passphrase;
mod quick;
mod saml_window;
mod sandbox;
// Linux tests it.
#[cfg(any(target_os = "macos", all(test, unix)))]
mod shell_environment;
mod sign_in;
mod start;
mod tray;
mod tray_host;
mod trials;
mod wall_clock;
mod window;

pub use start::run;
