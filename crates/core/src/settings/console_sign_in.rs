//! The settings of a console sign-in.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::names::Region;

/// The sign-in of the AWS Management Console, as `aws login` uses it. The names are those of `config.toml`, in the window
/// too: one struct serves both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct ConsoleSignInSettings {
    /// The region whose sign-in is used, and which renews it: a sign-in is good in its own region only.
    pub region: Region,
    /// Region for the profiles of its roles, where the role names none.
    #[serde(default)]
    pub default_region: Option<Region>,
}
