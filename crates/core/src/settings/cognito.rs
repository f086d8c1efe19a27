//! The settings of a Cognito identity pool.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::names::{AccountId, IdentityName, Region, RoleArn};

/// A Cognito identity pool. The names are those of `config.toml`, in the window too: one struct serves both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct CognitoSettings {
    /// The OpenID Connect identity whose ID token the pool is shown.
    pub identity: IdentityName,
    /// The pool: `REGION:UUID`.
    pub pool_id: String,
    /// The pool's account.
    pub account: AccountId,
    /// The role to ask for, where the pool's rules offer several (`CustomRoleArn`).
    #[serde(default)]
    pub role: Option<RoleArn>,
    /// The name of the login provider in the pool; the issuer without `https://` when absent.
    #[serde(default)]
    pub login: Option<String>,
    /// Region for the profiles of its roles, where the role names none.
    #[serde(default)]
    pub default_region: Option<Region>,
}
