//! Identities behind the whole broker, as a person sees them, against servers that play the other side.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod history;
mod identity_center;
mod import;
#[cfg(unix)]
mod key_health;
mod rename;
mod saml;
mod trial;
