//! Prove and exchange, for identities whose proof is a web identity token.

use std::sync::Arc;
use std::time::Duration;

use super::Exchange;
use super::in_force::InForce;
use crate::exchange::Minted;
use crate::identity::oidc;
use crate::identity::proofs::{Proofs, naming_the_way};
use crate::names::{Partition, Region};
use crate::problem::{Problem, ProblemKind};
use crate::session::{Boxed, Mint, Wish};
use crate::view::IdentitySettings;

pub(super) struct WebIdentityMint {
    pub(super) config: Arc<InForce>,
    pub(super) proofs: Arc<Proofs>,
    pub(super) exchange: Arc<Exchange>,
}

impl Mint for WebIdentityMint {
    fn mint<'a>(&'a self, wish: &'a Wish) -> Boxed<'a, Result<Minted, Problem>> {
        Box::pin(async move {
            let mut pauses = PAUSES.into_iter();
            loop {
                match self.exchange_or_refresh(wish).await {
                    Err(problem) if is_hiccup(&problem) => match pauses.next() {
                        Some(pause) => tokio::time::sleep(pause).await,
                        None => return Err(problem),
                    },
                    result => return result,
                }
            }
        })
    }
}

/// Between tries where STS answers that it cannot answer now: whoever waits for a start would try again by hand.
/// With the SDK's own second try, six requests in about three seconds.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];

/// STS is there and asks for patience. What does not answer at all is not asked again: that takes time of its own.
fn is_hiccup(problem: &Problem) -> bool {
    problem.is_passing() && problem.code.starts_with("sts-") && problem.code != "sts-unreachable"
}

impl WebIdentityMint {
    async fn exchange_or_refresh(&self, wish: &Wish) -> Result<Minted, Problem> {
        let result = match self.exchange(wish, false).await {
            // The token in hand was refused: it may be older than STS likes, or the provider changed its keys.
            Err((problem, fresh)) if problem.kind == ProblemKind::NeedsSignIn && !fresh => {
                self.exchange(wish, true).await
            }
            result => result,
        };
        result.map_err(|(problem, _)| naming_the_way(&wish.identity, problem))
    }

    /// One exchange; an error says whether the token was made for it.
    async fn exchange(&self, wish: &Wish, anew: bool) -> Result<Minted, (Problem, bool)> {
        let config = self.config.best().0;
        let settings = config.identity(&wish.identity).map_err(|p| (p, true))?;
        let proof = self.proofs.web_identity(&wish.identity, settings, anew).await.map_err(|p| (p, true))?;
        let IdentitySettings::Oidc(oidc_settings) = settings;
        let name = oidc::session_name(oidc_settings.session_name.as_deref(), &proof.claims).map_err(|p| (p, true))?;
        let sts = self.exchange.sts().map_err(|p| (p, true))?;
        let endpoint = sts.endpoint_of(&region_of(wish));
        tracing::debug!(role = %wish.role, identity = %wish.identity, endpoint, "the proof is exchanged at STS");
        sts.assume_role_with_web_identity(&region_of(wish), &wish.role, &name, &proof.token, wish.duration)
            .await
            .map_err(|error| (Problem::from(error), proof.fresh))
    }
}

/// The region whose STS is asked: the session's own where it lies in the role's partition.
pub(super) fn region_of(wish: &Wish) -> Region {
    let partition = wish.role.partition();
    let own = wish.region.clone().filter(|region| Partition::of_region(region) == partition);
    own.unwrap_or_else(|| partition.default_region())
}
