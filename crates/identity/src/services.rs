//! The services that every kind of identity uses.

use std::sync::{Arc, OnceLock};

use daypass_vault::Vault;
use tokio::sync::broadcast;

use crate::saml_window::SamlWindow;
use crate::unfinished::Unfinished;
use daypass_audit::AuditLog;
use daypass_core::clock::Clock;
use daypass_core::event::Event;
use daypass_core::settings::ConfigSource;
use daypass_sts::Aws;
use single_flight::Turns;

/// The services that all identities of a process share.
pub struct Services {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Stores proofs and secrets.
    pub vault: Vault,
    /// Records sign-ins.
    pub audit: AuditLog,
    /// Announces events.
    pub events: broadcast::Sender<Event>,
    /// Single flight: good providers revoke a refresh token that is used twice.
    pub turns: Arc<Turns>,
    /// STS and the other AWS services.
    pub aws: Arc<Aws>,
    /// `config.toml`, for an identity that builds on another one.
    pub config: Arc<dyn ConfigSource>,
    /// The desktop's window for sign-ins. Only the desktop sets it.
    pub window: OnceLock<Arc<dyn SamlWindow>>,
    /// What must not be lost when the process ends.
    pub unfinished: Unfinished,
}
