//! What all identities work with, whatever their kind.

use std::sync::{Arc, OnceLock};

use daypass_vault::Vault;
use tokio::sync::broadcast;

use crate::saml_window::SamlWindow;
use daypass_audit::AuditLog;
use daypass_core::clock::Clock;
use daypass_core::event::Event;
use daypass_core::settings::ConfigSource;
use daypass_sts::Aws;
use single_flight::Turns;

/// What the identities of a process share.
pub struct Services {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Where proofs and secrets are kept.
    pub vault: Vault,
    /// Where sign-ins are recorded.
    pub audit: AuditLog,
    /// Where events are announced.
    pub events: broadcast::Sender<Event>,
    /// Single flight: a refresh token that is used twice is revoked by good providers.
    pub turns: Arc<Turns>,
    /// STS and the other services of AWS.
    pub aws: Arc<Aws>,
    /// `config.toml`, for identities that build on another one.
    pub config: Arc<dyn ConfigSource>,
    /// The desktop's window for sign-ins, where there is a desktop.
    pub window: OnceLock<Arc<dyn SamlWindow>>,
}
