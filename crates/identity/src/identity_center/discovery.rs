//! Lists all of a person's accounts and roles, page by page and account by account, and shows them as they arrive.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::catalog::{Account, Catalog, Catalogs, Unlisted};
use super::error::CenterError;
use super::portal::{Listed, Portal};
use daypass_core::names::AccountId;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::view::CatalogProgress;

/// Concurrent requests. A pace of 20 a second needs this many if each answer takes most of a second.
const AT_ONCE: usize = 16;
/// The shortest time between updates, because the window asks for all roles each time.
const SHOWN_EVERY: Duration = Duration::from_millis(500);
/// How many more accounts may fail than are found before all is given up: then the portal is out of order, and not some
/// of its accounts.
const MOST_FAILED: usize = 3;
/// An account has at most 500 permission sets, or five pages. A service that sends more is not the real one.
const MOST_PAGES: usize = 100;

/// Lists everything, keeps it and returns the number of roles. One at a time for each identity: a caller that comes
/// while another discovery runs waits for its outcome.
pub(super) async fn discover(
    portal: &Portal,
    catalogs: &Catalogs,
    tell: &(dyn Fn(CatalogProgress) + Send + Sync),
) -> Result<usize, CenterError> {
    let (context, center) = (&portal.access.context, &portal.center);
    let asked_at = context.now();
    let _turn = context.services.turns.take(&format!("catalog/{}", context.name)).await.map_err(Problem::from)?;
    let before = catalogs.get(&context.name, &center.start_url, &center.region);
    if let Some(fresh) = before.as_ref().filter(|catalog| catalog.discovered_at > asked_at) {
        return Ok(fresh.accounts.iter().map(|account| account.roles.len()).sum());
    }
    let mut growing = Growing {
        portal,
        catalogs,
        before: before.iter().flat_map(|catalog| catalog.accounts.clone()).collect(),
        listed: Vec::new(),
        found: HashMap::new(),
        failed: HashMap::new(),
        shown: None,
        is_over: false,
    };
    growing.list(tell).await?;
    let catalog = growing.catalog();
    let count = catalog.accounts.iter().map(|account| account.roles.len()).sum();
    growing.is_over = true;
    drop(growing);
    // This process knows the roles even if they can't be kept.
    catalogs.keep(catalog)?;
    Ok(count)
}

/// A discovery under way. Dropping it before its end brings back what was known before.
struct Growing<'a> {
    portal: &'a Portal,
    catalogs: &'a Catalogs,
    before: Vec<Account>,
    listed: Vec<Listed>,
    found: HashMap<AccountId, Vec<String>>,
    /// Accounts whose roles could not be listed.
    failed: HashMap<AccountId, CenterError>,
    shown: Option<Instant>,
    is_over: bool,
}

