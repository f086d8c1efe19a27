//! What to do about a problem, as data.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::names::{CatalogName, IdentityName};

/// What to do next. The command prints what to type, and the window shows a button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "step", rename_all = "kebab-case")]
#[ts(export)]
pub enum NextStep {
    /// Sign in to an identity.
    SignIn {
        /// Which.
        identity: IdentityName,
    },
    /// Give an identity a secret again.
    GiveSecrets {
        /// Whose.
        identity: IdentityName,
        /// The names of its fields.
        secrets: Vec<String>,
    },
    /// Add an identity. There is none yet.
    AddIdentity,
    /// Look at the identities, to name an existing one.
    ListIdentities,
    /// Look at the roles, to name an existing one.
    ListRoles,
    /// Write a role so that only one is meant.
    NameRole {
        /// What was written.
        typed: String,
        /// What to write instead, each for another role.
        roles: Vec<String>,
        /// How many more there are.
        more: usize,
    },
    /// Look at a shared catalog, and accept what waits there.
    ShowCatalog {
        /// Which.
        catalog: CatalogName,
    },
    /// Look at the sessions, to name one that runs.
    ListSessions,
    /// Start the agent again.
    StartAgent,
    /// Keep the vault's key elsewhere: under a passphrase, or in a key file.
    KeepKeyElsewhere,
    /// Unlock the vault.
    UnlockVault,
}
