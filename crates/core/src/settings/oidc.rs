//! The settings of an OpenID Connect identity.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::names::Region;

/// An OpenID Connect identity. The names are those of `config.toml`, in the window too: one struct serves both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct OidcSettings {
    /// Issuer URL; `/.well-known/openid-configuration` below it is the discovery document.
    pub issuer: String,
    /// The client that was registered for Daypass at the provider (public, PKCE).
    pub client_id: String,
    /// Scopes beside `openid`. Default: `email`, `offline_access`.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Fixed port of the loopback redirect; a free one when absent.
    #[serde(default)]
    pub redirect_port: Option<u16>,
    /// Path of the loopback redirect; `/callback` when absent. One of its own keeps another provider from passing on
    /// this one's answers.
    #[serde(default)]
    pub redirect_path: Option<String>,
    /// Template of the role session name, e.g. `{email}`. Claims in braces.
    #[serde(default)]
    pub session_name: Option<String>,
    /// Claim of the ID token that lists role ARNs.
    #[serde(default)]
    pub roles_claim: Option<String>,
    /// PEM file with certificates to trust beside the system's.
    #[serde(default)]
    pub ca_file: Option<String>,
    /// Region for the profiles of its roles, where the role names none.
    #[serde(default)]
    pub default_region: Option<Region>,
}
