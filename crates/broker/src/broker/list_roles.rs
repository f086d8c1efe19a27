//! Lists an identity's roles over the network.

use std::collections::BTreeMap;

use tokio::sync::watch;

use super::door::Broker;
use super::listings::{Begin, Listing, ListingState};
use crate::account_book::Told;
use daypass_core::event::Event;
use daypass_core::names::{AccountId, IdentityName};
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_core::view::CatalogProgress;
use daypass_identity::{FoundRole, Identity, naming_the_way};

impl Broker {
    /// Lists an identity's roles and returns how many there are. Joins a listing in progress. `tell` hears how far it
    /// is. The listing continues if this future is dropped.
    ///
    /// # Errors
    ///
    /// `unknown-identity`; `nothing-to-refresh` for identities that list no roles over the network; what the service
    /// refuses; `listing-stopped` if the person signs out meanwhile.
    pub async fn list_roles(
        &self,
        name: &IdentityName,
        tell: &(dyn Fn(CatalogProgress) + Send + Sync),
    ) -> Result<usize, Problem> {
        self.admits_identity(name)?;
        let identity = self.identity(name)?;
        if !identity.lists_roles() {
            return identity.discover(tell).await;
        }
        let mut seen = self.list(name, Begin::UnlessUnderWay)?;
        loop {
            let now = seen.borrow_and_update().clone();
            if let Some(progress) = now.progress {
                tell(progress);
            }
            if let Some(outcome) = now.outcome {
                return outcome;
            }
            if seen.changed().await.is_err() {
                return Err(stopped(name));
            }
        }
    }

    /// Lists an identity's roles in the background. Does nothing if it lists none.
    pub(super) fn list_in_background(&self, name: &IdentityName, begin: Begin) {
        if self.admits_identity(name).is_ok() && self.identity(name).is_ok_and(|identity| identity.lists_roles()) {
            // It fails only if the identity is gone.
            let _ = self.list(name, begin);
        }
    }

    /// How far the listing of an identity's roles is, while one is in progress.
    pub(super) fn listing(&self, name: &IdentityName) -> Option<CatalogProgress> {
        let begun = self.0.listings.begun();
        begun.under_way.get(name)?.seen.borrow().progress
    }

    /// Why the last listing of an identity's roles found none.
    pub(super) fn listing_problem(&self, name: &IdentityName) -> Option<Problem> {
        self.0.listings.begun().failed.get(name).cloned()
    }

    /// Ends the listing of an identity's roles, if one is in progress, because the person signed out.
    pub(super) fn stop_listing(&self, name: &IdentityName) {
        let task = {
            let mut begun = self.0.listings.begun();
            begun.failed.remove(name);
            begun.under_way.get(name).map(|listing| listing.task.clone())
        };
        if let Some(task) = task {
            task.abort();
        }
    }

    fn list(&self, name: &IdentityName, begin: Begin) -> Result<watch::Receiver<ListingState>, Problem> {
        let identity = self.identity(name)?;
        let mut begun = self.0.listings.begun();
        let before = match (begun.under_way.remove(name), begin) {
            (Some(listing), Begin::UnlessUnderWay) => {
                let seen = listing.seen.subscribe();
                begun.under_way.insert(name.clone(), listing);
                return Ok(seen);
            }
            (before, _) => before,
        };
        let (seen, replaced) =
            before.map_or_else(|| (watch::Sender::default(), None), |listing| (listing.seen, Some(listing.task)));
        seen.send_replace(ListingState::default());
        begun.failed.remove(name);
        begun.count += 1;
        let number = begun.count;
        let end = End { broker: self.clone(), name: name.clone(), number, seen: seen.clone(), outcome: None };
        let task = tokio::spawn(end.of(identity)).abort_handle();
        let waits = seen.subscribe();
        // The task cannot end before it is in the book: its end waits for the lock.
        begun.under_way.insert(name.clone(), Listing { number, seen, task });
        drop(begun);
        if let Some(task) = replaced {
            task.abort();
        }
        Ok(waits)
    }
}

/// Removes a listing and reports how it ended, even if its task is aborted.
struct End {
    broker: Broker,
    name: IdentityName,
    number: u64,
    seen: watch::Sender<ListingState>,
    outcome: Option<Result<usize, Problem>>,
}

impl End {
    async fn of(mut self, identity: Box<dyn Identity>) {
        let (name, seen, events) = (self.name.clone(), self.seen.clone(), self.broker.0.events.clone());
        let tell = move |progress: CatalogProgress| {
            seen.send_replace(ListingState { progress: Some(progress), outcome: None });
            let CatalogProgress { accounts, done } = progress;
            let _ = events.send(Event::CatalogGrew { identity: name.clone(), accounts, done });
        };
        let outcome = identity.discover(&tell).await;
        if outcome.is_ok() {
            self.learn_names(&*identity);
        }
        self.outcome = Some(outcome.map_err(|problem| naming_the_way(&self.name, problem)));
    }

    /// Sessions keep the names of their accounts after a sign-out, and other identities' roles get them.
    fn learn_names(&self, identity: &dyn Identity) {
        let mut told: BTreeMap<AccountId, Told> = BTreeMap::new();
        for FoundRole { target, account_name } in identity.roles() {
            let account = target.account();
            if !told.contains_key(account) {
                told.insert(account.clone(), Told::new(account.clone(), account_name.as_deref(), None));
            }
        }
        self.broker.0.accounts.learn(&self.name, &told.into_values().collect::<Vec<_>>());
    }
}

impl Drop for End {
    fn drop(&mut self) {
        let mut begun = self.broker.0.listings.begun();
        if begun.under_way.get(&self.name).is_none_or(|listing| listing.number != self.number) {
            // Another one took its place, and continues for those who wait.
            return;
        }
        begun.under_way.remove(&self.name);
        let problem = self.outcome.as_ref().and_then(|outcome| outcome.as_ref().err()).cloned();
        if let Some(problem) = &problem {
            tracing::info!(identity = %self.name, code = %problem.code, %problem, "roles couldn't be listed");
            begun.failed.insert(self.name.clone(), problem.clone());
        }
        drop(begun);
        if let Some(outcome) = self.outcome.take() {
            self.seen.send_modify(|seen| seen.outcome = Some(outcome));
        }
        let _ = self.broker.0.events.send(Event::CatalogListed { identity: self.name.clone(), problem });
    }
}

fn stopped(name: &IdentityName) -> Problem {
    let message = format!("listing the roles of {name} stopped because you signed out");
    Problem::new(ProblemKind::Cancelled, ProblemCode::ListingStopped, message)
        .hint("sign in again")
        .next(NextStep::SignIn { identity: name.clone() })
}
