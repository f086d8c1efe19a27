//! The settings of an IAM user.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::names::Region;

/// An IAM user with an access key. The key lies in the vault; here is what a team can share. The names are those of
/// `config.toml`, in the window too: one struct serves both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct IamUserSettings {
    /// The MFA device: ARN of a virtual one (`arn:aws:iam::ACCOUNT:mfa/NAME`), or the serial number of a hardware one.
    /// 9 to 256 characters.
    #[serde(default)]
    pub mfa_serial: Option<String>,
    /// The region whose STS issues the user's own session. Default: the partition's first.
    #[serde(default)]
    pub region: Option<Region>,
    /// Region for the profiles of its roles, where the role names none.
    #[serde(default)]
    pub default_region: Option<Region>,
}
