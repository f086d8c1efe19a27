//! Prove and exchange: the identity's own way, or a chain of roles that begins with it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;

use daypass_core::Boxed;
use daypass_core::credentials::Credentials;
use daypass_core::credentials::Minted;
use daypass_core::names::{IdentityName, SessionName, Target};
use daypass_core::problem::{Problem, ProblemKind};
use daypass_core::session_request::{Delivery, Wish};
use daypass_core::terms::Terms;
use daypass_identity::{Identity, IdentityContext, IdentityFactory, Services, naming_the_way};
use daypass_session::Mint;
use daypass_sts::ExchangeRequest;

/// The one [`Mint`] of the product.
pub(super) struct Minter {
    services: Arc<Services>,
    identities: IdentityFactory,
    links: Mutex<HashMap<(IdentityName, Target), Link>>,
}

/// Credentials of a role on the way, in memory only.
#[derive(Clone)]
struct Link {
    /// What they were asked for with: `config.toml` may say otherwise by now.
    wish: Wish,
    credentials: Credentials,
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

/// AWS is there and asks for patience. What does not answer at all is not asked again: that takes time of its own.
fn is_hiccup(problem: &Problem) -> bool {
    let is_of_aws = ["sts-", "sso-", "cognito-"].iter().any(|prefix| problem.code.starts_with(prefix));
    problem.is_passing() && is_of_aws && !problem.code.ends_with("-unreachable")
}

impl Minter {
    pub(super) fn new(services: Arc<Services>, identities: IdentityFactory) -> Self {
        Self { services, identities, links: Mutex::default() }
    }

    async fn once(&self, wish: &Wish) -> Result<Minted, Problem> {
        match parent(wish, &self.services) {
            None => self.identity(&wish.identity)?.mint(wish).await,
            Some(parent) => {
                // Before anything is asked for the roles on the way.
                let order = self.services.aws.order(&wish.role, wish.region.as_ref(), &wish.terms);
                let order = order.asked_by(&parent.role);
                order.check_for_keys(true)?;
                self.check_inherited(wish)?;
                self.chained(&order, &parent).await
            }
        }
    }

    async fn chained(&self, order: &ExchangeRequest, parent: &Wish) -> Result<Minted, Problem> {
        let sts = self.services.aws.sts()?;
        let (link, is_new) = Box::pin(self.link(parent)).await?;
        match sts.with_keys(order, &link.keys().into(), &session_name(&link, &parent.identity)).await {
            Err(error) if error.is_of_spent_keys() && !is_new => {
                // The link was ended before its time: a new one, once.
                self.forget(parent);
                let (link, _) = Box::pin(self.link(parent)).await?;
                Ok(sts.with_keys(order, &link.keys().into(), &session_name(&link, &parent.identity)).await?)
            }
            result => Ok(result?),
        }
    }

    /// Credentials of a role on the way, and whether they were made now.
    async fn link(&self, wish: &Wish) -> Result<(Credentials, bool), Problem> {
        let key = (wish.identity.clone(), wish.role.clone());
        let _turn = self.services.turns.take(&format!("link/{}/{}", wish.identity, wish.role)).await?;
        let now = self.services.clock.now();
        let is_good = |known: &&Link| {
            known.credentials.expires_here() - LEAST_LIFE > now
                // Which session it is for makes no difference to it.
                && known.wish == Wish { profile: known.wish.profile.clone(), ..wish.clone() }
        };
        if let Some(known) = self.links().get(&key).filter(is_good) {
            return Ok((known.credentials.clone(), false));
        }
        tracing::debug!(identity = %wish.identity, role = %wish.role, "credentials of a role on the way are exchanged");
        let minted = self.once(wish).await.map_err(|problem| broken_at(wish, problem))?;
        let credentials = Credentials::of(minted);
        let mut links = self.links();
        links.retain(|_, known| known.credentials.expires_here() > now);
        links.insert(key, Link { wish: wish.clone(), credentials: credentials.clone() });
        Ok((credentials, true))
    }

    /// What the sessions before this one hand on cannot be said anew: a source identity stays, and a transitive tag
    /// must not be passed again
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_role-chaining>).
    fn check_inherited(&self, wish: &Wish) -> Result<(), Problem> {
        let mut next = parent(wish, &self.services);
        while let Some(before) = next {
            let clash = |term: &str, what: String| {
                let message = format!("{} cannot be assumed from {}: {what}", wish.role, before.role);
                Problem::new(ProblemKind::Invalid, format!("limit-{term}"), message)
                    .hint(format!("leave it out at {}; nothing was asked of AWS", wish.role))
            };
            if let (Some(own), Some(given)) = (&wish.terms.source_identity, &before.terms.source_identity)
                && own != given
            {
                let what = format!("SourceIdentity {given:?} stays through the chain, and {own:?} would change it");
                return Err(clash("source-identity", what));
            }
            let handed_on = &before.terms.transitive_tag_keys;
            let again = wish.terms.tags.keys().find(|key| handed_on.iter().any(|k| k.eq_ignore_ascii_case(key)));
            if let Some(key) = again {
                return Err(clash("tags", format!("the tag {key:?} is inherited and must not be passed again")));
            }
            next = parent(&before, &self.services);
        }
        Ok(())
    }

    /// Throws the links of an identity away: it was signed out, or changed.
    pub(super) fn forget_links(&self, identity: &IdentityName) {
        self.links().retain(|(of, _), _| of != identity);
    }

    fn forget(&self, wish: &Wish) {
        self.links().remove(&(wish.identity.clone(), wish.role.clone()));
    }

    fn identity(&self, name: &IdentityName) -> Result<Box<dyn Identity>, Problem> {
        let settings = self.services.config.current().identity(name)?.clone();
        Ok(self.identities.make(&settings, IdentityContext::of(name, &self.services)))
    }

    fn links(&self) -> std::sync::MutexGuard<'_, HashMap<(IdentityName, Target), Link>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A problem with a role on the way. The innermost is the one to name.
fn broken_at(link: &Wish, problem: Problem) -> Problem {
    const WORDS: &str = "the chain breaks at ";
    if problem.message.starts_with(WORDS) {
        return problem;
    }
    Problem { message: format!("{WORDS}{}: {}", link.role, problem.message), ..problem }
}

/// The wish for the role before this one in a chain, on the terms that are declared for it. Not read-only: nobody gets
/// these credentials, and ReadOnlyAccess does not allow them to assume the next role.
fn parent(wish: &Wish, services: &Services) -> Option<Wish> {
    let (role, via) = wish.via.split_last()?;
    let config = services.config.current();
    let declared = config.roles.iter().find(|declared| &declared.arn == role && declared.identity == wish.identity);
    Some(Wish {
        profile: wish.profile.clone(),
        role: role.clone(),
        identity: wish.identity.clone(),
        via: via.to_vec(),
        region: declared.and_then(|d| d.region.clone()).or_else(|| wish.region.clone()),
        terms: Terms { read_only: false, ..declared.map(|d| d.terms.clone()).unwrap_or_default() },
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

#[cfg(test)]
mod tests;
