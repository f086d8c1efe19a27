//! An import that is planned: what the person sees, and what it is made of.

use std::collections::BTreeMap;
use std::path::PathBuf;

use daypass_core::import::ImportPlan;
use daypass_core::names::IdentityName;
use daypass_core::secret::TypedSecrets;
use daypass_core::settings::DeclaredRole;
use daypass_deliver::generated::GeneratedProfile;
use daypass_import::{Machine, Merged, Tool};
use secrecy::SecretString;

/// What the person wants to import, and how.
#[derive(Debug, Clone)]
pub struct ImportAsked {
    /// From these tools; from all without any.
    pub tools: Vec<Tool>,
    /// Leave the AWS files as they are.
    pub keep_profiles: bool,
    /// Take access keys out of the AWS files once they are in the vault.
    pub move_keys: bool,
    /// The `daypass` command that profiles name.
    pub command: PathBuf,
}

/// An import that is planned. Nothing has changed yet.
pub struct PlannedImport {
    /// What the person sees.
    pub plan: ImportPlan,
    pub(crate) machine: Machine,
    pub(crate) asked: ImportAsked,
    pub(crate) merged: Merged,
}

/// What the person typed for an import.
#[derive(Debug, Default)]
pub struct TypedForImport {
    /// Secrets of identities.
    pub secrets: BTreeMap<IdentityName, TypedSecrets>,
    /// What opens the files of a tool, by its id.
    pub passphrases: BTreeMap<String, SecretString>,
}

/// What is written: roles to declare, and profiles that are to ask Daypass.
pub(crate) struct Parts {
    pub(crate) roles: Vec<DeclaredRole>,
    pub(crate) profiles: Vec<GeneratedProfile>,
}
