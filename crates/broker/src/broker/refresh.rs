//! Refreshes lists of roles after a sign-in, and when they're old.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

use super::door::Broker;
use super::listings::Begin;
use daypass_core::event::Event;
use daypass_core::names::IdentityName;

/// How often to look for old lists.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// When to try again after a listing failed. A sign-in tries again at once.
const AFTER_FAILURE: Duration = Duration::from_secs(600);

impl Broker {
    /// Refreshes old lists, and those of an identity after a sign-in, for as long as it is polled.
    pub(super) async fn keep_catalogs(&self) {
        let mut events = self.subscribe();
        let mut failed: HashMap<IdentityName, Instant> = HashMap::new();
        let mut look = tokio::time::interval(LOOK_EVERY);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                event = events.recv() => match event {
                    Ok(Event::SignedIn { identity, .. }) => self.list_in_background(&identity, Begin::Again),
                    Ok(Event::CatalogListed { identity, problem: Some(_) }) => {
                        failed.insert(identity, Instant::now());
                    }
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                },
                _ = look.tick() => {
                    failed.retain(|_, at| at.elapsed() < AFTER_FAILURE);
                    for name in self.old_catalogs().iter().filter(|name| !failed.contains_key(*name)) {
                        self.list_in_background(name, Begin::UnlessUnderWay);
                    }
                }
            }
        }
    }

    fn old_catalogs(&self) -> Vec<IdentityName> {
        let config = self.0.config.best().0;
        let is_old = |name: &&IdentityName| self.identity(name).is_ok_and(|identity| identity.is_catalog_old());
        config.identities.keys().filter(is_old).cloned().collect()
    }
}
