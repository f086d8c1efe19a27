//! The settings of an IAM Identity Center identity.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::names::Region;

/// An IAM Identity Center identity. The names are those of `config.toml`, in the window too: one struct serves both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct IdentityCenterSettings {
    /// Start URL of the AWS access portal in any of its forms, or the directory's id (`d-1234567890`).
    pub start_url: String,
    /// The region that IAM Identity Center is in.
    pub region: Region,
    /// Start URL of the same portal in an additional region, where people sign in while the first can't be reached.
    #[serde(default)]
    pub second_start_url: Option<String>,
    /// The additional region.
    #[serde(default)]
    pub second_region: Option<Region>,
    /// Scopes beside `sso:account:access`.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Fixed port of the loopback redirect; a free one when absent.
    #[serde(default)]
    pub redirect_port: Option<u16>,
    /// Region for the profiles of its roles, where the role names none.
    #[serde(default)]
    pub default_region: Option<Region>,
}
