//! An import that is planned: what the person sees, and what it is made of.

use std::collections::{BTreeMap, HashSet};
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
    /// The person types the secrets that only they have. Without them, the profiles of those keys stay as they are.
    pub types_secrets: bool,
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

impl TypedForImport {
    /// Whether nothing was typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty() && self.passphrases.is_empty()
    }
}

/// The profiles that stay as they are in the AWS files.
pub(crate) struct Staying {
    /// Their access keys stay. Tools take those first, so such a profile can't ask Daypass.
    pub(crate) with_keys: HashSet<String>,
    /// They have several sections in a file.
    pub(crate) repeated: HashSet<String>,
}

/// What is written: roles to declare, and profiles that are to ask Daypass.
pub(crate) struct Parts {
    pub(crate) roles: Vec<DeclaredRole>,
    pub(crate) profiles: Vec<GeneratedProfile>,
}
