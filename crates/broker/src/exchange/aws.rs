//! All of AWS that is talked to; made when first needed, because trusted certificates take milliseconds to load and
//! `credential-process` opens a broker for every call that finds no agent.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use super::{Order, Sts};
use crate::config::InForce;
use crate::http::{CaBundle, Http};
use crate::names::{Partition, Region, Target};
use crate::problem::Problem;
use crate::surroundings::Surroundings;

/// The services of AWS, in these surroundings.
pub(crate) struct Aws {
    pub(crate) surroundings: Surroundings,
    config: Arc<InForce>,
    sts: OnceLock<Result<Sts, Problem>>,
    http: OnceLock<Result<Http, Problem>>,
}

impl Aws {
    pub(crate) fn new(surroundings: Surroundings, config: Arc<InForce>) -> Self {
        Self { surroundings, config, sts: OnceLock::new(), http: OnceLock::new() }
    }

    /// The Security Token Service.
    pub(crate) fn sts(&self) -> Result<&Sts, Problem> {
        let make = || {
            let surroundings = &self.surroundings;
            Ok(Sts::new(surroundings.endpoints.clone(), Arc::clone(&surroundings.clock), self.ca()?.as_ref())?)
        };
        self.sts.get_or_init(make).as_ref().map_err(Clone::clone)
    }

    /// Requests that are not the SDK's: the console's federation endpoint.
    pub(crate) fn http(&self) -> Result<&Http, Problem> {
        let make = || Ok(Http::new(self.ca()?.as_ref())?);
        self.http.get_or_init(make).as_ref().map_err(Clone::clone)
    }

    /// What is asked of STS for a target, where the person's settings say so.
    pub(crate) fn order(&self, target: &Target, region: Option<&Region>, terms: &super::Terms) -> Order {
        let config = self.config.best().0;
        let partition = target.partition();
        let own = region_of(target, region);
        let mut regions = vec![own];
        let others = config.fallback_regions.iter().filter(|r| Partition::of_region(r) == partition);
        for other in others {
            if !regions.contains(other) {
                regions.push(other.clone());
            }
        }
        Order { target: target.clone(), regions, endpoint: config.sts, terms: terms.clone(), is_chained: false }
    }

    fn ca(&self) -> Result<Option<CaBundle>, Problem> {
        let path: Option<&Path> = self.surroundings.ca_bundle.as_deref();
        Ok(path.map(CaBundle::read).transpose()?)
    }
}

/// The region whose STS is asked first: the session's own where it lies in the target's partition.
pub(crate) fn region_of(target: &Target, region: Option<&Region>) -> Region {
    let partition = target.partition();
    let own = region.filter(|region| Partition::of_region(region) == partition);
    own.cloned().unwrap_or_else(|| partition.default_region())
}
