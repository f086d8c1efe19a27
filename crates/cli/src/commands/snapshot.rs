//! The snapshot that most commands start with.

use daypass_broker::requests::GetSnapshot;
use daypass_core::problem::Problem;
use daypass_core::view::Snapshot;

use crate::ask::{ask_quietly, surroundings};

/// Everything that Daypass knows. Fails if `config.toml` has a mistake or the vault doesn't open. A vault that can't be
/// made yet holds nothing that a look needs.
pub(super) fn snapshot() -> Result<Snapshot, Problem> {
    ask(true)
}

/// Everything but the catalog of roles, which takes long where there are thousands.
pub(super) fn snapshot_without_roles() -> Result<Snapshot, Problem> {
    ask(false)
}

fn ask(with_roles: bool) -> Result<Snapshot, Problem> {
    let snapshot = ask_quietly(GetSnapshot { with_roles })?;
    let has_vault = surroundings()?.places.vault_file.exists();
    match (&snapshot.config_problem, snapshot.vault_problem.as_ref().filter(|_| has_vault)) {
        (Some(problem), _) | (None, Some(problem)) => Err(problem.clone()),
        (None, None) => Ok(snapshot),
    }
}
