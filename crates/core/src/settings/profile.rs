//! The settings of a profile as an identity.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::names::{ProfileName, Region};

/// An AWS profile that works already. The names are those of `config.toml`, in the window too: one struct serves both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct ProfileSettings {
    /// Its name in the AWS config or credentials file.
    pub profile: ProfileName,
    /// Whose STS is asked who it is; the profile's own region when absent.
    #[serde(default)]
    pub region: Option<Region>,
    /// Region for the profiles of its roles, where the role names none.
    #[serde(default)]
    pub default_region: Option<Region>,
}
