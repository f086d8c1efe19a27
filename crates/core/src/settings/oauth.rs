//! The settings of an OAuth 2.0 provider.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::redirect_host::RedirectHost;
use crate::names::Region;

/// An OAuth 2.0 provider. The names are those of `config.toml`, in the window too: one struct serves both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct OauthSettings {
    /// `ProviderId` for STS: `www.amazon.com`, `graph.facebook.com`, or another host that the role's trust policy
    /// names.
    pub provider_id: String,
    /// The client that was registered for Daypass at the provider.
    pub client_id: String,
    /// Where the person signs in. Known for the two providers above.
    #[serde(default)]
    pub authorization_endpoint: Option<String>,
    /// Where a code becomes an access token. Known for the two providers above.
    #[serde(default)]
    pub token_endpoint: Option<String>,
    /// Where the provider returns the access token's owner, as JSON. Known for the two providers above.
    #[serde(default)]
    pub userinfo_endpoint: Option<String>,
    /// Scopes. Default for the two providers above: what their profile request needs; none for others.
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
    /// Template of the role session name, e.g. `{email}`: members of the profile in braces. A fixed text where there is
    /// no `userinfo_endpoint`.
    #[serde(default)]
    pub session_name: Option<String>,
    /// PEM file with certificates to trust beside the system's.
    #[serde(default)]
    pub ca_file: Option<String>,
    /// Region for the profiles of its roles, where the role names none.
    #[serde(default)]
    pub default_region: Option<Region>,
}