impl Growing<'_> {
    async fn list(&mut self, tell: &(dyn Fn(CatalogProgress) + Send + Sync)) -> Result<(), CenterError> {
        let portal = self.portal;
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let mut accounts = JoinSet::new();
        let (mut pages, mut ids) = (0, HashSet::new());
        let mut page = Box::pin(portal.accounts(None));
        let mut is_listed = false;
        loop {
            tokio::select! {
                listed = &mut page, if !is_listed => {
                    let (listed, next) = listed?;
                    pages += 1;
                    for account in listed {
                        if ids.insert(account.id.clone()) {
                            accounts.spawn(roles(portal.clone(), account.id.clone(), Arc::clone(&places)));
                            self.listed.push(account);
                        }
                    }
                    match next.filter(|_| pages < MOST_PAGES * 10) {
                        Some(next) => page = Box::pin(portal.accounts(Some(next))),
                        None => is_listed = true,
                    }
                }
                Some(done) = accounts.join_next(), if !accounts.is_empty() => {
                    let (account, roles) = done.map_err(|_| ended())?;
                    match roles {
                        Ok(roles) => drop(self.found.insert(account, roles)),
                        Err(error) if error.is_about_one_account() => self.without(account, error)?,
                        Err(error) => return Err(error),
                    }
                }
                else => return Ok(()),
            }
            self.show(tell, is_listed && accounts.is_empty());
        }
    }

    /// Goes on without an account's roles. One that is out of order must not hide the others.
    fn without(&mut self, account: AccountId, error: CenterError) -> Result<(), CenterError> {
        tracing::info!(%account, %error, "an account's roles couldn't be listed");
        let is_only = self.listed.len() == 1;
        if is_only || self.failed.len() >= self.found.len() + MOST_FAILED {
            return Err(error);
        }
        self.failed.insert(account, error);
        Ok(())
    }

    fn show(&mut self, tell: &(dyn Fn(CatalogProgress) + Send + Sync), is_last: bool) {
        let now = Instant::now();
        if !is_last && self.shown.is_some_and(|at| now - at < SHOWN_EVERY) {
            return;
        }
        self.shown = Some(now);
        if !is_last {
            self.catalogs.show(self.so_far());
        }
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        tell(CatalogProgress { accounts: count(self.listed.len()), done: count(self.found.len() + self.failed.len()) });
    }

    /// What was found, plus what was known about accounts that are still to be listed.
    fn so_far(&self) -> Catalog {
        let old: HashMap<&AccountId, &Account> = self.before.iter().map(|account| (&account.id, account)).collect();
        let mut accounts = Vec::with_capacity(self.listed.len().max(self.before.len()));
        for Listed { id, name } in &self.listed {
            let roles = self.found.get(id).or_else(|| old.get(id).map(|account| &account.roles));
            accounts.extend(roles.map(|roles| Account { id: id.clone(), name: name.clone(), roles: roles.clone() }));
        }
        let is_listed: HashSet<&AccountId> = self.listed.iter().map(|account| &account.id).collect();
        accounts.extend(self.before.iter().filter(|account| !is_listed.contains(&account.id)).cloned());
        self.named(accounts)
    }

    fn catalog(&self) -> Catalog {
        let known = |id: &AccountId| self.before.iter().find(|account| account.id == *id).map(|account| &account.roles);
        // What was known of an account that failed is still the best there is.
        let roles = |id: &AccountId| self.found.get(id).or_else(|| known(id)).cloned().unwrap_or_default();
        let account =
            |listed: &Listed| Account { id: listed.id.clone(), name: listed.name.clone(), roles: roles(&listed.id) };
        let failed = self.listed.iter().filter_map(|listed| Some((listed, self.failed.get(&listed.id)?)));
        let unlisted =
            failed.map(|(listed, error)| Unlisted { account: listed.id.clone(), why: error.to_string() }).collect();
        let mut catalog = self.named(self.listed.iter().map(account).collect());
        catalog.unlisted = unlisted;
        catalog
    }

    fn named(&self, accounts: Vec<Account>) -> Catalog {
        let (context, center) = (&self.portal.access.context, &self.portal.center);
        Catalog::new(&context.name, &center.start_url, &center.region, context.now(), accounts)
    }
}

impl Drop for Growing<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            self.catalogs.give_up(&self.portal.access.context.name);
        }
    }
}

/// All roles of an account, when its turn comes.
async fn roles(
    portal: Portal,
    account: AccountId,
    places: Arc<Semaphore>,
) -> (AccountId, Result<Vec<String>, CenterError>) {
    let roles = roles_of(&portal, &account, &places).await;
    (account, roles)
}

async fn roles_of(portal: &Portal, account: &AccountId, places: &Semaphore) -> Result<Vec<String>, CenterError> {
    let _place = places.acquire().await.map_err(|_| ended())?;
    let (mut all, mut next) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let (names, more) = match portal.roles(account, next).await {
            Ok(page) => page,
            // The person lost access to it between the two lists.
            Err(CenterError::NoAccess(refusal)) => {
                tracing::info!(%account, code = refusal.code, "an account's roles aren't for this person");
                break;
            }
            Err(error) => return Err(error),
        };
        all.extend(names);
        next = more;
        if next.is_none() {
            break;
        }
    }
    Ok(all)
}

fn ended() -> CenterError {
    Problem::new(ProblemKind::Passing, ProblemCode::DiscoveryEnded, "the discovery of roles ended early").into()
}
