//! Prove and exchange: the identity's own way, or a chain of roles that begins with it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;

use crate::exchange::Minted;
use crate::identity::{Desk, Identity, Shared, naming_the_way};
use crate::names::{IdentityName, SessionName, Target};
use crate::problem::Problem;
use crate::session::{Boxed, Credentials, Delivery, Mint, Wish};

/// The one [`Mint`] of the product.
pub(super) struct Minter {
    shared: Arc<Shared>,
    links: Mutex<HashMap<(IdentityName, Target), Credentials>>,
}

impl Mint for Minter {
    fn mint<'a>(&'a self, wish: &'a Wish) -> Boxed<'a, Result<Minted, Problem>> {
        Box::pin(async move {
            let mut pauses = PAUSES.into_iter();
            loop {
                match self.once(wish).await {
                    Err(problem) if is_hiccup(&problem) => match pauses.next() {
                        Some(pause) => tokio::time::sleep(pause).await,
                        None => return Err(problem),
                    },
                    result => return result.map_err(|problem| naming_the_way(&wish.identity, problem)),
                }
            }
        })
    }
}

/// Between tries where STS answers that it cannot answer now: whoever waits for a start would try again by hand.
/// With the SDK's own second try, six requests in about three seconds.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];

/// A link of a chain is used again while it has this long to live: what is assumed with it lives on by itself.
const LEAST_LIFE: TimeDelta = TimeDelta::minutes(2);

/// STS is there and asks for patience. What does not answer at all is not asked again: that takes time of its own.
fn is_hiccup(problem: &Problem) -> bool {
    problem.is_passing() && problem.code.starts_with("sts-") && problem.code != "sts-unreachable"
}

impl Minter {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, links: Mutex::default() }
    }

    async fn once(&self, wish: &Wish) -> Result<Minted, Problem> {
        match parent(wish, &self.shared) {
            None => self.identity(&wish.identity)?.mint(wish).await,
            Some(parent) => {
                let keys = Box::pin(self.link(&parent)).await?;
                let order = self.shared.aws.order(&wish.role, wish.region.as_ref(), &wish.terms).chained();
                let sts = self.shared.aws.sts()?;
                match sts.with_keys(&order, &keys.keys().into(), &session_name(&keys, &wish.identity)).await {
                    Err(error) if error.needs_sign_in() => {
                        // The link was ended before its time: a new one, once.
                        self.forget(&parent);
                        let keys = Box::pin(self.link(&parent)).await?;
                        Ok(sts.with_keys(&order, &keys.keys().into(), &session_name(&keys, &wish.identity)).await?)
                    }
                    result => Ok(result?),
                }
            }
        }
    }

    /// Credentials of a role on the way.
    async fn link(&self, wish: &Wish) -> Result<Credentials, Problem> {
        let key = (wish.identity.clone(), wish.role.clone());
        let _turn = self.shared.turns.take(&format!("link/{}/{}", wish.identity, wish.role)).await?;
        let now = self.shared.clock.now();
        if let Some(known) = self.links().get(&key).filter(|known| known.expires_here() - LEAST_LIFE > now) {
            return Ok(known.clone());
        }
        let minted = self.once(wish).await.map_err(|problem| Problem {
            message: format!("the chain breaks at {}: {}", wish.role, problem.message),
            ..problem
        })?;
        let credentials = Credentials::of(minted);
        let mut links = self.links();
        links.retain(|_, known| known.expires_here() > now);
        links.insert(key, credentials.clone());
        Ok(credentials)
    }

    /// Throws the links of an identity away: it was signed out, or changed.
    pub(super) fn forget_links(&self, identity: &IdentityName) {
        self.links().retain(|(of, _), _| of != identity);
    }

    fn forget(&self, wish: &Wish) {
        self.links().remove(&(wish.identity.clone(), wish.role.clone()));
    }

    fn identity(&self, name: &IdentityName) -> Result<Box<dyn Identity>, Problem> {
        let settings = self.shared.config.best().0.identity(name)?.clone();
        Ok(settings.at(Desk { name: name.clone(), shared: Arc::clone(&self.shared) }))
    }

    fn links(&self) -> std::sync::MutexGuard<'_, HashMap<(IdentityName, Target), Credentials>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The wish for the role before this one in a chain, on the terms that are declared for it.
fn parent(wish: &Wish, shared: &Shared) -> Option<Wish> {
    let (role, via) = wish.via.split_last()?;
    let config = shared.config.best().0;
    let declared = config.roles.iter().find(|declared| &declared.arn == role && declared.identity == wish.identity);
    Some(Wish {
        profile: wish.profile.clone(),
        role: role.clone(),
        identity: wish.identity.clone(),
        via: via.to_vec(),
        region: declared.and_then(|d| d.region.clone()).or_else(|| wish.region.clone()),
        terms: declared.map(|d| d.terms.clone()).unwrap_or_default(),
        delivery: Delivery::Process,
    })
}

/// The name that the session before this one has: CloudTrail then tells one person through the whole chain. The
/// identity's name where that is not known (IAM Identity Center does not tell).
fn session_name(parent: &Credentials, identity: &IdentityName) -> String {
    let own = parent.assumed_role.rsplit('/').next().unwrap_or_default();
    // One letter is a name for an identity, and none for a session.
    own.parse::<SessionName>().map_or_else(|_| format!("daypass-{identity}"), Into::into).chars().take(64).collect()
}
