//! Checks again and again whether the vault's key can be stored, until it can.

use std::time::Duration;

use daypass_core::problem::Problem;
use daypass_vault::HealthState;

use super::door::Broker;

/// How soon a key that can't be kept is looked at again: the person may have started a keyring, or changed
/// `config.toml`.
const AGAIN: Duration = Duration::from_secs(5);

impl Broker {
    /// Checks whether the key can be stored, until it can. An existing vault reports its own problems.
    pub(super) async fn watch_key(&self) {
        loop {
            let broker = self.clone();
            // The keyring may take its time.
            match tokio::task::spawn_blocking(move || broker.look_at_key()).await {
                Ok(true) | Err(_) => return,
                Ok(false) => {}
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Looks whether the key can be kept, tells it if that is news, and returns it.
    pub fn look_at_key(&self) -> bool {
        let problem = self.key_problem();
        let is_well = problem.is_none();
        if self.0.key_health.found(problem) {
            self.catalog_changed();
        }
        is_well
    }

    fn key_problem(&self) -> Option<Problem> {
        // The mistake in config.toml is already reported.
        if self.0.config.best().1.is_some() || self.0.vault.path().exists() {
            return None;
        }
        match self.0.vault.check().state {
            HealthState::Fails(error) => Some(error.into()),
            HealthState::NoFileYet | HealthState::Opens { .. } => None,
        }
    }
}
