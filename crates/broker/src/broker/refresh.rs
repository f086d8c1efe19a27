//! Lists of roles that identities ask for over the network: after a sign-in, when they are old, when the person says.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Broker;
use crate::event::Event;
use crate::identity::{CatalogProgress, naming_the_way};
use crate::names::IdentityName;
use crate::problem::Problem;

/// How often it is looked whether a list is old.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// A list that could not be had is asked for again after this time; a sign-in asks at once.
const AFTER_FAILURE: Duration = Duration::from_secs(600);

impl Broker {
    /// Lists an identity's roles anew and returns how many there are. `tell` hears how far it is.
    ///
    /// # Errors
    ///
    /// `unknown-identity`; `nothing-to-refresh` for identities that list no roles over the network; what the service
    /// refuses.
    pub async fn refresh(
        &self,
        name: &IdentityName,
        tell: &(dyn Fn(CatalogProgress) + Send + Sync),
    ) -> Result<usize, Problem> {
        let listed = self.identity(name)?.discover(tell).await;
        listed.map_err(|problem| naming_the_way(name, problem))
    }

    /// Refreshes lists that are old, and those of identities that somebody signed in with, for as long as it is polled.
    pub(super) async fn keep_catalogs(&self) {
        let mut events = self.subscribe();
        let mut under_way: JoinSet<(IdentityName, Result<usize, Problem>)> = JoinSet::new();
        let mut busy: HashMap<IdentityName, tokio::task::AbortHandle> = HashMap::new();
        let mut failed: HashMap<IdentityName, Instant> = HashMap::new();
        let mut look = tokio::time::interval(LOOK_EVERY);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let due: Vec<IdentityName> = tokio::select! {
                event = events.recv() => match event {
                    Ok(Event::SignedIn { identity, .. }) if self.lists_roles(&identity) => vec![identity],
                    // What was found for somebody who is gone now is of no use.
                    Ok(Event::SignedOut { identity }) => {
                        if let Some(task) = busy.remove(&identity) {
                            task.abort();
                        }
                        continue;
                    }
                    Ok(_) | Err(RecvError::Lagged(_)) => continue,
                    Err(RecvError::Closed) => return,
                },
                Some(ended) = under_way.join_next(), if !under_way.is_empty() => {
                    if let Ok((name, result)) = ended {
                        busy.remove(&name);
                        match result {
                            Ok(roles) => drop((failed.remove(&name), tracing::debug!(identity = %name, roles, "roles were listed"))),
                            Err(problem) => {
                                tracing::info!(identity = %name, code = problem.code, %problem, "roles could not be listed");
                                failed.insert(name, Instant::now());
                            }
                        }
                    }
                    continue;
                }
                _ = look.tick() => {
                    failed.retain(|_, at| at.elapsed() < AFTER_FAILURE);
                    self.old_catalogs().into_iter().filter(|name| !failed.contains_key(name)).collect()
                }
            };
            for name in due {
                // A newer sign-in may be another person's.
                if let Some(task) = busy.remove(&name) {
                    task.abort();
                }
                let (broker, of) = (self.clone(), name.clone());
                let task = under_way.spawn(async move {
                    let result = broker.refresh(&of, &|_| ()).await;
                    (of, result)
                });
                busy.insert(name, task);
            }
        }
    }

    fn old_catalogs(&self) -> Vec<IdentityName> {
        let config = self.0.config.best().0;
        let is_old = |name: &&IdentityName| self.identity(name).is_ok_and(|identity| identity.is_catalog_old());
        config.identities.keys().filter(is_old).cloned().collect()
    }

    fn lists_roles(&self, name: &IdentityName) -> bool {
        self.identity(name).is_ok_and(|identity| identity.lists_roles())
    }
}
