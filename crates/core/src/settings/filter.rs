//! A saved filter for the list of roles.

use serde::{Deserialize, Serialize};

use crate::names::IdentityName;

/// A `[filter.NAME]` of `config.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FilterSettings {
    /// What is typed.
    pub query: Option<String>,
    /// The identities.
    pub identities: Vec<IdentityName>,
    /// Only roles in production.
    pub production: bool,
    /// Only those with a session.
    pub running: bool,
    /// Only those whose identity the person has to sign in to.
    pub needs_sign_in: bool,
    /// Only favourites.
    pub favourites: bool,
}
