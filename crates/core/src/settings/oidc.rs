//! The settings of an OpenID Connect identity.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::redirect_host::RedirectHost;
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
    /// Host of the loopback redirect: `127.0.0.1`, which is the default, or `localhost`.
    #[serde(default)]
    pub redirect_host: Option<RedirectHost>,
    /// Path of the loopback redirect; `/callback` when absent, and none for `/`. One of its own keeps another provider
    /// from passing on this one's answers.
    #[serde(default)]
    pub redirect_path: Option<String>,
    /// More parameters for the authorization endpoint, such as `prompt` or `login_hint`. Not those that Daypass sets.
    #[serde(default)]
    pub authorization_parameters: BTreeMap<String, String>,
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

impl OidcSettings {
    /// A client at a provider, with a default for everything else.
    #[must_use]
    pub fn new(issuer: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            client_id: client_id.into(),
            scopes: Vec::new(),
            redirect_port: None,
            redirect_host: None,
            redirect_path: None,
            authorization_parameters: BTreeMap::new(),
            session_name: None,
            roles_claim: None,
            ca_file: None,
            default_region: None,
        }
    }
}
